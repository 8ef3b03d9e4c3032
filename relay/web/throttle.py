"""How often something may be tried from outside, by address and in all, over one minute: a password, an open webhook."""

from __future__ import annotations

import threading
from collections import deque
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=1)
FOR_ONE = 10
FOR_ALL = 100


class Throttle:
    """Remembers the counted tries of the last minute: at most ``for_all``, whoever makes them."""

    def __init__(self, for_one: int = FOR_ONE, for_all: int = FOR_ALL) -> None:
        self._for_one = for_one
        self._for_all = for_all
        self._tries: deque[tuple[datetime, str]] = deque(maxlen=for_all)
        self._lock = threading.Lock()

    def wait(self, address: str, at: datetime) -> timedelta | None:
        """Return how long ``address`` must wait before it may try again, or None when it may try now."""
        with self._lock:
            while self._tries and at - self._tries[0][0] >= WINDOW:
                self._tries.popleft()
            own = [tried for tried, by in self._tries if by == address]
            if len(self._tries) >= self._for_all:
                own = [self._tries[0][0]]
            elif len(own) < self._for_one:
                return None
            return max(own[0] + WINDOW - at, timedelta(seconds=1))

    def count(self, address: str, at: datetime) -> None:
        """Remember a try that counts."""
        with self._lock:
            self._tries.append((at, address))
