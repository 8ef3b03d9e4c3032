"""The stores that hold the one contract: a name and how to make an empty, migrated one for a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from secrets import token_hex

import pytest

from relay.store import Backend
from relay.store.postgres import PostgresBackend
from relay.store.sqlite import SqliteBackend
from relay.store.transactions import Transaction
from tests.postgres_fixture import Cluster

# Opens one and the same store, as each of several processes does.
Opened = Callable[[], Backend]


def sqlite(request: pytest.FixtureRequest) -> Opened:
    """A new file; another connection to it is another process as far as SQLite is concerned."""
    folder: Path = request.getfixturevalue("tmp_path")
    path = folder / token_hex(4) / "relay.db"
    return lambda: SqliteBackend(path)


def postgres(request: pytest.FixtureRequest) -> Opened:
    """A new database."""
    cluster: Cluster = request.getfixturevalue("postgres_cluster")
    held = ExitStack()
    uri = held.enter_context(cluster.database())
    request.addfinalizer(held.close)
    return lambda: PostgresBackend(uri)


# Another store joins by its name here, and every test of the contract runs on it.
STORES: Mapping[str, Callable[[pytest.FixtureRequest], Opened]] = {"sqlite": sqlite, "postgres": postgres}


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
