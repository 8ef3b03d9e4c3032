"""How often a password may be tried: wrong ones count, by address and in all, over one minute; right ones don't."""

from __future__ import annotations

import threading
from collections import deque
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=1)
FOR_ONE = 10
FOR_ALL = 100


class Throttle:
    """Remembers the wrong tries of the last minute: at most ``FOR_ALL``, whoever makes them."""

    def __init__(self) -> None:
        self._tries: deque[tuple[datetime, str]] = deque(maxlen=FOR_ALL)
        self._lock = threading.Lock()

    def wait(self, address: str, at: datetime) -> timedelta | None:
        """Return how long ``address`` must wait before it may try again, or None when it may try now."""
        with self._lock:
            while self._tries and at - self._tries[0][0] >= WINDOW:
                self._tries.popleft()
            own = [tried for tried, by in self._tries if by == address]
            if len(self._tries) >= FOR_ALL:
                own = [self._tries[0][0]]
            elif len(own) < FOR_ONE:
                return None
            return max(own[0] + WINDOW - at, timedelta(seconds=1))

    def count(self, address: str, at: datetime) -> None:
        """Remember a wrong try."""
        with self._lock:
            self._tries.append((at, address))
