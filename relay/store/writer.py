"""The one writer: steps that wait together commit together, a failing one hurts no other, an answer leaves after its commit.

It has a thread of its own, so that a locked or slow disk never stops the loop.
"""

from __future__ import annotations

import asyncio
import math
import queue
import threading
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

from relay.core.model import Event
from relay.store import Backend, Conflict, Connection, ConnectionLost, StoreUnavailable
from relay.store.transactions import Transaction

T = TypeVar("T")
Step = Callable[[Transaction], T]

# Steps that one commit carries at most: a group is bounded so that its first step does not wait for long.
GROUP = 256
# Steps that may wait: beyond it the store is not keeping up, and senders are told to come back.
WAITING = 10_000
# So many steps under way, the oldest for so many seconds: what comes in now is better sent away at once than late.
PRESSED = 72
PATIENCE = 0.02
_IDLE = (0, math.inf)
# Seconds between tries to get a lost connection back, as after a restart of the server, before those who wait are told.
TRIES = (0.0, 0.1, 0.3, 0.6, 1.0, 1.0)

log = structlog.get_logger("relay.store")


class StoreBusy(StoreUnavailable):
    """More is waiting to be written than the store can take."""


@dataclass(slots=True)
class _Load:
    """The share of the time in which there was work; what is longer ago counts less, by a factor e a second."""

    share: float = 0.0
    until: float = 0.0

    def worked(self, began: float, ended: float) -> None:
        """There was work from then to then."""
        self.share, self.until = 1 - (1 - self.at(began)) * math.exp(began - ended), ended

    def at(self, now: float) -> float:
        """Return the share as of now; there was no work since."""
        return self.share * math.exp(min(0.0, self.until - now))


@dataclass(slots=True)
class _Waiting:
    step: Step[Any]
    touching: Collection[str] | None
    events: Sequence[Event]
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop
    since: float


class Writer:
    """Runs steps, each ``(tx) -> result`` and idempotent, in one thread with one connection."""

    def __init__(self, backend: Backend, *, waiting: int = WAITING) -> None:
        self._backend = backend
        self._steps: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._most = waiting
        # Held while a step is put in: none may be put in behind the end, where nobody would answer it.
        self._door = threading.Lock()
        self._is_open = True
        self._connection: Connection | None = None
        # Whether there was no store at the last try: those who ask next are told at once, not after all tries again.
        self._is_away = False
        # The group that is worked on: how many steps, and since when its oldest waits.
        self._under_way = _IDLE
        self._load = _Load()
        self._thread = threading.Thread(target=self._work, name="relay-writer", daemon=True)

    def start(self) -> None:
        """Begin to take steps."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the steps that wait, then end."""
        with self._door:
            self._is_open = False
        self._steps.put(None)
        if self._thread.ident is not None:
            self._thread.join()

    @property
    def waiting(self) -> int:
        """How many steps wait."""
        return self._steps.qsize()

    @property
    def is_pressed(self) -> bool:
        """Whether many steps are under way and the oldest of them has been for long."""
        number, since = self._under_way
        return number + self.waiting >= PRESSED and time.monotonic() - since > PATIENCE

    @property
    def load(self) -> float:
        """For what share of the last second or so there was work, 0 to 1."""
        return self._load.at(time.monotonic())

    async def run(
        self, step: Step[T], touching: Collection[str] | None = None, events: Sequence[Event] = ()
    ) -> T:
        """Run a step and return its result once it is durable. ``touching`` names what it changes, None: anything.

        ``events`` are those that it takes: what a group of steps will look up of them is looked up at once.

        Raise what the step raised, or ``StoreUnavailable``: then nothing was done.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        with self._door:
            if not self._is_open or not self._thread.is_alive():
                raise StoreUnavailable("the writer has stopped")
            if self.waiting >= self._most:
                raise StoreBusy("the store is not keeping up")
            self._steps.put(_Waiting(step, touching, events, future, loop, time.monotonic()))
        return await future

    def _work(self) -> None:
        while (group := self._next_group()) is not None:
            self._under_way = (len(group), group[0].since)
            began = time.monotonic()
            outcomes = self._outcomes(group)
            self._load.worked(began, time.monotonic())
            # Before the answers, as whoever has one may send the next before this thread goes on.
            self._under_way = _IDLE
            _answer(group, outcomes)
        self._drop()

    def _outcomes(self, group: list[_Waiting]) -> list[Any]:
        """Return what became of each step. After a lost connection the group is run again: steps are idempotent."""
        waits = iter(() if self._is_away else TRIES)
        # A try may itself take seconds where the server hangs: no new one is begun after as long as all waits take.
        until = None
        while True:
            try:
                self._connection = self._connection or self._backend.connect()
                outcomes = _committed(self._connection, group)
            except Exception as fault:  # noqa: BLE001
                # The boundary "one group": if the thread ended here, everybody would wait for ever.
                self._drop()
                until = until or time.monotonic() + sum(TRIES)
                wait = next(waits, None) if isinstance(fault, ConnectionLost | Conflict) else None
                if time.monotonic() > until:
                    wait = None
                if wait is None:
                    self._is_away = isinstance(fault, ConnectionLost)
                    return _refused(fault, group)
                log.warning("the store is asked again", reason=str(fault), steps=len(group))
                time.sleep(wait)
            else:
                self._is_away = False
                return outcomes

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _next_group(self) -> list[_Waiting] | None:
        """Return the steps that wait, at least one, or None at the end."""
        first = self._steps.get()
        if first is None:
            return None
        group = [first]
        while len(group) < GROUP:
            try:
                waiting = self._steps.get_nowait()
            except queue.Empty:
                break
            if waiting is None:
                self._steps.put(None)
                break
            group.append(waiting)
        return group


_Runner = Callable[[Connection, list[_Waiting]], list[Any]]


def _refused(fault: Exception, group: list[_Waiting]) -> list[Any]:
    if not isinstance(fault, StoreUnavailable):
        log.error("the store failed in an unknown way", exc_info=fault)
        fault = StoreUnavailable(f"the store failed ({type(fault).__name__})")
    log.error("the store is unavailable", reason=str(fault), steps=len(group))
    return [fault] * len(group)


def _committed(connection: Connection, group: list[_Waiting]) -> list[Any]:
    """Commit a group, then once more, alone, each step that met another instance's."""
    outcomes = _commit(connection, group, _touched(group))
    for place, outcome in enumerate(outcomes):
        if isinstance(outcome, _Fault) and isinstance(outcome.cause, Conflict):
            (outcomes[place],) = _commit(connection, group[place : place + 1], None)
    return outcomes


def _touched(group: list[_Waiting]) -> Collection[str] | None:
    names: set[str] = set()
    for waiting in group:
        if waiting.touching is None:
            return None
        names.update(waiting.touching)
    return names


def _commit(connection: Connection, group: list[_Waiting], touching: Collection[str] | None) -> list[Any]:
    """Commit a group. Steps seldom fail: only where one did the group is run again, each step in a savepoint."""
    try:
        return _grouped(connection, group, touching, _run)
    except StoreUnavailable:
        raise
    except Exception:  # noqa: BLE001 - the boundary "one step", which says below what it met
        return _grouped(connection, group, touching, _guarded)


def _grouped(
    connection: Connection, group: list[_Waiting], touching: Collection[str] | None, run: _Runner
) -> list[Any]:
    connection.begin(touching)
    try:
        outcomes = run(connection, group)
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    return outcomes


def _run(connection: Connection, group: list[_Waiting]) -> list[Any]:
    """Run steps one after the other."""
    transaction = Transaction(connection)
    with transaction.foreseeing([event for waiting in group for event in waiting.events]):
        return [waiting.step(transaction) for waiting in group]


def _guarded(connection: Connection, group: list[_Waiting]) -> list[Any]:
    """Run each step in its savepoint. One of the four boundaries: a faulty step must not hurt its neighbours."""
    outcomes: list[Any] = []
    for waiting in group:
        try:
            with connection.savepoint():
                # Each looks for itself: what another one foresaw may have been undone with it.
                outcome = waiting.step(Transaction(connection))
            outcomes.append(outcome)
        except StoreUnavailable:
            raise
        except Exception as fault:  # noqa: BLE001 - the boundary "one step"
            outcomes.append(_Fault(fault))
    return outcomes


@dataclass(slots=True)
class _Fault:
    cause: Exception


def _answer(group: list[_Waiting], outcomes: list[Any]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], Any]]] = {}
    for waiting, outcome in zip(group, outcomes, strict=True):
        by_loop.setdefault(waiting.loop, []).append((waiting.future, outcome))
    for loop, pairs in by_loop.items():
        # A loop that was closed meanwhile has nobody left who waits.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_settle, pairs)


def _settle(pairs: list[tuple[asyncio.Future[Any], Any]]) -> None:
    for future, outcome in pairs:
        if future.cancelled():
            continue
        if isinstance(outcome, _Fault):
            future.set_exception(outcome.cause)
        elif isinstance(outcome, StoreUnavailable):
            future.set_exception(type(outcome)(str(outcome)))
        else:
            future.set_result(outcome)
