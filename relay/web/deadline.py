"""Until when a connection's client must have done something: one timer for all that it is given time for, one after another.

The rule: a new deadline costs no new timer. A timer that rings too early is set again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Deadline:
    """One deadline at a time, or none."""

    __slots__ = ("_at", "_loop", "_rings_at", "_then", "_timer")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._at = 0.0
        self._then: Callable[[], None] | None = None
        self._rings_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_set(self) -> bool:
        """Whether there is one."""
        return self._then is not None

    def set(self, seconds: float, then: Callable[[], None]) -> None:
        """Call ``then`` in so many seconds, instead of what was set before."""
        self._at, self._then = self._loop.time() + seconds, then
        if self._timer is not None and self._at < self._rings_at:
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._wind()

    def clear(self) -> None:
        """Call nothing."""
        self._then = None

    def stop(self) -> None:
        """Call nothing, and never ring again."""
        self._then = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wind(self) -> None:
        self._rings_at = self._at
        self._timer = self._loop.call_at(self._at, self._ring)

    def _ring(self) -> None:
        self._timer = None
        then = self._then
        if then is None:
            return
        # A loop's timers count milliseconds: one may ring a little before its time.
        if self._loop.time() + 0.002 < self._at:
            self._wind()
            return
        self._then = None
        then()
