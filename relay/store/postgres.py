"""The PostgreSQL store: one connection that writes and, by default, one that reads, for each process.

All that a transaction needs is set within it, so that a pooler that gives every transaction another session does no harm.
Statements that nobody waits for travel with the next one. Several instances wait for one another only where they touch the
same, by advisory locks that end with their transaction (``relay.store.touching``).
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from typing import Any, cast

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.sql import SQL, Identifier

from relay.store import Row, StoreUnavailable
from relay.store.dialect import for_postgres
from relay.store.postgres_address import CLOCK, Address, Heard, connected, unheard
from relay.store.postgres_errors import PreparedElsewhere, translated
from relay.store.postgres_guard import LONGEST, Watch
from relay.store.postgres_migrations import migrate
from relay.store.postgres_readers import Readers

# How long a statement may take, how long to wait for another instance, and how long the server waits for us within a
# transaction: an instance that is stopped or cut off holds up the others no longer than that.
TIMEOUTS = {"statement_timeout": "15s", "lock_timeout": "8s", "idle_in_transaction_session_timeout": "4s"}
# Seconds between two looks at the server's clock.
HEAR_EVERY = 1.0
# More than this at once is everything: a server's table of locks is shared and small.
MOST_LOCKS = 256

_BEGIN = """select set_config('search_path', 'relay', true), set_config('synchronous_commit',
    case current_setting('synchronous_commit') when 'off' then 'on' else current_setting('synchronous_commit') end, true), """
_BEGIN += ", ".join(f"set_config('{name}', '{span}', true)" for name, span in TIMEOUTS.items())
_READ = "begin isolation level repeatable read read only"


class PostgresConnection:
    """A connection that belongs to one thread."""

    def __init__(
        self,
        address: Address,
        *,
        read_only: bool = False,
        heard: Heard = unheard,
        longest: float = LONGEST,
    ) -> None:
        self._address = address
        self._read_only = read_only
        self._heard = heard
        self._queued: list[tuple[str, dict[str, object]]] = []
        self._sent = 0
        self._hear_at = 0.0
        self._connection = connected(address, read_only=read_only)
        self._watch = Watch(self._connection, longest)

    def rows(self, sql: str, /, **values: object) -> Sequence[Row]:
        """Run a statement and return its rows."""
        return cast(Sequence[Row], self._execute(sql, values).fetchall())

    def run(self, sql: str, /, **values: object) -> int:
        """Run a statement and return how many rows it touched."""
        return self._execute(sql, values).rowcount

    def queue(self, sql: str, /, **values: object) -> None:
        """Send a statement with the next one."""
        self._queued.append((sql, values))

    def copy_in(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Add rows, many at once."""
        self._flush()
        into = SQL("copy {} ({}) from stdin").format(
            Identifier(table), SQL(", ").join(Identifier(name) for name in columns)
        )
        with self._translated(), self._connection.cursor() as cursor, cursor.copy(into) as copying:
            for row in rows:
                copying.write_row([_stored(value) for value in row])

    def begin(self, touching: Collection[str] | None = None) -> None:
        """Begin; to write, once nobody else touches the same."""
        self._queued = [("begin" if not self._read_only else _READ, {}), (_BEGIN, {})]
        try:
            if self._read_only:
                self._flush()
            else:
                self._hear()
                self._lock(touching)
        except BaseException:
            self.rollback()
            raise

    def commit(self) -> None:
        """Make it durable, or undo it all; ``ConnectionLost`` means that nobody knows which."""
        try:
            ended = self._execute("commit", {}).statusmessage
        except BaseException:
            self.rollback()
            raise
        if ended != "COMMIT":
            # A transaction in which something failed ends so without any error.
            raise StoreUnavailable("PostgreSQL: the transaction was dropped")

    def rollback(self) -> None:
        """Undo what was done since ``begin``; the server does so by itself when the connection is gone."""
        self._queued.clear()
        if not self._connection.closed and self._status is not TransactionStatus.IDLE:
            self._execute("rollback", {})

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what is done within when it raises."""
        waiting, sent = len(self._queued), self._sent
        self.queue("savepoint step")
        try:
            yield
            if len(self._queued) > waiting + 1 or self._sent > sent:
                self._flush()
        except StoreUnavailable:
            raise
        except BaseException:
            if self._sent == sent:
                del self._queued[waiting:]
            else:
                self._queued = [("rollback to step", {}), ("release step", {})]
                self._flush()
            raise
        self.queue("release step")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    @property
    def _status(self) -> TransactionStatus:
        return self._connection.info.transaction_status

    def _hear(self) -> None:
        began = time.monotonic()
        if began < self._hear_at:
            return
        (clock,) = self._execute(CLOCK, {}).fetchall()
        self._heard(clock["at"], time.monotonic() - began)
        self._hear_at = began + HEAR_EVERY

    def _lock(self, touching: Collection[str] | None) -> None:
        """Wait for whoever touches the same. Everybody takes the lock "all" first, shared, or alone to touch everything."""
        if touching is None or len(touching) > MOST_LOCKS:
            self._execute("select pg_advisory_xact_lock(%(all)s)", {"all": number("all")})
            return
        self.queue("select pg_advisory_xact_lock_shared(%(all)s)", all=number("all"))
        if touching:
            # In one order, so that two that wait for each other can't be.
            names = sorted({number(name) for name in touching})
            self.queue("select pg_advisory_xact_lock(one) from unnest(%(names)s::bigint[]) one", names=names)
        self._flush()

    def _flush(self) -> None:
        if self._queued:
            sql, values = self._queued.pop()
            self._execute(sql, values)

    def _execute(self, sql: str, values: dict[str, object]) -> psycopg.Cursor[Any]:
        queued, self._queued = self._queued, []
        self._sent += 1
        with self._translated(), self._watch.answering():
            if not queued:
                return self._connection.execute(for_postgres(sql), storable(values))
            with self._connection.pipeline():
                for one, its in queued:
                    self._connection.execute(for_postgres(one), storable(its))
                return self._connection.execute(for_postgres(sql), storable(values))

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as cause:
            fault = translated(cause, self._connection, read_only=self._read_only)
            if isinstance(fault, PreparedElsewhere):
                self._address.prepares = False
            if fault is cause:
                raise
            raise fault from cause


class PostgresBackend:
    """A PostgreSQL database and the connections to it."""

    def __init__(
        self, uri: str, *, heard: Heard = unheard, readers: int = 1, longest: float = LONGEST
    ) -> None:
        self._address = Address.of(uri)
        self._heard = heard
        self._longest = longest
        self._readers = Readers(
            lambda: PostgresConnection(self._address, read_only=True, longest=longest), readers
        )

    def migrate(self) -> None:
        """Bring the schema up to date, in one transaction."""
        migrate(self._address, self._heard)

    def connect(self) -> PostgresConnection:
        """Open a connection that writes."""
        return PostgresConnection(self._address, heard=self._heard, longest=self._longest)

    def reader(self) -> Any:
        """Return a share in the connections that can't write."""
        return self._readers.share()


def number(name: str) -> int:
    """Return the advisory lock of a name; others who use the same database have other numbers."""
    return int.from_bytes(
        blake2b(f"relay {name}".encode("utf-8", "replace"), digest_size=8).digest(), signed=True
    )


def storable(values: dict[str, object]) -> dict[str, object]:
    """Put the replacement character for what no text of PostgreSQL holds: NUL, and halves of characters."""
    for name, value in values.items():
        if isinstance(value, str):
            values[name] = _stored(value)
    return values


def _stored(value: object) -> object:
    if not isinstance(value, str) or (value.isascii() and "\0" not in value):
        return value
    whole = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\0", "\N{REPLACEMENT CHARACTER}")
