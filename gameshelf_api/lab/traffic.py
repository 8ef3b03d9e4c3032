"""Driving traffic at an API: bounded in count, in time and in how many requests run at once."""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from gameshelf_api.lab.client import UNREACHABLE, Answer, Client
from gameshelf_api.lab.shapes import Step, route

# So many requests in a row without an answer: nobody is there, and going on would only take time.
GIVE_UP_AFTER = 20


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is, told after each request."""

    done: int
    total: int
    errors: int
    path: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may take; ``over_seconds`` spreads it, 0 runs it as fast as answers come."""

    concurrency: int = 4
    max_seconds: float = 900.0
    over_seconds: float = 0.0


@dataclass(slots=True)
class RouteSummary:
    """What one route answered: the seconds of each answer, and how often each trouble came."""

    seconds: list[float] = field(default_factory=list)
    troubles: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run did; ``stopped`` says why it ended early, and is empty otherwise."""

    routes: dict[str, RouteSummary]
    planned: int
    seconds: float
    stopped: str

    @property
    def requests(self) -> int:
        """How many requests were made."""
        return sum(len(told.seconds) for told in self.routes.values())

    @property
    def errors(self) -> int:
        """How many of them failed."""
        return sum(told.troubles.total() for told in self.routes.values())


def run(
    client: Client,
    steps: Sequence[Step],
    limits: Limits | None = None,
    told: Callable[[Progress], None] = lambda _: None,
) -> Summary:
    """Make the requests of ``steps`` in order; ``told`` hears of each, one at a time.

    A KeyboardInterrupt ends the run early and is told in the summary.
    """
    return _Run(client, steps, limits or Limits(), told).finish()


class _Run:
    def __init__(
        self, client: Client, steps: Sequence[Step], limits: Limits, told: Callable[[Progress], None]
    ) -> None:
        self._client, self._limits, self._told = client, limits, told
        self._left = deque(steps)
        self._total = len(steps)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._stopped = ""
        self._done = self._errors = self._silent = 0
        self._routes: dict[str, RouteSummary] = {}
        self._started = time.monotonic()

    def finish(self) -> Summary:
        workers = min(self._limits.concurrency, max(self._total, 1))
        with ThreadPoolExecutor(workers) as pool:
            waiting = [pool.submit(self._work) for _ in range(workers)]
            try:
                for worker in waiting:
                    worker.result()
            except KeyboardInterrupt:
                self._end("interrupted")
        return Summary(self._routes, self._total, time.monotonic() - self._started, self._stopped)

    def _work(self) -> None:
        while not self._stop.is_set():
            try:
                step = self._left.popleft()
            except IndexError:
                return
            if self._wait_until_due(step):
                self._record(step, self._client.get(step.path))

    def _wait_until_due(self, step: Step) -> bool:
        """Wait, and return whether the request is still to be made."""
        elapsed = time.monotonic() - self._started
        if elapsed > self._limits.max_seconds:
            self._end("time is up")
        ahead = min(step.due * self._limits.over_seconds, self._limits.max_seconds) - elapsed
        return not (self._stop.wait(ahead) if ahead > 0 else self._stop.is_set())

    def _record(self, step: Step, answer: Answer) -> None:
        with self._lock:
            told = self._routes.setdefault(route(step.path), RouteSummary())
            told.seconds.append(answer.seconds)
            self._done += 1
            if answer.is_error:
                self._errors += 1
                told.troubles[answer.trouble or str(answer.status)] += 1
            self._silent = self._silent + 1 if answer.status == UNREACHABLE else 0
            if self._silent >= GIVE_UP_AFTER:
                self._end("nobody answers")
            self._told(Progress(self._done, self._total, self._errors, step.path, answer))

    def _end(self, reason: str) -> None:
        self._stopped = self._stopped or reason
        self._stop.set()
