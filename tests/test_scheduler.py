"""A tick takes as many targets as it reads in time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from relay.pipeline import TARGETS_A_TICK, Meter, Relay
from relay.scheduler import Scheduler
from relay.store.targets import Lease


class Due:
    """Stands for a relay with targets that are due; ``ticks`` says in which tick each claim was made."""

    def __init__(self, number: int, hung: int = -1) -> None:
        self.meter = Meter()
        self.outbox_changed = asyncio.Event()
        self.next_due_at = None
        self.deliver_at_once: Any = None
        self.ticks: list[int] = []
        self.read: set[str] = set()
        self.claimed = asyncio.Condition()
        self._tick = -1
        self._hung = str(hung)
        self._due = [Lease(str(one), 1, datetime.now(UTC)) for one in range(number)]

    def now(self) -> datetime:
        """Be asked once at the start, and once a tick."""
        self._tick += 1
        return datetime.now(UTC)

    async def claim_targets(self) -> Sequence[Lease]:
        taken, self._due = self._due[:TARGETS_A_TICK], self._due[TARGETS_A_TICK:]
        async with self.claimed:
            self.ticks.append(self._tick)
            self.claimed.notify_all()
        return taken

    async def poll(self, lease: Lease) -> None:
        await asyncio.sleep(0 if lease.target != self._hung else 3600)
        self.read.add(lease.target)

    async def claim_deliveries(self) -> Sequence[object]:
        return []

    async def nothing(self) -> None: ...

    sweep = index = forget = nothing


async def _ticks(due: Due, claims: int) -> list[int]:
    scheduler = Scheduler(cast(Relay, due))
    scheduler.start()
    try:
        async with asyncio.timeout(30), due.claimed:
            await due.claimed.wait_for(lambda: len(due.ticks) >= claims)
        return due.ticks[:claims]
    finally:
        await scheduler.stop(timedelta(0))


def test_more_targets_than_one_claim_takes_are_read_in_one_tick():
    async def run() -> None:
        due = Due(2 * TARGETS_A_TICK + 50)
        assert await _ticks(due, 3) == [1, 1, 1]
        assert len(due.read) >= 2 * TARGETS_A_TICK

    asyncio.run(run())


def test_a_target_that_hangs_leaves_the_rest_to_the_next_tick():
    async def run() -> None:
        due = Due(2 * TARGETS_A_TICK, hung=3)
        assert await _ticks(due, 2) == [1, 2]

    asyncio.run(run())


def test_a_tick_with_little_to_do_claims_once():
    async def run() -> None:
        assert await _ticks(Due(5), 2) == [1, 2]

    asyncio.run(run())
