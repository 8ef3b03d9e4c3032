"""The connections that read, which all threads of a process share: a server's plan may allow five in all."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from weakref import WeakSet

from relay.store import Connection, ConnectionLost, Row, StoreUnavailable

# How long a page waits for the others.
PATIENCE_SECONDS = 5.0


class Readers:
    """At most ``most`` connections, opened when first needed, closed when nobody has a share any more."""

    def __init__(self, opened: Callable[[], Connection], most: int) -> None:
        self._open = opened
        self._room = threading.Semaphore(most)
        self._free: list[Connection] = []
        self._shares: WeakSet[Share] = WeakSet()

    def share(self) -> Share:
        """Return a share, for one thread."""
        share = Share(self)
        self._shares.add(share)
        return share

    def begun(self) -> Connection:
        """Return a connection that reads within one view."""
        if not self._room.acquire(timeout=PATIENCE_SECONDS):
            raise StoreUnavailable("PostgreSQL: every connection that reads is busy")
        try:
            return self._begun()
        except BaseException:
            self._room.release()
            raise

    def give_back(self, connection: Connection, *, usable: bool) -> None:
        """Take a connection back."""
        if usable:
            self._free.append(connection)
        else:
            connection.close()
        self._room.release()

    def leave(self, share: Share) -> None:
        """Take a share back; the last one closes what is open."""
        self._shares.discard(share)
        while not self._shares and self._free:
            self._free.pop().close()

    def _begun(self) -> Connection:
        while self._free:
            connection = self._free.pop()
            try:
                connection.begin()
            except ConnectionLost:
                # The server was restarted since; nothing was read yet.
                connection.close()
            else:
                return connection
        connection = self._open()
        try:
            connection.begin()
        except BaseException:
            connection.close()
            raise
        return connection


class Share:
    """What one thread sees of the connections: a connection of its own."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers
        self._held: Connection | None = None

    def rows(self, sql: str, /, **values: object) -> Sequence[Row]:
        """Run a statement and return its rows."""
        return self._connection.rows(sql, **values)

    def run(self, sql: str, /, **values: object) -> int:
        """Run a statement and return how many rows it touched."""
        return self._connection.run(sql, **values)

    def queue(self, sql: str, /, **values: object) -> None:
        """Send a statement with the next one."""
        self._connection.queue(sql, **values)

    def begin(self, touching: Collection[str] | None = None) -> None:  # noqa: ARG002 - it changes nothing
        """Begin, once a connection is free."""
        self._held = self._readers.begun()

    def commit(self) -> None:
        """End; there is nothing to make durable."""
        self.rollback()

    def rollback(self) -> None:
        """End and give the connection back."""
        held, self._held = self._held, None
        if held is not None:
            try:
                held.rollback()
            except BaseException:
                self._readers.give_back(held, usable=False)
                raise
            self._readers.give_back(held, usable=True)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what is done within when it raises."""
        with self._connection.savepoint():
            yield

    def close(self) -> None:
        """Give back the share; a connection that is still held is in an unknown state."""
        held, self._held = self._held, None
        if held is not None:
            self._readers.give_back(held, usable=False)
        self._readers.leave(self)

    @property
    def _connection(self) -> Connection:
        if self._held is None:
            raise RuntimeError("a read outside a transaction")
        return self._held
