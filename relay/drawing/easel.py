"""The thread that draws: one picture at a time, whoever asks.

The rule: a drawing that takes too long can't be ended, but nothing lines up behind it, and a process ends without it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Lock, Thread
from time import monotonic
from typing import Any, TypeVar

from relay.pipeline.showing import DEADLINE, Missed

T = TypeVar("T")
# A storm's alerts in a moment; further ones would wait longer than a message does.
MOST_WAITING = 4


class Easel:
    """Draws in a thread of its own, which begins with the first picture; ``leave`` is called in it at its end."""

    def __init__(self, leave: Callable[[], None] = lambda: None) -> None:
        self._leave = leave
        self._jobs: SimpleQueue[tuple[Callable[[], Any], Future[Any]] | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._began: float | None = None
        self._turn = Lock()

    async def paint(self, draw: Callable[[], T]) -> T:
        """Return what ``draw`` returns; raise ``Missed`` at once where it would have to wait too long.

        Where the caller gives up first, a drawing that has not begun never does.
        """
        began = self._began
        is_stuck = began is not None and monotonic() - began > DEADLINE.total_seconds()
        if is_stuck or self._jobs.qsize() >= MOST_WAITING:
            raise Missed("busy")
        job: Future[T] = Future()
        self._jobs.put((draw, job))
        with self._turn:
            if self._thread is None:
                # No executor: its threads are waited for at the end of the process, a stuck one for ever.
                self._thread = Thread(target=self._work, name="relay-drawing", daemon=True)
                self._thread.start()
        return await asyncio.wrap_future(job)

    def close(self) -> None:
        """Let the thread end after what it does now."""
        self._jobs.put(None)

    def _work(self) -> None:
        while (given := self._jobs.get()) is not None:
            draw, job = given
            if not job.set_running_or_notify_cancel():
                continue
            self._began = monotonic()
            try:
                job.set_result(draw())
            except BaseException as fault:  # noqa: BLE001 - it is raised where the picture was asked for
                job.set_exception(fault)
            finally:
                self._began = None
        self._leave()
