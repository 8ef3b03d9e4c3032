"""The mirror's time: it stands until it is moved, or runs at a chosen speed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic

# A day on which nothing special happened; scenarios name their own.
DEFAULT_START = datetime(2026, 6, 15, 6, 0, tzinfo=UTC)


class Clock:
    """Simulated time that never goes back."""

    def __init__(
        self,
        start: datetime = DEFAULT_START,
        speed: float = 0,
        ticking: Callable[[], float] = monotonic,
    ) -> None:
        """Begin at ``start``; ``speed`` simulated seconds pass a second, 0 means that only `set` moves it."""
        self._start = start
        self._speed = speed
        self._ticking = ticking
        self._since = ticking()

    @property
    def speed(self) -> float:
        """How many simulated seconds pass a second."""
        return self._speed

    def now(self) -> datetime:
        """Return the simulated time, aware UTC."""
        return self._start + timedelta(seconds=self._speed * (self._ticking() - self._since))

    def set(self, at: datetime) -> None:
        """Go on from ``at``; an earlier time changes nothing."""
        if at > self.now():
            self._start, self._since = at, self._ticking()
