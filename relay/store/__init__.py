"""The store: transactions over events, incidents, the outbox, targets and samples.

The rules: SQL is written once, in the dialect that SQLite and PostgreSQL share, with ``%(name)s`` parameters; there is no
access outside a transaction; time comes in as an argument; everything that changes the store is a step given to the writer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

Row = Mapping[str, Any]


class StoreUnavailable(Exception):
    """The store can't work now (locked, full, gone); what was asked is not done and may be asked again."""


class ConnectionLost(StoreUnavailable):
    """The connection broke, perhaps within a commit; what was asked may be done or not, and is asked again on a new one."""


class Conflict(Exception):
    """Another instance changed the same at the same time: this step is undone, and may be run again, alone."""


class Database(Protocol):
    """One connection of one store, as the queries see it."""

    def rows(self, sql: str, /, **values: object) -> Sequence[Row]:
        """Run a statement and return its rows."""
        ...

    def run(self, sql: str, /, **values: object) -> int:
        """Run a statement and return how many rows it touched."""
        ...

    def queue(self, sql: str, /, **values: object) -> None:
        """Run a statement that nobody asks the outcome of; a store may send it with the next one, at its step's end at last."""
        ...


class Connection(Database, Protocol):
    """A connection that can group changes."""

    def begin(self, touching: Collection[str] | None = None) -> None:
        """Begin, to write where it may; raise ``StoreUnavailable`` when that is not possible in time.

        ``touching`` names what will be changed, as ``relay.store.touching`` spells it: whoever else touches it waits, the
        others don't. None: whatever there is, so everybody waits. A store with one writer takes no notice.
        """
        ...

    def commit(self) -> None:
        """Make it durable; raise ``StoreUnavailable`` and undo it all when that fails."""
        ...

    def rollback(self) -> None:
        """Undo what was done since ``begin``; does nothing when nothing was begun."""
        ...

    def savepoint(self) -> AbstractContextManager[None]:
        """Undo what is done within when it raises."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


class Backend(Protocol):
    """A store that connections can be opened on."""

    def migrate(self) -> None:
        """Bring the schema up to date; safe when several processes start together."""
        ...

    def connect(self) -> Connection:
        """Open a connection that writes, for the calling thread alone."""
        ...

    def reader(self) -> Connection:
        """Open a connection that can't write, for the calling thread alone."""
        ...
