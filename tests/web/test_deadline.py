"""One timer for many deadlines: each is kept, none rings that was put off or taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from relay.web.deadline import Deadline


def told(play: Callable[[Deadline, Callable[[str], Callable[[], None]]], Awaitable[None]]) -> list[str]:
    """Return what rang."""
    rung: list[str] = []

    async def go() -> None:
        deadline = Deadline(asyncio.get_running_loop())
        await play(deadline, lambda name: lambda: rung.append(name))
        deadline.stop()

    asyncio.run(go())
    return rung


def test_only_the_last_one_counts_whether_it_is_sooner_or_later() -> None:
    async def play(deadline: Deadline, rings: Callable[[str], Callable[[], None]]) -> None:
        deadline.set(0.05, rings("first"))
        deadline.set(10, rings("later"))
        await asyncio.sleep(0.1)
        assert deadline.is_set
        deadline.set(0.05, rings("sooner"))
        await asyncio.sleep(0.1)
        assert not deadline.is_set

    assert told(play) == ["sooner"]


def test_one_that_is_put_off_rings_in_its_time() -> None:
    async def play(deadline: Deadline, rings: Callable[[str], Callable[[], None]]) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        deadline.set(0.05, rings("first"))
        rung = asyncio.Event()
        deadline.set(0.2, rung.set)
        await rung.wait()
        assert loop.time() - began > 0.19

    assert told(play) == []


def test_nothing_rings_that_was_taken_back() -> None:
    async def play(deadline: Deadline, rings: Callable[[str], Callable[[], None]]) -> None:
        deadline.set(0.02, rings("cleared"))
        deadline.clear()
        await asyncio.sleep(0.05)
        deadline.set(0.02, rings("stopped"))
        deadline.stop()
        await asyncio.sleep(0.05)

    assert told(play) == []


def test_a_deadline_may_set_the_next() -> None:
    async def play(deadline: Deadline, rings: Callable[[str], Callable[[], None]]) -> None:
        rung = asyncio.Event()
        deadline.set(0.01, lambda: deadline.set(0.01, rung.set))
        await rung.wait()
        rings("both")()

    assert told(play) == ["both"]
