"""The thread that draws: one at a time, with nothing lined up behind one that is stuck."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from threading import Event, get_ident

import pytest

from relay.drawing.easel import MOST_WAITING, Easel
from relay.pipeline.showing import DEADLINE, Missed

SECONDS = DEADLINE.total_seconds()


def test_a_drawing_is_made_beside_the_loop_and_always_in_one_thread() -> None:
    async def told() -> set[int]:
        easel = Easel()
        try:
            return set(await asyncio.gather(*(easel.paint(get_ident) for _ in range(3))))
        finally:
            easel.close()

    (thread,) = asyncio.run(told())
    assert thread != get_ident()


def test_what_a_drawing_raises_is_raised_where_it_was_asked_for() -> None:
    """And the next one is drawn."""

    async def told() -> str:
        easel = Easel()
        with pytest.raises(ZeroDivisionError):
            await easel.paint(lambda: 1 / 0)
        drawn = await easel.paint(lambda: "drawn")
        easel.close()
        return drawn

    assert asyncio.run(told()) == "drawn"


def test_a_stuck_drawing_holds_nobody_and_is_followed_by_none() -> None:
    """Who waits gives up at the deadline; who comes after that is told at once; what was given up is never drawn."""
    go_on, drawn = Event(), []

    async def late(easel: Easel, draw) -> str:
        try:
            async with asyncio.timeout(SECONDS):
                return await easel.paint(draw)
        except TimeoutError:
            return "late"
        except Missed as missed:
            return missed.why

    async def told() -> tuple[list[str], float, str]:
        easel = Easel()
        first = await asyncio.gather(late(easel, go_on.wait), late(easel, lambda: drawn.append(1)))
        loop = asyncio.get_running_loop()
        began = loop.time()
        after = [await late(easel, lambda: drawn.append(2)) for _ in range(20)]
        took = loop.time() - began
        go_on.set()
        while (last := await late(easel, lambda: "drawn")) == "busy":
            await asyncio.sleep(0.01)
        easel.close()
        return [*first, *after], took, last

    outcomes, took, last = asyncio.run(told())
    assert outcomes == ["late", "late", *["busy"] * 20]
    assert took < SECONDS
    assert last == "drawn"
    assert drawn == []


def test_only_a_few_line_up() -> None:
    """As many as may still be drawn in time."""
    go_on, begun = Event(), Event()

    def first() -> None:
        begun.set()
        go_on.wait()

    async def told() -> list[object]:
        easel = Easel()
        tasks = [asyncio.create_task(easel.paint(first))]
        await asyncio.to_thread(begun.wait)
        tasks += [asyncio.create_task(easel.paint(lambda: None)) for _ in range(MOST_WAITING + 3)]
        await asyncio.sleep(0)
        go_on.set()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        easel.close()
        return outcomes

    outcomes = asyncio.run(told())
    assert sum(isinstance(one, Missed) for one in outcomes) == 3


def test_a_process_ends_while_a_drawing_hangs() -> None:
    """A thread of a pool would be waited for, for ever."""
    script = (
        "import asyncio, threading\n"
        "from relay.drawing.easel import Easel\n"
        "async def main():\n"
        "    easel = Easel()\n"
        "    try:\n"
        "        await asyncio.wait_for(easel.paint(threading.Event().wait), 0.1)\n"
        "    except TimeoutError:\n"
        "        easel.close()\n"
        "        print('left', flush=True)\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "left\n", "")


def test_its_thread_leaves_the_store_at_its_end() -> None:
    """What it opened there is its own to close."""
    left = Event()

    async def told() -> None:
        easel = Easel(left.set)
        await easel.paint(lambda: None)
        easel.close()

    asyncio.run(told())
    assert left.wait(10)
