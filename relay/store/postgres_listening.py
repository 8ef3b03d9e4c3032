"""A hint from another process that the outbox has work: PostgreSQL's ``LISTEN``, on a connection of its own.

The rule: it is a hint and nothing rests on it. Whoever can't listen (no connection left, a pooler between, a server away)
looks once a second as ever.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import psycopg
import structlog

from relay.store import StoreUnavailable
from relay.store.postgres_address import Address, connected

# As the token "{announce}" of the dialect says it.
CHANNEL = "relay_outbox"
# Seconds: until it looks whether it is to end, and until it tries again to listen.
LOOK_EVERY = 0.5
AGAIN = 15.0

log = structlog.get_logger("relay.store")


class Listener:
    """Calls ``wake``, in a thread of its own, whenever another process says that there is something to tell."""

    def __init__(self, uri: str, wake: Callable[[], None], *, again: float = AGAIN) -> None:
        self._address = Address.of(uri)
        self._wake = wake
        self._again = again
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="relay-listener", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """End, and close the connection."""
        self._ended.set()
        self._thread.join(LOOK_EVERY * 4)

    def _work(self) -> None:
        while not self._ended.is_set():
            try:
                self._listen()
            except (psycopg.Error, StoreUnavailable) as fault:
                said = str(fault) if isinstance(fault, StoreUnavailable) else type(fault).__name__
                log.warning("not woken by other processes; looking once a second", reason=said)
            self._ended.wait(self._again)

    def _listen(self) -> None:
        connection = connected(self._address, read_only=False)
        try:
            connection.execute(f"listen {CHANNEL}")
            # What was said before is not heard.
            self._wake()
            while not self._ended.is_set():
                for _ in connection.notifies(timeout=LOOK_EVERY, stop_after=1):
                    self._wake()
        finally:
            connection.close()
