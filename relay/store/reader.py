"""Reads beside the writer: a connection a thread that can't write, opened when first used."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from relay.store import Backend, Connection, StoreUnavailable
from relay.store.transactions import ReadTransaction


class Reader:
    """Gives read-only transactions. A page reads all it needs, leaves, then renders."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._threads = threading.local()

    @contextmanager
    def read(self) -> Iterator[ReadTransaction]:
        """Read within one consistent view; raise ``StoreUnavailable`` when the store can't be read."""
        connection: Connection = getattr(self._threads, "connection", None) or self._backend.reader()
        self._threads.connection = connection
        try:
            connection.begin()
            yield ReadTransaction(connection)
            connection.rollback()
        except StoreUnavailable:
            self.close()
            raise
        except BaseException:
            connection.rollback()
            raise

    def close(self) -> None:
        """Close the calling thread's connection."""
        connection: Connection | None = getattr(self._threads, "connection", None)
        if connection is not None:
            connection.close()
            self._threads.connection = None
