"""A room: the messages that one client shows, as they stand now, with every body that came for them."""

import itertools
import threading
from collections import OrderedDict, deque
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

MOST_MESSAGES = 500
MOST_BYTES = 64 << 20
MOST_BODIES_OF_ONE = 200
Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Received:
    """One call as it came; ``body`` is None for a call without one."""

    method: str
    path: str
    at: datetime
    body: Body | None
    size: int


@dataclass(frozen=True, slots=True)
class File:
    """A file of a message; ``id`` is the room's own."""

    id: str
    name: str
    kind: str
    content: bytes = field(repr=False)
    description: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it stands now."""

    id: str
    at: datetime
    body: Body
    edited_at: datetime | None = None
    deleted: bool = False
    received: tuple[Received, ...] = field(default=())
    files: tuple[File, ...] = ()

    def file(self, name: str) -> File | None:
        """Return a file by its name."""
        return next((one for one in self.files if one.name == name), None)


class Room:
    """Messages by id, the oldest first; the oldest leave when there are too many or they grow too large."""

    def __init__(self, first_id: int = 1) -> None:
        self._messages: OrderedDict[str, Message] = OrderedDict()
        self._ids = itertools.count(first_id)
        self._turn = threading.Lock()
        self._bytes = 0
        self.version = 0

    def post(self, call: Received, body: Body, files: tuple[File, ...] = ()) -> Message:
        """Add a new message."""
        with self._turn:
            message = Message(str(next(self._ids)), call.at, body, files=files)
            return self._keep(message, call)

    def edit(
        self, id: str, call: Received, changes: Body, files: tuple[File, ...] | None = None
    ) -> Message | None:
        """Change the keys that are given, and no other, and the files where some are; None where there is no such message."""
        with self._turn:
            message = self._messages.get(id)
            if message is None or message.deleted:
                return None
            changed = replace(message, body={**message.body, **changes}, edited_at=call.at)
            return self._keep(changed if files is None else replace(changed, files=files), call)

    def delete(self, id: str, call: Received) -> Message | None:
        """Mark a message as deleted; None where there is no such message."""
        with self._turn:
            message = self._messages.get(id)
            if message is None or message.deleted:
                return None
            return self._keep(replace(message, deleted=True), call)

    def find(self, id: str) -> Message | None:
        """Return a message that is still there."""
        with self._turn:
            message = self._messages.get(id)
        return message if message is not None and not message.deleted else None

    def messages(self) -> list[Message]:
        """Return every message, also the deleted ones, oldest first."""
        with self._turn:
            return list(self._messages.values())

    def _keep(self, message: Message, call: Received) -> Message:
        """Store a message with the call that changed it, and make room."""
        received = deque((*message.received, call), maxlen=MOST_BODIES_OF_ONE)
        kept = replace(message, received=tuple(received))
        self._bytes += size(kept) - size(self._messages.get(message.id))
        self._messages[message.id] = kept
        while len(self._messages) > MOST_MESSAGES or (self._bytes > MOST_BYTES and len(self._messages) > 1):
            self._bytes -= size(self._messages.popitem(last=False)[1])
        self.version += 1
        return kept


def size(message: Message | None) -> int:
    """Return the bytes that came for a message."""
    return sum(call.size for call in message.received) if message is not None else 0
