"""What uvicorn's HTTP protocol does not bound: the size of a header, the time that it may take, connections, overload.

uvicorn with httptools has no limit for the first two (https://uvicorn.dev/settings/ names none); a client that sends half
a header would hold its connection for ever. What can't be taken is refused here, before it costs a task and a parse: an
answer that costs as much as a request helps nobody under load.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from relay.web.asgi import GRACE_SECONDS

HEADER_BYTES = 32_768
HEADER_SECONDS = 10.0
# Behind a proxy every client is one peer, so this is a bound on the whole, not on a person.
PEER_CONNECTIONS = 500
CONNECTIONS = 1_000
# Beyond the bounds so many more are told so; further ones are closed without a word.
TOLD = 500

_BODY = b'{"error": "more comes in than can be stored now; send it again"}\n'
_BUSY = b"retry-after: 2\r\ncontent-type: application/json\r\n" + b"content-length: %d\r\n" % len(_BODY)
BUSY = b"HTTP/1.1 503 Service Unavailable\r\n" + _BUSY + b"\r\n" + _BODY
BUSY_CLOSE = b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\n" + _BUSY + b"\r\n" + _BODY

_open: Counter[str] = Counter()


Sheds = Callable[[bytes, bytes], bool]


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol with those bounds."""

    header_seconds = HEADER_SECONDS
    # Whether a request of this method and URL is refused before it is read.
    sheds: Sheds = staticmethod(lambda method, url: False)  # noqa: ARG005
    _header_bytes = 0
    _deadline: asyncio.TimerHandle | None = None
    _peer = ""
    # One connection too many: its first words are answered with a refusal.
    _is_extra = False
    # The request that comes in now is refused: its body is thrown away.
    _is_shedding = False

    def connection_made(self, transport: Any) -> None:
        """Count the connection; one too many is refused once it asks for something."""
        super().connection_made(transport)
        peer = transport.get_extra_info("peername")
        self._peer = str(peer[0]) if isinstance(peer, tuple) else "local"
        _open[self._peer] += 1
        extra = max(_open[self._peer] - PEER_CONNECTIONS, len(self.connections) - CONNECTIONS)
        self._is_extra = extra > 0
        if extra > TOLD:
            transport.close()
        self._expect_header()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._header_done()
        _open[self._peer] -= 1
        if _open[self._peer] <= 0:
            del _open[self._peer]
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes; those of a header are counted."""
        if self._is_extra:
            self._end(BUSY_CLOSE)
            return
        if self._is_shedding:
            pass
        elif self._deadline is not None:
            self._header_bytes += len(data)
        elif not self._in_request():
            self._expect_header()
            self._header_bytes = len(data)
        super().data_received(data)
        if self._deadline is not None and not self._is_shedding and self._header_bytes > HEADER_BYTES:
            self._refuse(b"431 Request Header Fields Too Large")

    def on_headers_complete(self) -> None:
        """The header is whole: its bounds are kept. Under overload a webhook ends here."""
        if not self._in_request() and self.sheds(self.parser.get_method(), self.url):
            self._shed()
            return
        self._header_done()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body; of a refused request it is thrown away, within the time that a header has."""
        if not self._is_shedding:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole; a refused one is answered now."""
        if not self._is_shedding:
            super().on_message_complete()
            return
        self._is_shedding = False
        if not self.parser.should_keep_alive():
            self._end(BUSY_CLOSE)
            return
        self.transport.write(BUSY)
        self._header_done()
        self._expect_header()

    def _shed(self) -> None:
        self._is_shedding = True
        if self.expect_100_continue:
            # Its sender holds the body back until it is asked for it.
            self._end(BUSY_CLOSE)

    def _in_request(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _expect_header(self) -> None:
        self._header_bytes = 0
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.header_seconds, self._late)

    def _header_done(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _late(self) -> None:
        """Read what has come in already, then end it."""
        self._deadline = self.loop.call_later(GRACE_SECONDS, self._refuse, b"408 Request Timeout")

    def _refuse(self, status: bytes) -> None:
        self._end(b"HTTP/1.1 " + status + b"\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")

    def _end(self, answer: bytes) -> None:
        self._header_done()
        if not self.transport.is_closing():
            self.transport.write(answer)
            self.transport.close()


def shedding(sheds: Sheds) -> type[BoundedProtocol]:
    """Return the protocol for an application that says what it can't take now; uvicorn wants a class."""
    return type("SheddingProtocol", (BoundedProtocol,), {"sheds": staticmethod(sheds)})
