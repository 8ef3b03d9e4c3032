"""A server that hangs without closing its connections: TCP is well, so only the time that an answer takes can tell.

The rule: a connection on which a statement takes longer than the server itself would let it is cut, so that whoever waits for it
hears an error and goes on with another connection.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from weakref import WeakSet

import psycopg

# Seconds. The server's own bound on a statement is 15, which it keeps as long as it is well.
LONGEST = 18.0
LOOK_EVERY = 0.25


class Watch:
    """One connection, and since when it waits for an answer."""

    def __init__(self, connection: psycopg.Connection[Any], longest: float) -> None:
        self._connection = connection
        self._longest = longest
        # Held while it is cut: no other may have got its file descriptor meanwhile.
        self._lock = threading.Lock()
        self._since: float | None = None
        _GUARD.add(self)

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Bound the time of what is done within."""
        self._set(time.monotonic())
        try:
            yield
        finally:
            self._set(None)

    def look(self, now: float) -> None:
        """Cut the connection if it waits for too long."""
        with self._lock:
            if self._since is not None and now - self._since > self._longest:
                self._since = None
                with suppress(OSError, psycopg.Error):
                    _cut(self._connection.fileno())

    def _set(self, since: float | None) -> None:
        with self._lock:
            self._since = since


def _cut(descriptor: int) -> None:
    # A descriptor of its own, as the connection closes its one itself.
    with socket.socket(fileno=os.dup(descriptor)) as far_end:
        far_end.shutdown(socket.SHUT_RDWR)


class _Guard:
    """A thread that looks at every connection of the process, begun with the first."""

    def __init__(self) -> None:
        self._watches: WeakSet[Watch] = WeakSet()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def add(self, watch: Watch) -> None:
        with self._lock:
            self._watches.add(watch)
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, name="relay-guard", daemon=True)
                self._thread.start()

    def _look(self) -> None:
        while True:
            time.sleep(LOOK_EVERY)
            with self._lock:
                watches = list(self._watches)
            for watch in watches:
                watch.look(time.monotonic())


_GUARD = _Guard()
