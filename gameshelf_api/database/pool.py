"""A small pool of connections that fails fast while the database is away and heals by itself.

Every loan checks its connection first, so that a restarted database costs nobody an error; the
measurements behind it are in ``docs/decisions/gameshelf-connection-pool.md``.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar

from gameshelf_api.database import Connections, DatabaseError

WAIT_SECONDS = 3.0
# After a failed attempt the next waits so long: a dead database is asked twice a second, not by every request.
REST_SECONDS = 0.5


class Closable(Protocol):
    """What a pool holds."""

    def close(self) -> None:
        """End the connection."""


C = TypeVar("C", bound=Closable)


class Pool(Generic[C]):
    """At most ``size`` connections, opened when they are needed.

    ``connect`` opens one; ``is_alive`` tells whether one may be lent again, and must not raise.
    """

    def __init__(self, connect: Callable[[], C], is_alive: Callable[[C], bool], size: int) -> None:
        self._connect, self._is_alive, self._size = connect, is_alive, size
        self._changed = threading.Condition()
        self._free: list[C] = []
        self._in_use = 0
        self._waiting = 0
        self._rests_until = 0.0

    @contextmanager
    def loan(self) -> Iterator[C]:
        """Lend a connection, raising what ``connect`` raises, or DatabaseError where none comes free."""
        connection = self._take()
        try:
            yield connection
        finally:
            self._return(connection)

    def connections(self) -> Connections:
        """Return how the pool stands now."""
        with self._changed:
            return Connections(self._in_use, len(self._free), self._waiting, self._size)

    def close(self) -> None:
        """Close the connections that nobody uses."""
        with self._changed:
            while self._free:
                self._free.pop().close()

    def _take(self) -> C:
        kept = self._reserve()
        try:
            if kept is not None and self._is_alive(kept):
                return kept
            if kept is not None:
                kept.close()
            return self._connect()
        except BaseException:
            with self._changed:
                self._in_use -= 1
                self._rests_until = time.monotonic() + REST_SECONDS
                self._changed.notify_all()
            raise

    def _reserve(self) -> C | None:
        """Wait for a place, and return the connection that is kept there, if any."""
        with self._changed:
            self._waiting += 1
            found = self._changed.wait_for(lambda: self._in_use < self._size or self._rests(), WAIT_SECONDS)
            self._waiting -= 1
            if not found:
                raise DatabaseError("every connection is busy")
            if self._rests():
                raise DatabaseError("away since a moment ago")
            self._in_use += 1
            return self._free.pop() if self._free else None

    def _rests(self) -> bool:
        return time.monotonic() < self._rests_until

    def _return(self, connection: C) -> None:
        with self._changed:
            self._in_use -= 1
            self._free.append(connection)
            self._changed.notify()
