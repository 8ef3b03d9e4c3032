"""The stores that hold the one contract: a name and how to make an empty, migrated one for a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from relay.store import Backend
from relay.store.sqlite import SqliteBackend
from relay.store.transactions import Transaction


def sqlite(folder: Path) -> Backend:
    """A file of its own; another connection to it is another process as far as SQLite is concerned."""
    return SqliteBackend(folder / "relay.db")


# Another store joins by its name here, and every test of the contract runs on it.
STORES: Mapping[str, Callable[[Path], Backend]] = {"sqlite": sqlite}


@contextmanager
def writing(backend: Backend) -> Iterator[Transaction]:
    """One transaction on a connection of its own; undone when the test raises within."""
    connection = backend.connect()
    try:
        connection.begin()
        try:
            yield Transaction(connection)
        except BaseException:
            connection.rollback()
            raise
        connection.commit()
    finally:
        connection.close()
