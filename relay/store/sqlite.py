"""The SQLite store: one file, WAL, always ``synchronous=FULL``, every write begun with ``BEGIN IMMEDIATE``.

sqlite-utils opens and migrates; the queries use its connection directly, which is measured 4–9 times faster in groups.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from sqlite_utils import Database as SqliteUtils
from sqlite_utils import Migrations

from relay.store import Row, StoreUnavailable
from relay.store.dialect import for_sqlite
from relay.store.schema import MIGRATIONS, statements
from relay.store.sqlite_buffer import MOST, Buffer

# How long a writer waits for another process that holds the file, such as a command-line write.
PATIENCE_SECONDS = 5.0
RETRY_SECONDS = 0.02
# For the writer: KB of pages that it keeps, and pages that the log may hold before they go to the file. With SQLite's own
# 2 MB and 1,000 pages the indexes of a busy hour did not fit, and each page was written and read again and again.
CACHE_KB = 16_000
LOG_PAGES = 4_000
# Statements that stay prepared: those that put rows in together are one for each number of rows.
PREPARED = 256


class SqliteConnection:
    """A connection that belongs to one thread."""

    def __init__(self, path: Path, *, read_only: bool = False, patience: float = PATIENCE_SECONDS) -> None:
        # Never created here: an empty file in the place of one that was lost would take events and tell nobody.
        mode = "ro" if read_only else "rw"
        self._path = path
        self._begin = "begin" if read_only else "begin immediate"
        self._buffer = Buffer()
        # Whether something that waited could not be written, and is missing until this transaction is undone.
        self._is_spoiled = False
        try:
            self._file = _identity(path)
            self._connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode={mode}",
                uri=True,
                timeout=patience,
                isolation_level=None,
                cached_statements=PREPARED,
            )
            self._connection.row_factory = sqlite3.Row
            self._connection.execute("pragma foreign_keys = on")
            self._connection.execute("pragma synchronous = full")
            if read_only:
                self._connection.execute("pragma query_only = on")
            else:
                self._connection.execute(f"pragma cache_size = -{CACHE_KB}")
                # What a statement of many rows could have to undo goes to a file of its own otherwise: hundreds of writes.
                self._connection.execute("pragma temp_store = memory")
                self._connection.execute(f"pragma wal_autocheckpoint = {LOG_PAGES}")
        except (sqlite3.Error, OSError) as cause:
            raise _unavailable(cause) from cause

    def rows(self, sql: str, /, **values: object) -> Sequence[Row]:
        """Run a statement and return its rows."""
        return cast(Sequence[Row], self._execute(sql, values).fetchall())

    def stream(self, sql: str, /, **values: object) -> Iterator[Row]:
        """Run a statement and return its rows one by one, as the caller takes them."""
        yield from cast(Iterator[Row], self._execute(sql, values))

    def run(self, sql: str, /, **values: object) -> int:
        """Run a statement and return how many rows it touched."""
        return self._execute(sql, values).rowcount

    def queue(self, sql: str, /, **values: object) -> None:
        """Keep a statement back, to be run together with others of its kind before anybody could miss it."""
        if not self._connection.in_transaction:
            self._execute(sql, values)
            return
        statement, placed = for_sqlite(sql)
        self._buffer.put(statement, placed(values))
        if self._buffer.rows >= MOST:
            self._flush()

    def begin(self, touching: Collection[str] | None = None) -> None:  # noqa: ARG002 - one writer has the whole file
        """Begin; to write, at once: a deferred transaction fails when it turns from reading to writing."""
        # SQLite goes on with a file that was deleted or replaced, and what it wrote there is lost.
        try:
            moved = _identity(self._path) != self._file
        except OSError as cause:
            raise _unavailable(cause) from cause
        if moved:
            raise StoreUnavailable("SQLite: the file was replaced")
        self._forget()
        self._control(self._begin)

    def commit(self) -> None:
        """Make it durable, or undo it all."""
        try:
            self._flush()
            if self._is_spoiled:
                raise StoreUnavailable("SQLite: a part of the transaction is missing")
            self._control("commit")
        except BaseException:
            self.rollback()
            raise

    def rollback(self) -> None:
        """Undo what was done since ``begin``; SQLite may have done so by itself, on a full disk for one."""
        self._forget()
        if self._connection.in_transaction:
            self._control("rollback")

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what is done within when it raises."""
        # What waits belongs to others; what waits at the end belongs to this one, and so do its faults.
        self._flush()
        self._control("savepoint step")
        try:
            yield
            self._flush()
        except BaseException as cause:
            self._forget()
            # A full disk, for one, drops the whole transaction with its savepoints, whatever was caught since.
            if not self._connection.in_transaction:
                raise StoreUnavailable("SQLite: the transaction was dropped") from cause
            self._control("rollback to step")
            self._control("release step")
            raise
        self._control("release step")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _execute(self, sql: str, values: dict[str, object]) -> sqlite3.Cursor:
        if self._buffer.rows:
            self._flush()
        statement, placed = for_sqlite(sql)
        return self._done(statement, placed(values))

    def _flush(self) -> None:
        """Run what waits."""
        if not self._buffer.rows:
            return
        try:
            for statement, values in self._buffer.drain():
                self._done(statement, values)
        except BaseException:
            self._is_spoiled = True
            raise

    def _forget(self) -> None:
        self._buffer = Buffer()
        self._is_spoiled = False

    def _done(self, statement: str, values: Sequence[object]) -> sqlite3.Cursor:
        try:
            try:
                return self._connection.execute(statement, values)
            except UnicodeEncodeError:
                return self._connection.execute(statement, _storable(values))
        except sqlite3.DatabaseError as cause:
            if _is_fault(cause):
                raise
            raise _unavailable(cause) from cause

    def _control(self, sql: str) -> None:
        """Begin or end something; where that fails, the store failed."""
        try:
            self._connection.execute(sql)
        except sqlite3.Error as cause:
            raise _unavailable(cause) from cause


class SqliteBackend:
    """A SQLite file and the connections to it."""

    def __init__(self, path: Path, *, patience: float = PATIENCE_SECONDS) -> None:
        self.path = path
        self._patience = patience

    def migrate(self) -> None:
        """Create the file where it is missing and bring its schema up to date, in one transaction."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self.path, timeout=self._patience, isolation_level=None)
        except (sqlite3.Error, OSError) as cause:
            raise _unavailable(cause) from cause
        try:
            self._migrate(connection)
        except sqlite3.Error as cause:
            raise _unavailable(cause) from cause
        finally:
            connection.close()

    def connect(self) -> SqliteConnection:
        """Open a connection that writes."""
        return SqliteConnection(self.path, patience=self._patience)

    def reader(self) -> SqliteConnection:
        """Open a connection that can't write."""
        return SqliteConnection(self.path, read_only=True, patience=self._patience)

    def _migrate(self, connection: sqlite3.Connection) -> None:
        self._set_wal(connection)
        connection.execute("pragma synchronous = full")
        # Processes that start together race for the schema; the second one waits here and finds it done.
        connection.execute("begin immediate")
        _migrations().apply(SqliteUtils(connection, execute_plugins=False))
        connection.commit()

    def _set_wal(self, connection: sqlite3.Connection) -> None:
        """Turn the write-ahead log on. Of several that start together all but one are refused at once, without waiting."""
        for _ in range(round(self._patience / RETRY_SECONDS)):
            try:
                connection.execute("pragma journal_mode = wal")
            except sqlite3.OperationalError as cause:
                if cause.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise
                time.sleep(RETRY_SECONDS)
            else:
                return
        connection.execute("pragma journal_mode = wal")


def _migrations() -> Migrations:
    migrations = Migrations("relay")
    for name, script in MIGRATIONS:
        migrations(name=name)(_runner(script))
    return migrations


def _runner(script: str):  # type: ignore[no-untyped-def]
    def run(database: SqliteUtils) -> None:
        for statement in statements(script):
            database.conn.execute(for_sqlite(statement)[0])

    return run


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino


def _is_fault(cause: sqlite3.DatabaseError) -> bool:
    """Whether it is the statement's own fault, which must not hurt its neighbours; all else (a damaged file) is the store's."""
    if isinstance(cause, sqlite3.IntegrityError | sqlite3.ProgrammingError | sqlite3.DataError):
        return True
    return cause.sqlite_errorcode == sqlite3.SQLITE_ERROR and "no such table" not in str(cause)


def _storable(values: Sequence[object]) -> list[object]:
    """Put the replacement character for halves of characters: they come in as JSON escapes, and no file holds them."""
    return [
        value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        if isinstance(value, str)
        else value
        for value in values
    ]


def _unavailable(cause: sqlite3.Error | OSError) -> StoreUnavailable:
    # An OSError's words quote the path; a page or an answer must not.
    said = cause.strerror if isinstance(cause, OSError) else cause
    return StoreUnavailable(f"SQLite: {said}")
