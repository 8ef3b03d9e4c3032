"""Many waits bounded by one timer: each gets its whole time and no more, and nobody else is cancelled."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from relay.pipeline.patience import Patience

SPAN = timedelta(seconds=0.2)


async def after(seconds: float) -> float:
    await asyncio.sleep(seconds)
    return seconds


async def ended(patience: Patience, seconds: float) -> tuple[str, float]:
    """Wait; return how that ended and after how long."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        await patience.wait(after(seconds))
    except TimeoutError:
        return "too late", loop.time() - began
    return "in time", loop.time() - began


def test_each_wait_gets_its_whole_time_and_no_more() -> None:
    async def go() -> None:
        patience = Patience(SPAN)
        waits = []
        for seconds in (30, 0.01, 30, 0.15, 30):
            waits.append(asyncio.create_task(ended(patience, seconds)))
            await asyncio.sleep(0.06)
        results = await asyncio.gather(*waits)
        assert [how for how, _ in results] == ["too late", "in time", "too late", "in time", "too late"]
        assert all(0.19 < took < 1 for how, took in results if how == "too late")
        assert (await ended(patience, 30))[0] == "too late"  # also once nobody waited for a while

    asyncio.run(go())


def test_the_last_of_them_ends_though_no_other_begins() -> None:
    async def go() -> None:
        patience = Patience(SPAN)
        first = asyncio.create_task(ended(patience, 30))
        await asyncio.sleep(0.1)
        second = asyncio.create_task(ended(patience, 30))
        async with asyncio.timeout(10):
            assert [(await one)[0] for one in (first, second)] == ["too late", "too late"]

    asyncio.run(go())


def test_who_is_cancelled_by_another_is_not_told_that_it_took_too_long() -> None:
    async def go() -> None:
        patience = Patience(SPAN)
        task = asyncio.create_task(patience.wait(after(30)))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert patience.longest == 0

    asyncio.run(go())


def test_it_tells_how_long_the_first_has_waited() -> None:
    async def go() -> None:
        patience = Patience(timedelta(seconds=5))
        assert patience.longest == 0
        first = asyncio.create_task(patience.wait(after(0.1)))
        await asyncio.sleep(0.05)
        second = asyncio.create_task(patience.wait(after(0.1)))
        await asyncio.sleep(0)
        assert patience.longest > 0.04
        await first
        assert patience.longest < 0.1
        await second
        assert patience.longest == 0

    asyncio.run(go())


def test_what_fails_fails_as_it_does() -> None:
    async def faulty() -> None:
        raise LookupError

    async def go() -> None:
        with pytest.raises(LookupError):
            await Patience(SPAN).wait(faulty())

    asyncio.run(go())
