"""Plays cases on a layout and sums up what was seen."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import time

from tests.crash.cases import Case
from tests.crash.layouts import Layout
from tests.crash.nursery import Nursery
from tests.crash.stores import Store
from tests.crash.verdict import Verdict, judge
from tests.crash.world import BUSY, Span, Stuck, Times, World, world


@dataclass
class Row:
    """What a case came to on a layout."""

    case: Case
    layout: Layout
    rounds: int = 0
    accepted: int = 0
    told: int = 0
    repeated: int = 0
    most_repeats: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, other: Row) -> None:
        """Take over what another world of the same case came to."""
        self.rounds += other.rounds
        self.accepted += other.accepted
        self.told += other.told
        self.repeated += other.repeated
        self.most_repeats = max(self.most_repeats, other.most_repeats)
        self.wrong += other.wrong


def nothing() -> None:
    """Nobody looks on."""


async def at_once() -> None:
    """Nothing is waited for."""


async def play(
    case: Case,
    layout: Layout,
    rounds: int,
    nursery: Nursery,
    times: Times,
    seen: Callable[[], None] = nothing,
    breath: Callable[[], Awaitable[None]] = at_once,
) -> Row:
    """Play a case in one world so many times and check everything; ``seen`` is called after each fault, ``breath`` before."""
    row = Row(case, layout)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="crash-") as folder,
            layout.store(case, Path(folder)) as store,
        ):
            async with world(Path(folder), store, layout.roles, nursery, times) as made:
                await _play(made, row, rounds, seen, breath)
    except (Stuck, TimeoutError) as stuck:
        row.wrong.append(f"stuck: {stuck}")
    return row


@asynccontextmanager
async def _aside(store: AbstractContextManager[Store]) -> AsyncIterator[Store]:
    """Make a store, and end it, in a thread: to start a server takes seconds, in which other worlds' far ends must answer."""
    made = await asyncio.to_thread(store.__enter__)
    try:
        yield made
    finally:
        await asyncio.to_thread(store.__exit__, None, None, None)


async def _play(
    made: World, row: Row, rounds: int, seen: Callable[[], None], breath: Callable[[], Awaitable[None]]
) -> None:
    case = row.case
    if not case.fresh:
        await made.start()
        # Who sends before the schema is there is only told to come back.
        async with made.traffic("warming"):
            pass
    for first in range(0, rounds, case.together):
        await breath()
        if case.fresh:
            await _strike(made, row, seen)
        async with made.traffic(f"r{first}", alerts=case.alerts):
            for _ in range(0 if case.fresh else min(case.together, rounds - first)):
                await breath()
                await _strike(made, row, seen)
        await made.calm()
    judged = await asyncio.to_thread(judge, made, late=case.late * rounds, silent=case.silent)
    _sum_up(row, made, judged)


async def _strike(made: World, row: Row, seen: Callable[[], None]) -> None:
    began, deaths = time(), len(made.deaths)
    made.pause = BUSY
    await row.case.strike(made)
    if len(made.deaths) == deaths:
        made.faults.append(Span(began, time()))
    row.rounds += 1
    seen()


def _sum_up(row: Row, made: World, verdict: Verdict) -> None:
    row.accepted = verdict.accepted
    row.told = verdict.told
    row.repeated = len(verdict.repeats)
    row.most_repeats = verdict.most_repeats
    row.wrong += verdict.wrong
    odd = [code for code in made.deaths if code != -9]
    if odd:
        row.wrong.append(f"a process ended by itself with {odd}\n{made.logs()}")
