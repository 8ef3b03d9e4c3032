"""Rolling up beside everything else: a round at a time, nothing dropped before it is rolled up, nothing twice."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from relay.core.model import Sample, Series
from relay.core.rollups import FIVE_MINUTES, HOUR
from relay.pipeline import rolling
from relay.pipeline.rolling import Rolling
from relay.store import touching
from tests.pipeline.world import NOON, World, world

API = Series("api", "memory_percent")


async def _measured(here: World, hours: int) -> None:
    for minute in range(hours * 60):
        sample = Sample(NOON + timedelta(minutes=minute), float(minute % 60))
        await here.writer.run(lambda tx, sample=sample: tx.add_sample(API, "%", sample), touching.NOTHING)
    here.at = NOON + timedelta(hours=hours)


async def _rolls(path: Path) -> None:
    async with world(path) as here:
        await _measured(here, 5)
        here.relay.setup = replace(here.setup, keep_samples=HOUR, keep_rollups={FIVE_MINUTES: 2 * HOUR})
        await here.relay.forget()
        with here.reader.read() as tx:
            assert tx.oldest(API) == {None: here.at - HOUR, FIVE_MINUTES: here.at - 2 * HOUR, HOUR: NOON}
            first, *_, last = tx.rollups(API, HOUR, NOON, here.at)
        assert (first.low, first.mean, first.high, first.number) == (0, 29.5, 59, 60)
        assert (last.at, last.number) == (here.at - HOUR, 60)


def test_samples_are_rolled_up_before_they_are_dropped(tmp_path: Path) -> None:
    """What samples were dropped is in rollups of hours, whole; the newest hour is put together as it is read."""
    asyncio.run(_rolls(tmp_path))


async def _interrupted(path: Path) -> None:
    async with world(path) as here:
        await _measured(here, 3)
        stopped = Rolling()
        rolling.STEPS_A_TICK, steps = 1, rolling.STEPS_A_TICK
        try:
            assert not await stopped.roll(here.writer, here.at)
            here.relay.setup = replace(here.setup, keep_samples=timedelta(minutes=1))
            await here.relay.forget()
            with here.reader.read() as tx:
                assert tx.oldest(API)[None] == NOON, "nothing is dropped while a round is under way"
        finally:
            rolling.STEPS_A_TICK = steps
        again = Rolling()
        assert await again.roll(here.writer, here.at)
        with here.reader.read() as tx:
            found = tx.rollups(API, FIVE_MINUTES, NOON, here.at)
        assert [one.number for one in found] == [5] * 36


def test_a_round_that_was_stopped_begins_again_and_does_nothing_twice(tmp_path: Path) -> None:
    asyncio.run(_interrupted(tmp_path))
