"""What an intake is: the bytes of one request become events, or a clear refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from relay.core.model import Event


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a body says: events, and a note on what was not understood of it (kept with the receipt).

    ``rejected`` says which parts of the body were bad, or is empty: the events are stored nevertheless, and the answer
    is 400 with these words.
    """

    events: tuple[Event, ...]
    note: str = ""
    rejected: str = ""


class BodyError(Exception):
    """A body that can't be read. The message says where and how to mend it, and never quotes the body."""

    def __init__(self, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class Intake(Protocol):
    """Reads the bodies of one webhook format."""

    @property
    def body_limit(self) -> int:
        """The largest body that is taken, in bytes."""
        ...

    def parse(self, body: bytes, headers: Mapping[str, str], received_at: datetime) -> Parsed:
        """Return the events of one request; ``headers`` has lower-case names. Raise ``BodyError`` for what can't be read."""
        ...
