"""Plays cases on a layout and sums up what was seen."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.crash.cases import Case
from tests.crash.layouts import Layout
from tests.crash.nursery import Nursery
from tests.crash.stores import Store
from tests.crash.verdict import Verdict, judge
from tests.crash.world import Stuck, Times, World, world

# How many messages one round may repeat on one channel: there, one is under way at a time.
BOUND = 1


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


async def play(
    case: Case,
    layout: Layout,
    rounds: int,
    nursery: Nursery,
    times: Times,
    seen: Callable[[], None] = nothing,
) -> Row:
    """Play a case in one world so many times and check everything; ``seen`` is called after each round."""
    row = Row(case, layout)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="crash-") as folder,
            layout.store(case, Path(folder)) as store,
        ):
            async with world(Path(folder), store, layout.roles, nursery, times) as made:
                await _play(made, row, rounds, seen)
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


async def _play(made: World, row: Row, rounds: int, seen: Callable[[], None]) -> None:
    if not row.case.fresh:
        await made.start()
        # Who sends before the schema is there is only told to come back.
        async with made.traffic("warming"):
            pass
        await made.calm()
    for number in range(rounds):
        await row.case.play(made, f"r{number}")
        await made.calm()
        row.rounds += 1
        seen()
    _sum_up(row, made, await asyncio.to_thread(judge, made, late=row.case.late * rounds))


def _sum_up(row: Row, made: World, verdict: Verdict) -> None:
    row.accepted = verdict.accepted
    row.told = verdict.told
    row.repeated = sum(verdict.repeats.values())
    row.most_repeats = verdict.most_repeats(silent=row.case.silent)
    row.wrong += verdict.wrong
    if row.most_repeats > BOUND:
        row.wrong.append(f"repeated too often: {dict(verdict.repeats)}")
    odd = [code for code in made.deaths if code != -9]
    if odd:
        row.wrong.append(f"a process ended by itself with {odd}\n{made.logs()}")
