"""One webhook on its way in: what its header said, and as much of its body as its gate takes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from relay.web.asgi import DRAINED, Response
from relay.web.gates import Gate


class Posting:
    """A webhook: where it came in by no gate its answer is known already, and its body is thrown away.

    uvicorn sees it as the cycle of a request, so that the requests of one connection keep their turn.
    """

    # Where uvicorn wakes who waits for a body: nobody does.
    message_event = asyncio.Event()
    # Whether it is its turn; the rest is as uvicorn's cycle has it.
    is_started = False
    more_body = True
    response_complete = False
    disconnected = False
    _size = 0
    _body: bytes | bytearray = b""

    def __init__(
        self, entry: Gate | Response, path: str, said: Mapping[str, str], *, keep_alive: bool
    ) -> None:
        self.gate = entry if isinstance(entry, Gate) else None
        self.answer = None if isinstance(entry, Gate) else entry
        self.path = path
        # The header, by lower-case names.
        self.said = said
        self.keep_alive = keep_alive

    @property
    def is_awaited(self) -> bool:
        """Whether it is its turn and its body is not whole."""
        return self.is_started and self.more_body and not self.response_complete

    @property
    def body(self) -> bytes:
        """The whole body; nothing of one that is too large."""
        return bytes(self._body)

    @property
    def _limit(self) -> int:
        return 0 if self.gate is None else self.gate.intake.body_limit

    @property
    def is_too_large(self) -> bool:
        """Whether the body is larger than its gate takes."""
        return self._size > self._limit

    @property
    def is_endless(self) -> bool:
        """Whether so much was thrown away that it is not worth to read on.

        Some is: a connection that is closed under its sender's hands loses the answer that says why.
        """
        return self._size > self._limit + DRAINED

    def add(self, piece: bytes) -> None:
        """Take a part of the body."""
        self._size += len(piece)
        if self._size > self._limit:
            self._body = b""
        elif not self._body:
            self._body = piece
        else:
            if isinstance(self._body, bytes):
                self._body = bytearray(self._body)
            self._body += piece
