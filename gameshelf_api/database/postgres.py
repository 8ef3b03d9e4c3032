"""PostgreSQL through psycopg: a small pool that finds its way back after an outage."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row

from gameshelf_api.database import Connections, DatabaseError, Parameters, Row
from gameshelf_api.database.pool import Pool
from gameshelf_api.settings import PostgresSettings

# The key of the advisory lock that migrations take: any number that only this program uses.
MIGRATION_LOCK = 4_000_013
Connection = psycopg.Connection[dict[str, Any]]


class PostgresTransaction:
    """Statements on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def run(self, sql: str, parameters: Parameters | None = None) -> None:
        """Run a statement whose rows nobody wants."""
        self._connection.execute(translated(sql), parameters or {})

    def rows(self, sql: str, parameters: Parameters | None = None) -> Sequence[Row]:
        """Run a query and return every row."""
        return self._connection.execute(translated(sql), parameters or {}).fetchall()


class PostgresDatabase:
    """The add-on; starts without it, answers DatabaseError while it is away, and heals by itself."""

    def __init__(self, settings: PostgresSettings) -> None:
        self._settings = settings
        self._pool = Pool(self._connect, _is_alive, settings.pool_size)

    def rows(self, sql: str, parameters: Parameters | None = None) -> Sequence[Row]:
        """Run one query on a connection of the pool and return every row."""
        with self._loan() as connection:
            return PostgresTransaction(connection).rows(sql, parameters)

    @contextmanager
    def exclusive(self) -> Iterator[PostgresTransaction]:
        """Open a transaction that no other instance's overlaps."""
        with self._loan() as connection, connection.transaction():
            connection.execute("select pg_advisory_xact_lock(%s)", (MIGRATION_LOCK,))
            yield PostgresTransaction(connection)

    def connections(self) -> Connections:
        """Return how the pool stands now."""
        return self._pool.connections()

    def close(self) -> None:
        """Close the connections that nobody uses."""
        self._pool.close()

    @contextmanager
    def _loan(self) -> Iterator[Connection]:
        try:
            with self._pool.loan() as connection:
                yield connection
        except psycopg.Error as error:
            # The type says what kind of trouble; the text may quote an address or a statement.
            raise DatabaseError(f"PostgreSQL: {type(error).__name__}") from error

    def _connect(self) -> Connection:
        connection = psycopg.Connection[dict[str, Any]].connect(
            make_conninfo(
                self._settings.uri, connect_timeout=3, tcp_user_timeout=5000, **self._settings.parts
            ),
            autocommit=True,
            row_factory=dict_row,
            # Behind a connection pooler a prepared statement may meet another server: none are made.
            prepare_threshold=None,
        )
        try:
            # Said here and not as start-up options, which connection poolers refuse.
            connection.execute("set time zone 'UTC'")
            connection.execute("set statement_timeout = '5s'")
        except psycopg.Error:
            connection.close()
            raise
        return connection


def translated(sql: str) -> str:
    """Return ``sql`` as PostgreSQL wants it.

    >>> translated("create table games (id {pk})")
    'create table games (id serial primary key)'
    """
    return sql.replace("{pk}", "serial primary key").replace("{codepoint}", '"C"')


def _is_alive(connection: Connection) -> bool:
    try:
        connection.execute("select 1")
    except psycopg.Error:
        return False
    return True
