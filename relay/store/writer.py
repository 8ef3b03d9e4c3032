"""The one writer: steps that wait together commit together, each in a savepoint; an answer leaves after its commit.

It has a thread of its own, so that a locked or slow disk never stops the loop.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

from relay.store import Backend, Connection, StoreUnavailable
from relay.store.transactions import Transaction

T = TypeVar("T")
Step = Callable[[Transaction], T]

# Steps that one commit carries at most: a group is bounded so that its first step does not wait for long.
GROUP = 256
# Steps that may wait: beyond it the store is not keeping up, and senders are told to come back.
WAITING = 10_000

log = structlog.get_logger("relay.store")


class StoreBusy(StoreUnavailable):
    """More is waiting to be written than the store can take."""


@dataclass(slots=True)
class _Waiting:
    step: Step[Any]
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop


class Writer:
    """Runs steps, each ``(tx) -> result`` and idempotent, in one thread with one connection."""

    def __init__(self, backend: Backend, *, waiting: int = WAITING) -> None:
        self._backend = backend
        self._steps: queue.Queue[_Waiting | None] = queue.Queue()
        self._most = waiting
        # Held while a step is put in: none may be put in behind the end, where nobody would answer it.
        self._door = threading.Lock()
        self._is_open = True
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

    async def run(self, step: Step[T]) -> T:
        """Run a step and return its result once it is durable.

        Raise what the step raised, or ``StoreUnavailable``: then nothing was done.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        with self._door:
            if not self._is_open or not self._thread.is_alive():
                raise StoreUnavailable("the writer has stopped")
            if self.waiting >= self._most:
                raise StoreBusy("the store is not keeping up")
            self._steps.put(_Waiting(step, future, loop))
        return await future

    def _work(self) -> None:
        connection: Connection | None = None
        while (group := self._next_group()) is not None:
            try:
                connection = connection or self._backend.connect()
                _commit(connection, group)
            except Exception as fault:  # noqa: BLE001
                # The boundary "one group": if the thread ended here, everybody would wait for ever.
                unavailable = _unavailable(fault)
                log.error("the store is unavailable", reason=str(unavailable), steps=len(group))
                _answer(group, [unavailable] * len(group))
                if connection is not None:
                    connection.close()
                connection = None
        if connection is not None:
            connection.close()

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


def _unavailable(fault: Exception) -> StoreUnavailable:
    if isinstance(fault, StoreUnavailable):
        return fault
    log.exception("the store failed in an unknown way")
    return StoreUnavailable(f"the store failed ({type(fault).__name__})")


def _commit(connection: Connection, group: list[_Waiting]) -> None:
    connection.begin()
    try:
        transaction = Transaction(connection)
        outcomes = [_run(connection, transaction, waiting.step) for waiting in group]
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    _answer(group, outcomes)


def _run(connection: Connection, transaction: Transaction, step: Step[Any]) -> object:
    """Run one step in its savepoint. One of the four boundaries: a faulty step must not hurt its neighbours."""
    try:
        with connection.savepoint():
            return step(transaction)
    except StoreUnavailable:
        raise
    except Exception as fault:  # noqa: BLE001 - the boundary "one step"
        return _Fault(fault)


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
            future.set_exception(StoreUnavailable(str(outcome)))
        else:
            future.set_result(outcome)
