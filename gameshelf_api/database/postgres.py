"""PostgreSQL through psycopg: a pool of two connections that finds its way back after an outage."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
import psycopg_pool
from psycopg.rows import dict_row

from gameshelf_api.database import Connections, DatabaseError, Parameters, Row
from gameshelf_api.settings import PostgresSettings

WAIT_SECONDS = 3.0
# Of the server's eight threads, those without a connection may wait; the rest keep answering /livez.
MAX_WAITING = 6
# The key of the advisory lock that migrations take: any number that only this program uses.
MIGRATION_LOCK = 4_000_013
# How long one attempt to reconnect may go on; short, so that the back-off never outlives an outage by much.
RECONNECT_SECONDS = 5.0

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
        self._maximum = settings.pool_size
        self._pool: psycopg_pool.ConnectionPool[Connection] = psycopg_pool.ConnectionPool(
            settings.uri,
            # Behind a connection pooler a prepared statement may meet another server: none are made.
            kwargs={
                "autocommit": True,
                "row_factory": dict_row,
                "prepare_threshold": None,
                "connect_timeout": 3,
                "tcp_user_timeout": 5000,
                **settings.parts,
            },
            min_size=1,
            max_size=settings.pool_size,
            timeout=WAIT_SECONDS,
            max_waiting=MAX_WAITING,
            reconnect_timeout=RECONNECT_SECONDS,
            configure=_configure,
            check=psycopg_pool.ConnectionPool.check_connection,
            open=True,
        )

    def rows(self, sql: str, parameters: Parameters | None = None) -> Sequence[Row]:
        """Run one query on a connection of the pool and return every row."""
        with self._borrowed() as connection:
            return PostgresTransaction(connection).rows(sql, parameters)

    @contextmanager
    def exclusive(self) -> Iterator[PostgresTransaction]:
        """Open a transaction that no other instance's overlaps."""
        with self._borrowed() as connection, connection.transaction():
            connection.execute("select pg_advisory_xact_lock(%s)", (MIGRATION_LOCK,))
            yield PostgresTransaction(connection)

    def connections(self) -> Connections:
        """Return how the pool stands now."""
        stats = self._pool.get_stats()
        size, free = stats.get("pool_size", 0), stats.get("pool_available", 0)
        return Connections(max(size - free, 0), free, stats.get("requests_waiting", 0), self._maximum)

    def close(self) -> None:
        """Close every connection."""
        self._pool.close(timeout=1.0)

    @contextmanager
    def _borrowed(self) -> Iterator[Connection]:
        try:
            with self._pool.connection() as connection:
                yield connection
        except (psycopg.Error, psycopg_pool.PoolClosed) as error:
            # The type says what kind of trouble; the text may quote an address or a statement.
            raise DatabaseError(f"PostgreSQL: {type(error).__name__}") from error


def translated(sql: str) -> str:
    """Return ``sql`` as PostgreSQL wants it.

    >>> translated("create table games (id {pk})")
    'create table games (id serial primary key)'
    """
    return sql.replace("{pk}", "serial primary key").replace("{codepoint}", '"C"')


def _configure(connection: Connection) -> None:
    # Said here and not as a start-up option, which connection poolers refuse.
    connection.execute("set time zone 'UTC'")
    connection.execute("set statement_timeout = '5s'")
