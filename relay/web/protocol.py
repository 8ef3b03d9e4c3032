"""What uvicorn's HTTP protocol does not bound: the size of a header, the time that it may take, connections a peer.

uvicorn with httptools has no limit for either (https://uvicorn.dev/settings/ names none); a client that sends half a
header would hold its connection for ever.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADER_BYTES = 32_768
HEADER_SECONDS = 10.0
# Behind a proxy every client is one peer, so this is a bound on the whole, not on a person.
PEER_CONNECTIONS = 500

_open: Counter[str] = Counter()


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol with those bounds."""

    header_seconds = HEADER_SECONDS
    _header_bytes = 0
    _deadline: asyncio.TimerHandle | None = None
    _peer = ""

    def connection_made(self, transport: Any) -> None:
        """Count the connection, or close it when its peer has too many."""
        super().connection_made(transport)
        peer = transport.get_extra_info("peername")
        self._peer = str(peer[0]) if isinstance(peer, tuple) else "local"
        _open[self._peer] += 1
        if _open[self._peer] > PEER_CONNECTIONS:
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
        if self._deadline is not None:
            self._header_bytes += len(data)
        elif not self._in_request():
            self._expect_header()
            self._header_bytes = len(data)
        super().data_received(data)
        if self._deadline is not None and self._header_bytes > HEADER_BYTES:
            self._refuse(b"431 Request Header Fields Too Large")

    def on_headers_complete(self) -> None:
        """The header is whole: its bounds are kept."""
        self._header_done()
        super().on_headers_complete()

    def _in_request(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _expect_header(self) -> None:
        self._header_bytes = 0
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.header_seconds, self._refuse, b"408 Request Timeout")

    def _header_done(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _refuse(self, status: bytes) -> None:
        self._header_done()
        if not self.transport.is_closing():
            self.transport.write(
                b"HTTP/1.1 " + status + b"\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
            )
            self.transport.close()
