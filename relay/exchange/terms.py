"""The words of an exchange: what is asked, what is answered, and what may go wrong on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum


class Trouble(StrEnum):
    """What went wrong on the way."""

    UNREACHABLE = "no connection"
    TIMEOUT = "no complete answer in time"
    BROKEN = "the connection broke"
    TOO_LARGE = "the answer is too large"
    UNREADABLE = "the answer is no HTTP"
    ADDRESS = "the address can't be used"


class Obstacle(StrEnum):
    """Why there was no connection. ``EXHAUSTED`` is the relay's own trouble."""

    REFUSED = "refused"
    NAME = "unknown name"
    TLS = "no trusted TLS"
    SILENT = "no reply"
    ROUTE = "no way there"
    EXHAUSTED = "no connection left"


class ExchangeError(Exception):
    """An exchange that brought no answer. ``sent`` says whether the far end may have received the request.

    ``obstacle`` says why there was no connection, where ``trouble`` is ``UNREACHABLE``.
    """

    def __init__(self, trouble: Trouble, *, sent: bool, obstacle: Obstacle | None = None) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble
        self.sent = sent
        self.obstacle = obstacle


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent. ``cap`` bounds the answer's body in bytes; ``deadline`` the whole exchange.

    ``partial``: a body over the cap is cut there and one in any encoding is taken as it is, instead of being refused.
    ``sink``: what is given a successful answer's body piece by piece, as it comes; then the answer has none.
    """

    method: str
    url: str
    deadline: timedelta
    headers: Mapping[str, str]
    content: bytes | None = None
    cap: int = 65_536
    partial: bool = False
    sink: Callable[[bytes], None] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status. Header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    took: timedelta
