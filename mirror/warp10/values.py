"""What lies on the stack: numbers, texts, lists, maps, macros and series."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias


class Failed(Exception):
    """The script can't go on."""


@dataclass(frozen=True, slots=True)
class Series:
    """A geo time series without places: points are (microseconds, value), in any order."""

    name: str
    labels: dict[str, str]
    points: tuple[tuple[int, float], ...]

    def ordered(self) -> list[tuple[int, float]]:
        """Return the points, oldest first."""
        return sorted(self.points)


@dataclass(frozen=True, slots=True)
class Macro:
    """Words between ``<%`` and ``%>``."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Function:
    """A bucketizer, mapper or reducer, by its whole name."""

    name: str


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a list or a map began."""

    kind: str


Value: TypeAlias = (
    "float | str | bool | Series | Macro | Function | Mark | list[Value] | dict[str, Value] | None"
)


@dataclass(slots=True)
class Stack:
    """The stack and the variables of one script."""

    levels: list[Value] = field(default_factory=list)
    variables: dict[str, Value] = field(default_factory=dict)

    def push(self, value: Value) -> None:
        """Put a value on top."""
        self.levels.append(value)

    def pop(self) -> Value:
        """Take the top."""
        if not self.levels:
            raise Failed("stack underflow")
        return self.levels.pop()

    def number(self) -> float:
        """Take a number from the top."""
        value = self.pop()
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Failed(f"expects a number, found {type(value).__name__}")
        return value

    def items(self) -> list[Value]:
        """Take a list from the top."""
        value = self.pop()
        if not isinstance(value, list):
            raise Failed(f"expects a list, found {type(value).__name__}")
        return value

    def since_mark(self, kind: str) -> list[Value]:
        """Take what lies above the last mark of a kind."""
        for place in range(len(self.levels) - 1, -1, -1):
            if self.levels[place] == Mark(kind):
                taken = self.levels[place + 1 :]
                del self.levels[place:]
                return taken
        raise Failed(f"no {kind} was opened")


def all_series(value: Value) -> list[Series]:
    """Return the series in a value, also in nested lists."""
    if isinstance(value, Series):
        return [value]
    if isinstance(value, list):
        return [one for inner in value for one in all_series(inner)]
    raise Failed(f"expects series, found {type(value).__name__}")
