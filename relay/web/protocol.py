"""What uvicorn's HTTP protocol does not bound: the size of a header, the time that it may take, connections.

uvicorn with httptools has no limit for these (https://uvicorn.dev/settings/ names none); a client that sends half a header
would hold its connection for ever.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from relay.web.asgi import BUSY, GRACE_SECONDS
from relay.web.deadline import Deadline
from relay.web.wire import wire

HEADER_BYTES = 32_768
HEADER_SECONDS = 10.0
# Behind a proxy every client is one peer, so this is a bound on the whole, not on a person.
PEER_CONNECTIONS = 500
CONNECTIONS = 1_000
# Beyond the bounds so many more are told so; further ones are closed without a word.
TOLD = 500

_BUSY_CLOSE = wire(BUSY, keep_alive=False)

_open: Counter[str] = Counter()


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol with those bounds."""

    header_seconds = HEADER_SECONDS
    _deadline: Deadline
    _peer = ""
    # One connection too many: its first words are answered with a refusal.
    _is_extra = False
    # From the first byte of a request to its last, and from that to the end of its header; a new connection owes one.
    _is_within = True
    _is_in_header = True
    _header_bytes = 0

    def connection_made(self, transport: Any) -> None:
        """Count the connection; one too many is refused once it asks for something."""
        super().connection_made(transport)
        self._deadline = Deadline(self.loop)
        peer = transport.get_extra_info("peername")
        self._peer = str(peer[0]) if isinstance(peer, tuple) else "local"
        _open[self._peer] += 1
        extra = max(_open[self._peer] - PEER_CONNECTIONS, len(self.connections) - CONNECTIONS)
        self._is_extra = extra > 0
        if extra > TOLD:
            transport.close()
        self._await_more()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._deadline.stop()
        _open[self._peer] -= 1
        if _open[self._peer] <= 0:
            del _open[self._peer]
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes; those of a header are counted."""
        if self._is_extra:
            self._end(_BUSY_CLOSE)
            return
        if not self._is_within:
            self._deadline.clear()
        self._header_bytes += len(data)
        super().data_received(data)
        if self._is_in_header and self._header_bytes > HEADER_BYTES:
            self._refuse(b"431 Request Header Fields Too Large")
        elif not self._deadline.is_set:
            self._await_more()

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._is_within = self._is_in_header = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """End the bounds of a header."""
        self._header_done()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """End a request; what has come in beyond it belongs to the next one and is not counted."""
        self._is_within = False
        self._header_bytes = 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Go on with the next request of the connection, or wait for one."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        if not self.flow.write_paused:
            self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif not self._deadline.is_set:
            self._await_more()

    def timeout_keep_alive_handler(self) -> None:
        """Hang up on a client that asks nothing more; at once where it does not even take its answers."""
        if self.flow.write_paused:
            self.transport.abort()
        else:
            super().timeout_keep_alive_handler()

    def _header_done(self) -> None:
        self._is_in_header = False
        self._deadline.clear()

    def _in_request(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _await_more(self) -> None:
        """Give the client its time for what it owes: the rest of a request, or a next one."""
        if self._in_request():
            return
        if self._is_within:
            self._deadline.set(self.header_seconds, self._late)
        else:
            self._deadline.set(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def _late(self) -> None:
        """Read what has come in already, then end it."""
        self._deadline.set(GRACE_SECONDS, self._too_late)

    def _too_late(self) -> None:
        if self._is_in_header:
            self._refuse(b"408 Request Timeout")
        elif not self.transport.is_closing():
            # What is left of a request that was answered long ago.
            self.transport.close()

    def _refuse(self, status: bytes) -> None:
        self._end(b"HTTP/1.1 " + status + b"\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")

    def _end(self, answer: bytes) -> None:
        self._deadline.clear()
        if not self.transport.is_closing():
            self.transport.write(answer)
            self.transport.close()
