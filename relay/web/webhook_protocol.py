"""Webhooks, taken where they come in: one object and one task a request, and no timer of its own.

The rule: requests of one connection are answered in their order, whoever answers them. What can't be taken is refused
before it costs a task and a parse: an answer that costs as much as a request helps nobody under load.
"""

from __future__ import annotations

import asyncio
from collections import deque
from functools import partial
from typing import Any

import structlog

from relay.web.asgi import BUSY, Response
from relay.web.gates import Gate
from relay.web.posting import Posting
from relay.web.protocol import BoundedProtocol
from relay.web.webhooks import Webhooks
from relay.web.wire import CONTINUE, wire

log = structlog.get_logger("relay.edge")

_TEXT = "text/plain; charset=utf-8"
_BUSY = wire(BUSY)
_FAILED = Response(500, b"Internal Server Error", _TEXT)


class WebhookProtocol(BoundedProtocol):
    """uvicorn's protocol for everything but webhooks."""

    webhooks: Webhooks
    # What came in last, what waits for its turn, and the tasks that a stop waits for: uvicorn's and ours.
    cycle: Any
    pipeline: deque[Any]
    tasks: set[asyncio.Task[Any]]

    def on_headers_complete(self) -> None:
        """Begin a webhook; anything else is uvicorn's."""
        path = self.webhooks.path(self.url) if self.parser.get_method() == b"POST" else None
        if path is None:
            super().on_headers_complete()
            return
        self._header_done()
        is_next = not self._in_request()
        self.cycle = posting = self._posting(path)
        if self.transport.is_closing():
            return
        if is_next:
            self._start(posting)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((posting, self.app))

    def on_body(self, body: bytes) -> None:
        """Take a part of a body."""
        posting = self.cycle
        if not isinstance(posting, Posting):
            super().on_body(body)
            return
        posting.add(body)
        if posting.is_endless and posting.is_awaited:
            self._end_webhook(posting, posting.answer or self.webhooks.too_large(posting.gate))

    def on_message_complete(self) -> None:
        """Work on a webhook that is whole, if it is its turn."""
        super().on_message_complete()
        posting = self.cycle
        if isinstance(posting, Posting) and posting.is_started and not posting.response_complete:
            self._deadline.clear()
            self._work(posting)

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, in its turn: nothing can be read on this connection any more."""
        posting = self.cycle
        if not isinstance(posting, Posting) or posting.response_complete:
            super().send_400_response(msg)
            return
        posting.keep_alive = False
        if posting.more_body:
            posting.more_body = False
            posting.answer = Response(400, msg.encode(), _TEXT)
            if posting.is_started:
                self._work(posting)

    def eof_received(self) -> bool | None:  # type: ignore[override]
        """Answer the last webhook of a client that says that it sends no more, and only then hang up."""
        posting = self.cycle
        if not isinstance(posting, Posting) or posting.more_body or posting.response_complete:
            return None
        posting.keep_alive = False
        return True

    def pause_writing(self) -> None:
        """Read nothing more of a client that doesn't take its answers."""
        super().pause_writing()
        self.flow.pause_reading()

    def resume_writing(self) -> None:
        """Go on reading."""
        super().resume_writing()
        if not self.transport.is_closing():
            self.flow.resume_reading()

    def _posting(self, path: str) -> Posting:
        webhooks, parser = self.webhooks, self.parser
        if not webhooks.lets_in():
            said: dict[str, str] = {}
            entry: Gate | Response = webhooks.shed()
        else:
            said = {name.decode("latin-1"): value.decode("latin-1") for name, value in self.headers}
            entry = webhooks.admit(path, said, self._peer)
        keep_alive = parser.get_http_version() != "1.0" and parser.should_keep_alive()
        return Posting(entry, path, said, keep_alive=keep_alive)

    def _start(self, posting: Posting) -> None:
        """Begin with a webhook whose turn it is."""
        posting.is_started = True
        if self.expect_100_continue and posting.more_body:
            # Its sender holds the body back until it is asked for it.
            if posting.answer is not None:
                self._end_webhook(posting, posting.answer)
            else:
                self.transport.write(CONTINUE)

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        if not isinstance(cycle, Posting):
            super()._start_asgi_task(cycle, app)
            return
        self._start(cycle)
        if not cycle.more_body:
            # Not from here: a thousand refused ones in a row would be as many calls within one another.
            self.loop.call_soon(self._work, cycle)
        elif not self._deadline.is_set:
            self._await_more()

    def _work(self, posting: Posting) -> None:
        gate = posting.gate
        if gate is None:
            self._answer(posting, posting.answer or _FAILED)
        elif posting.answer is not None or posting.is_too_large:
            self._end_webhook(posting, posting.answer or self.webhooks.too_large(gate))
        else:
            self.webhooks.under_way += 1
            task = self.loop.create_task(self.webhooks.take(gate, posting))
            self.tasks.add(task)
            task.add_done_callback(partial(self._taken, posting))

    def _taken(self, posting: Posting, task: asyncio.Task[Response]) -> None:
        self.webhooks.under_way -= 1
        self.tasks.discard(task)
        fault = None if task.cancelled() else task.exception()
        if task.cancelled() or fault is not None:
            log.error("a webhook failed", exc_info=fault)
            self._end_webhook(posting, _FAILED)
        else:
            self._answer(posting, task.result())

    def _end_webhook(self, posting: Posting, response: Response) -> None:
        posting.keep_alive = False
        self._answer(posting, response)

    def _answer(self, posting: Posting, response: Response) -> None:
        posting.response_complete = True
        if self.transport.is_closing():
            return
        keep_alive = posting.keep_alive
        if response is BUSY and keep_alive:
            self.transport.write(_BUSY)
        else:
            self.transport.write(wire(response, self.server_state.default_headers, keep_alive=keep_alive))
        if not keep_alive:
            self._deadline.clear()
            self.transport.close()
        self.on_response_complete()

    def _await_more(self) -> None:
        if isinstance(self.cycle, Posting) and self.cycle.is_awaited:
            self._deadline.set(self.webhooks.body_seconds, self._late)
        else:
            super()._await_more()

    def _too_late(self) -> None:
        posting = self.cycle
        if isinstance(posting, Posting) and posting.is_awaited:
            self._end_webhook(posting, self.webhooks.too_slow(posting.gate))
        else:
            super()._too_late()


def taking(webhooks: Webhooks) -> type[WebhookProtocol]:
    """Return the protocol that takes these webhooks; uvicorn wants a class."""
    return type("TakingProtocol", (WebhookProtocol,), {"webhooks": webhooks})
