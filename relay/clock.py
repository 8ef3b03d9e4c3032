"""The time that several instances share: the store's, as this process last heard it.

Leases, retries and the order of events compare times that different machines wrote. Between two hearings the machine's
steady clock carries on, which nobody sets; what it can't tell from the time that a hearing takes is left as it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

# Two clocks that differ by less than this are not worth a step.
SLACK_SECONDS = 0.005


def steady() -> float:
    """Return seconds that only grow, also while a virtual machine is suspended where the system counts that."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class SharedClock:
    """Tells the store's time; the machine's own until it was heard."""

    def __init__(self, steady: Callable[[], float] = steady, own: Callable[[], float] = time.time) -> None:
        self._steady = steady
        self._begun = own() - steady()
        self._heard = False

    def now(self) -> datetime:
        """Return the time."""
        return datetime.fromtimestamp(self._begun + self._steady(), UTC)

    def heard(self, at: float, took: float) -> None:
        """Take over that it was ``at``, in seconds since 1970, within the last ``took`` seconds."""
        begun = at + took / 2 - self._steady()
        if not self._heard or abs(begun - self._begun) > took / 2 + SLACK_SECONDS:
            self._begun = begun
            self._heard = True
