"""The databases the API runs on: SQL is written once, in a dialect that both understand.

Parameters are written ``%(name)s``. What differs has a token: ``{pk}`` (a growing primary key)
and ``{codepoint}`` (the collation that sorts text by code point, the same on both).
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

Row = dict[str, Any]
Parameters = Mapping[str, object]


class DatabaseError(Exception):
    """The database did not answer; the text names the kind of trouble and holds no secret."""


@dataclass(frozen=True, slots=True)
class Connections:
    """How the pool stands; ``waiting`` requests have none yet."""

    in_use: int
    free: int
    waiting: int
    maximum: int


class Transaction(Protocol):
    """Everything done through it happens together or not at all."""

    def run(self, sql: str, parameters: Parameters = ...) -> None:
        """Run a statement whose rows nobody wants."""

    def rows(self, sql: str, parameters: Parameters = ...) -> Sequence[Row]:
        """Run a query."""


class Database(Protocol):
    """A database with a small pool of connections; raises only DatabaseError."""

    def rows(self, sql: str, parameters: Parameters = ...) -> Sequence[Row]:
        """Run one query on a connection of the pool and return every row."""

    def exclusive(self) -> AbstractContextManager[Transaction]:
        """Open a transaction that no other instance's ``exclusive`` overlaps."""

    def connections(self) -> Connections:
        """Return how the pool stands now."""

    def close(self) -> None:
        """Close every connection."""
