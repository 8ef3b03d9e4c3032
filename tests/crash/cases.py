"""The cases of the crash matrix: where a process dies or stops, and what else goes wrong around it."""

from __future__ import annotations

import asyncio
import os
import random
import resource
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from tests.crash.far_end import Mood, kill_owner
from tests.crash.stores import PostgresDatabase
from tests.crash.world import World

# One fault, while events come in.
Strike = Callable[[World], Awaitable[None]]
# Faults that follow one another before the world is left in peace: most of them, and those that use up a delivery's tries.
TOGETHER, ALONE = 5, 1


class Need(Enum):
    """What a case needs of its store."""

    SQLITE = "a file"
    SMALL_DISK = "a file on a small disk"
    POSTGRES = "a database"
    OWN_SERVER = "a database on a server of its own"


@dataclass(frozen=True)
class Case:
    """One row of the table. ``fresh``: each fault needs a new store, and starts its processes. ``alerts``: what comes in ends
    by the clock. ``late``: copies that may come late, each fault. ``silent``: whether a send without an answer in time is what
    the case is about. ``together``: how many follow one another."""

    name: str
    strike: Strike
    together: int = TOGETHER
    fresh: bool = False
    alerts: bool = False
    late: int = 0
    silent: bool = False
    needs: Need | None = None

    @property
    def kills(self) -> bool:
        """Whether a process dies of it."""
        return self.name.startswith("killed")


def _kill(point: str, most: int = 4, *, alerts: bool = False) -> Case:
    """A process is killed where it reaches ``point``, the first or one of the next times."""

    async def strike(world: World) -> None:
        deaths = len(world.deaths)
        mark = world.arm(point, "kill", random.randint(1, most))
        await world.until(mark.exists, f"never reached: {point}")
        await world.until(lambda: len(world.deaths) > deaths, "a process outlived its kill")

    return Case(f"killed · {point}", strike, alerts=alerts)


def _kill_by_far_end(point: str, *, answers: bool) -> Case:
    """A process is killed by whom it talks to."""

    async def strike(world: World) -> None:
        left = random.randint(1, 6)
        killed = asyncio.Event()

        def asked(port: int) -> None:
            nonlocal left
            left -= 1
            if left <= 0 and not killed.is_set() and kill_owner(port, world.pids):
                killed.set()

        deaths = len(world.deaths)
        if answers:
            world.end.answered = asked
        else:
            world.end.taken = asked
        await world.until(killed.is_set, f"never reached: {point}")
        await world.until(lambda: len(world.deaths) > deaths, "a process outlived its kill")
        world.end.taken = world.end.answered = None

    return Case(f"killed · {point}", strike)


def _kill_at_start(point: str, *, fresh: bool, most: int = 1) -> Case:
    """A process is killed as it starts, beside the others that run or start."""

    async def strike(world: World) -> None:
        deaths = len(world.deaths)
        mark = world.arm(point, "kill", random.randint(1, most))
        if fresh:
            await world.start()
        else:
            (await world.one()).send(signal.SIGKILL)
        await world.until(mark.exists, f"never reached: {point}")
        # Who was killed first may have been on its way to the point itself: then there is one death.
        await world.until(
            lambda: len(world.deaths) > deaths and world.fell(mark), "a process outlived its kill"
        )

    return Case(f"killed · {point}", strike, fresh=fresh)


def _kill_at_stop() -> Case:
    """A process that was asked to end is killed before it has."""

    async def strike(world: World) -> None:
        deaths = len(world.deaths)
        await world.up()
        mark = world.arm("stop: within the drain")
        await asyncio.sleep(random.uniform(0, 0.5))
        (await world.one()).send(signal.SIGTERM)
        await world.until(mark.exists, "never reached: the drain")
        await world.until(lambda: len(world.deaths) > deaths, "a process outlived its kill")

    return Case("killed · stop: within the drain", strike)


def _kill_anywhere() -> Case:
    """A process is killed at a random moment."""

    async def strike(world: World) -> None:
        deaths = len(world.deaths)
        await asyncio.sleep(random.uniform(0, 1.5))
        (await world.one()).send(signal.SIGKILL)
        await world.until(lambda: len(world.deaths) > deaths, "a process outlived its kill")

    return Case("killed · at a random moment", strike)


def _pause(point: str, *, late: int = 0) -> Case:
    """A process is stopped for longer than its lease, and wakes."""

    async def strike(world: World) -> None:
        mark = world.arm(point, "stop", random.randint(1, 3))
        await world.until(lambda: mark.exists() and mark.read_text(), f"never reached: {point}")
        await asyncio.sleep(world.times.lease + 1.5)
        os.kill(int(mark.read_text()), signal.SIGCONT)
        world.disarm()

    return Case(f"stopped for longer than a lease · {point}", strike, late=late, silent=True)


def _far_end(mood: Mood) -> Case:
    """The far end is unwell for a request."""

    async def strike(world: World) -> None:
        await asyncio.sleep(random.uniform(0, 0.5))
        world.end.mood, world.end.troubled = mood, 1
        await world.until(lambda: world.end.troubled == 0, "the far end was not asked")
        await asyncio.sleep(0.3)

    return Case(f"far end {mood.value}", strike, silent=mood is Mood.HANGS)


def _far_end_dies() -> Case:
    async def strike(world: World) -> None:
        await asyncio.sleep(random.uniform(0.2, 0.6))
        await world.end.die()
        await asyncio.sleep(random.uniform(0.3, 1))
        await world.end.start()

    return Case("far end dies and is back", strike, ALONE)


INTAKE = [
    _kill("intake: the body is read"),
    _kill("intake: the events are taken, the request is not kept"),
    _kill("intake: the change is saved, nothing queued"),
    _kill("intake: before the commit"),
    _kill("intake: after the commit"),
    _kill("intake: before the answer"),
    _kill("intake: the answer has left"),
]
DELIVERY = [
    _kill("claim: before the commit"),
    _kill("claim: after the commit"),
    _kill("send: before the first byte"),
    _kill_by_far_end("send: the far end has it, no answer yet", answers=False),
    _kill_by_far_end("send: the far end is answering", answers=True),
    _kill("send: between the two calls of one"),
    _kill("send: answered, not recorded"),
    _kill("record: before the commit"),
    _kill("record: after the commit"),
]
LIFE = [
    _kill("sweep: before the commit", 2, alerts=True),
    _kill("sweep: after the commit", 2, alerts=True),
    _kill_at_start("migration: between two statements", fresh=True, most=40),
    _kill_at_start("migration: done", fresh=True),
    _kill_at_start("start: before the commit", fresh=False),
    _kill_at_start("start: after the commit", fresh=False),
    _kill_at_stop(),
    _kill_anywhere(),
]
PAUSES = [
    _pause("intake: before the commit"),
    _pause("claim: after the commit"),
    # After the last look at the lease nothing can hold a message back: one may come late.
    _pause("send: before the first byte", late=1),
    _pause("send: answered, not recorded"),
    _pause("record: before the commit"),
]
FAR_END = [*map(_far_end, (Mood.CLOSES, Mood.HANGS, Mood.THROTTLES, Mood.FAILS)), _far_end_dies()]


def _full_disk() -> Case:
    """The disk has no room for a while."""

    async def strike(world: World) -> None:
        await asyncio.sleep(random.uniform(0, 0.3))
        refused = world.refused
        ballast = _fill(world.folder / "disk")
        try:
            await world.until(lambda: world.refused > refused + 2, "nobody was told that the disk is full")
        finally:
            ballast.unlink()

    return Case("the disk is full, then has room again", strike, needs=Need.SMALL_DISK)


def _no_growth() -> Case:
    """No file may grow for a while: what a full disk is to whoever may not mount a small one."""

    async def strike(world: World) -> None:
        log = world.folder / "disk" / "relay.db-wal"
        await asyncio.sleep(random.uniform(0, 0.3))
        refused = world.refused
        # It is not there while a process starts that found the store tidied up.
        await world.until(log.exists, "nobody opened the store")
        pid = world.instances[0].pid
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (log.stat().st_size, resource.RLIM_INFINITY))
        try:
            await world.until(lambda: world.refused > refused + 2, "nobody was told that the file can't grow")
        finally:
            unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, unlimited)

    return Case("no file may grow (RLIMIT_FSIZE), then again", strike, needs=Need.SQLITE)


def _fill(folder: Path) -> Path:
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        # In ever smaller pieces, to the last page.
        for size in (2**20, 2**12):
            with suppress(OSError):
                while file.write(b"x" * size) == size:
                    pass
    return ballast


def _dropped_connections() -> Case:
    """PostgreSQL ends every connection of the relay, several times."""

    async def strike(world: World) -> None:
        for _ in range(3):
            await asyncio.sleep(random.uniform(0.1, 0.5))
            await asyncio.to_thread(_database(world).drop_connections)

    return Case("every connection is dropped, three times", strike, needs=Need.POSTGRES)


def _restarted_server() -> Case:
    """PostgreSQL crashes and comes back."""

    async def strike(world: World) -> None:
        server = _database(world).cluster
        await asyncio.sleep(random.uniform(0.1, 0.6))
        await asyncio.to_thread(server.stop, "immediate")
        await asyncio.sleep(random.uniform(0, 1.5))
        await asyncio.to_thread(server.start)

    return Case("the server crashes and starts again", strike, ALONE, needs=Need.OWN_SERVER)


def _database(world: World) -> PostgresDatabase:
    assert isinstance(world.store, PostgresDatabase)
    return world.store


STORES = [_full_disk(), _no_growth(), _dropped_connections(), _restarted_server()]
ALL = [*INTAKE, *DELIVERY, *LIFE, *PAUSES, *FAR_END, *STORES]
