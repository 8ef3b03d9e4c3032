"""Server-sent events, as they come in pieces (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

from __future__ import annotations

from collections.abc import Callable

# Of a longer line, or an event of more lines, the rest is left out.
LONGEST = 65_536
# By these the platform says that there is no more to come.
_ENDS = frozenset({"END_OF_STREAM"})

Take = Callable[[str, str, str], None]


class Parser:
    """Calls ``take`` with each event's name, data and id. ``is_over``: the stream said itself that it ends."""

    def __init__(self, take: Take) -> None:
        self._take = take
        self._left = b""
        self._event = self._id = ""
        self._data: list[str] = []
        self.is_over = False

    def feed(self, part: bytes) -> None:
        """Take a piece of the stream."""
        *lines, left = (self._left + part).split(b"\n")
        self._left = left[:LONGEST]
        for line in lines:
            self._line(line[:LONGEST].removesuffix(b"\r").decode("utf-8", "replace"))

    def _line(self, line: str) -> None:
        if not line:
            self._dispatch()
            return
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "event":
                self._event = value
            case "data" if len(self._data) < 100:
                self._data.append(value)
            case "id":
                self._id = value[:200]

    def _dispatch(self) -> None:
        if self._event in _ENDS:
            self.is_over = True
        elif self._data:
            self._take(self._event, "\n".join(self._data), self._id)
        self._event, self._data = "", []
