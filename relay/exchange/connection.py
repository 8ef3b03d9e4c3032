"""One connection: a request goes out, an answer comes in, within bounds whatever the far end does.

The rule: what ends an answer early (too large, no HTTP, cut) also ends the connection; only a whole answer leaves it fit for
another request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httptools

from relay.exchange.terms import ExchangeError, Request, Trouble

# All headers of an answer together.
HEAD_BYTES = 65_536


@dataclass(slots=True)
class Received:
    """An answer as it comes in. Header names are lower-case; of repeated ones the values are joined."""

    request: Request
    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)
    status: int = 0
    head_bytes: int = 0
    parts: int = 0
    size: int = 0
    has_head: bool = False

    @property
    def ends_with_connection(self) -> bool:
        """Whether only the end of the connection ends the body."""
        return self.has_head and not self.headers.keys() & {"content-length", "transfer-encoding"}


class Connection(asyncio.Protocol):
    """A connection to one place; ``ended`` is called at its end."""

    def __init__(self, ended: Callable[[Connection], None]) -> None:
        self._ended = ended
        self._transport: Any = None
        self._parser: Any = None
        self._received: Received | None = None
        self._whole: asyncio.Future[Received] | None = None
        self.is_open = False
        self.is_reusable = False
        # Whether not a byte of an answer came in: the far end had closed the connection before it was asked.
        self.is_untouched = True
        self.idle_since = 0.0

    async def ask(self, wire: bytes, request: Request, seconds: float) -> Received:
        """Send a request and return the answer, or raise ``ExchangeError``; it has so many seconds."""
        if not self.is_open:
            raise ExchangeError(Trouble.BROKEN, sent=False)
        self.is_reusable = False
        self.is_untouched = True
        self._received = Received(request)
        self._parser = httptools.HttpResponseParser(self)
        loop = asyncio.get_running_loop()
        self._whole = loop.create_future()
        # A plain timer: ``asyncio.timeout`` costs several times as much, in every read of every target.
        late = loop.call_later(max(0.0, seconds), self._fail, Trouble.TIMEOUT)
        self._transport.write(wire)
        try:
            return await self._whole
        finally:
            late.cancel()
            self._whole = self._parser = self._received = None
            if not self.is_reusable:
                self.abort()

    def abort(self) -> None:
        """End the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    # What the loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = transport
        self.is_open = True

    def data_received(self, data: bytes) -> None:
        """Take bytes of an answer; what comes unasked ends the connection."""
        received = self._received
        if self._parser is None or received is None:
            self.abort()
            return
        self.is_untouched = False
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.is_reusable = False
            self._done()
        except httptools.HttpParserError:
            self._fail(Trouble.UNREADABLE)
        if not received.has_head:
            self._count(received, len(data))

    def eof_received(self) -> bool:
        """Close when the far end closes."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """End: a body without a length is whole now, anything else is not."""
        self.is_open = self.is_reusable = False
        if self._received is not None and self._received.ends_with_connection and exc is None:
            self._done()
        self._fail(Trouble.BROKEN)
        self._ended(self)

    # What the parser calls.

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header."""
        if self._received is not None:
            key, words = name.decode("latin-1").lower(), value.decode("latin-1")
            known = self._received.headers.get(key)
            self._received.headers[key] = words if known is None else f"{known}, {words}"
            self._count(self._received, len(name) + len(value))

    def on_headers_complete(self) -> None:
        """Look at the head before the body comes."""
        received = self._received
        if received is None or self._parser is None:
            return
        received.status = self._parser.get_status_code()
        if received.status < 200 and received.status != 101:
            return
        received.has_head = True
        # Only what was asked for: a compressed answer could be small on the wire and huge in memory.
        coding = received.headers.get("content-encoding", "identity").lower()
        if coding != "identity" and not received.request.partial:
            self._fail(Trouble.UNREADABLE)
        elif received.request.method == "HEAD":
            self._done()

    def on_body(self, part: bytes) -> None:
        """Keep a part of the body, up to the cap."""
        received = self._received
        if received is None or self._is_answered:
            return
        received.size += len(part)
        received.parts += 1
        if received.request.sink is not None and received.status == 200:
            received.request.sink(part)
        else:
            received.body += part
        if received.size > received.request.cap:
            if received.request.partial:
                self._done()
            else:
                self._fail(Trouble.TOO_LARGE)
        elif received.parts > 1_000 + received.size / 8:
            # Chunks of a byte or two cost a thousand times their size to read.
            self._fail(Trouble.UNREADABLE)

    def on_message_complete(self) -> None:
        """The answer is whole; one that only announces another (100 Continue) is forgotten."""
        received = self._received
        if received is None or self._is_answered or self._parser is None:
            return
        if not received.has_head:
            received.headers.clear()
            received.head_bytes = 0
            return
        self.is_reusable = self.is_open and bool(self._parser.should_keep_alive())
        self._done()

    def on_message_begin(self) -> None:
        """A second answer to one request is none of ours."""
        if self._is_answered:
            self.is_reusable = False

    @property
    def _is_answered(self) -> bool:
        return self._whole is None or self._whole.done()

    def _count(self, received: Received, size: int) -> None:
        received.head_bytes += size
        if received.head_bytes > 2 * HEAD_BYTES:
            self._fail(Trouble.UNREADABLE)

    def _done(self) -> None:
        if self._whole is not None and not self._whole.done() and self._received is not None:
            self._whole.set_result(self._received)

    def _fail(self, trouble: Trouble) -> None:
        if self._whole is not None and not self._whole.done():
            self.is_reusable = False
            self._whole.set_exception(ExchangeError(trouble, sent=True))
