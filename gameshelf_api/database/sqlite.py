"""The embedded default: one SQLite file, a pool of connections that threads borrow."""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from gameshelf_api.database import Connections, DatabaseError, Parameters, Row
from gameshelf_api.database.pool import Pool

POOL_SIZE = 2


@cache
def translated(sql: str) -> str:
    """Return ``sql`` as SQLite wants it.

    >>> translated("select 100 %% 7, name collate {codepoint} from games where id = %(id)s")
    'select 100 % 7, name collate binary from games where id = :id'
    """
    named = re.sub(r"%\((\w+)\)s", r":\1", sql).replace("%%", "%")
    return named.replace("{pk}", "integer primary key").replace("{codepoint}", "binary")


class SqliteTransaction:
    """Statements on one connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def run(self, sql: str, parameters: Parameters | None = None) -> None:
        """Run a statement whose rows nobody wants."""
        self._connection.execute(translated(sql), dict(parameters or {}))

    def rows(self, sql: str, parameters: Parameters | None = None) -> Sequence[Row]:
        """Run a query and return every row."""
        cursor = self._connection.execute(translated(sql), dict(parameters or {}))
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]


class SqliteDatabase:
    """A SQLite file behind the same face as PostgreSQL."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._pool = Pool(self._connect, lambda _: True, POOL_SIZE)

    def rows(self, sql: str, parameters: Parameters | None = None) -> Sequence[Row]:
        """Run one query on a connection of the pool and return every row."""
        with self._loan() as connection:
            return SqliteTransaction(connection).rows(sql, parameters)

    @contextmanager
    def exclusive(self) -> Iterator[SqliteTransaction]:
        """Open a transaction that no other instance's overlaps."""
        with self._loan() as connection:
            connection.execute("begin immediate")
            try:
                yield SqliteTransaction(connection)
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    def connections(self) -> Connections:
        """Return how the pool stands now."""
        return self._pool.connections()

    def close(self) -> None:
        """Close the connections that nobody uses."""
        self._pool.close()

    @contextmanager
    def _loan(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._pool.loan() as connection:
                yield connection
        except sqlite3.Error as error:
            raise DatabaseError(f"SQLite: {type(error).__name__}") from error

    def _connect(self) -> sqlite3.Connection:
        # Threads borrow a connection one after another, never two at once: the check is ours.
        connection = sqlite3.connect(self._path, timeout=10, isolation_level=None, check_same_thread=False)
        connection.execute("pragma foreign_keys = on")
        return connection
