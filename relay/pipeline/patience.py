"""Waits that may each take so long: bounded by one timer for all of them, as a timer for each costs more than the wait.

The rule: all may take equally long, so that they run out in the order in which they began.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any, TypeVar

T = TypeVar("T")


class Patience:
    """Bounds waits of one loop."""

    def __init__(self, span: timedelta) -> None:
        self._seconds = span.total_seconds()
        # Until when each task waits, the first one first.
        self._until: dict[asyncio.Task[Any], float] = {}
        self._over: set[asyncio.Task[Any]] = set()
        self._is_wound = False

    @property
    def longest(self) -> float:
        """For how many seconds the first of them waits by now, 0 where nobody does."""
        for task, until in self._until.items():
            return task.get_loop().time() + self._seconds - until
        return 0.0

    async def wait(self, awaited: Awaitable[T]) -> T:
        """Return what ``awaited`` gives, or cancel it and raise ``TimeoutError`` when that takes too long."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        self._until[task] = loop.time() + self._seconds
        if not self._is_wound:
            self._wind(loop, self._seconds)
        try:
            return await awaited
        except asyncio.CancelledError as cause:
            if task in self._over and task.uncancel() == 0:
                raise TimeoutError from cause
            raise
        finally:
            self._until.pop(task, None)
            self._over.discard(task)

    def _wind(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        self._is_wound = True
        loop.call_later(seconds, self._ring, loop)

    def _ring(self, loop: asyncio.AbstractEventLoop) -> None:
        self._is_wound = False
        # A loop's timers count milliseconds.
        now = loop.time() + 0.002
        for task, until in list(self._until.items()):
            if until > now:
                self._wind(loop, until - now)
                return
            del self._until[task]
            self._over.add(task)
            task.cancel()
