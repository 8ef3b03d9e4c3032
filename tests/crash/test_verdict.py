"""The judge of the crash tests sees each kind of broken promise."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.crash.far_end import FarEnd, Said
from tests.crash.nursery import nursery
from tests.crash.stores import SqliteFile
from tests.crash.verdict import judge, matched
from tests.crash.world import SHORT, Accepted, Span, World, world

PATH = "relay.db"


@dataclass(frozen=True)
class Played:
    """What a world without a fault left behind."""

    store: Path
    said: tuple[Said, ...]
    accepted: tuple[Accepted, ...]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """A few troubles, taken and told."""
    return asyncio.run(_played(tmp_path_factory.mktemp("played")))


async def _played(folder: Path) -> Played:
    file = SqliteFile(folder / PATH)
    async with nursery(**SHORT.environment) as born, world(folder, file, ["serve"], born, SHORT) as made:
        await made.start()
        async with made.traffic("r0"):
            pass
        await made.calm()
        kept = folder / "kept.db"
        with closing(sqlite3.connect(file.path)) as connection, closing(sqlite3.connect(kept)) as copy:
            connection.backup(copy)
        return Played(kept, tuple(made.end.said), tuple(made.accepted))


@pytest.fixture
def after(played: Played, tmp_path: Path) -> World:
    """The same world again, for each test to harm."""
    file = SqliteFile(tmp_path / PATH)
    shutil.copy(played.store, file.path)
    return World(tmp_path, file, FarEnd(list(played.said)), [], SHORT, list(played.accepted))


def run(world: World, statement: str) -> None:
    with closing(sqlite3.connect(world.folder / PATH)) as connection:
        assert connection.execute(statement).rowcount > 0
        connection.commit()


def again(world: World, **changed: object) -> None:
    """The last message comes once more."""
    world.end.said.append(replace(world.end.said[-1], **changed))  # type: ignore[arg-type]


def swapped(world: World) -> None:
    """Two messages of one incident change places."""
    said = world.end.said
    first = next(one for one in said if one.aloud)
    second = next(one for one in said if one.aloud and _is_same(one, first) and one.update > first.update)
    here, there = said.index(first), said.index(second)
    said[here], said[there] = said[there], said[here]


def unheard(world: World) -> None:
    """The far end never got the last message of one incident."""
    last = world.end.said[-1]
    world.end.said = [
        one for one in world.end.said if not (_is_same(one, last) and one.update == last.update)
    ]


def _is_same(one: Said, other: Said) -> bool:
    return (one.incident, one.channel) == (other.incident, other.channel)


FIRST_CHANGE = "(select incident_id from changes limit 1)"
HARM: dict[str, tuple[Callable[[World], None], str]] = {
    "a receipt is gone": (lambda world: run(world, "delete from receipts where rowid = 1"), "lost"),
    "an event is gone": (lambda world: run(world, "delete from events where rowid = 1"), "lost"),
    "a change is gone": (
        lambda world: run(world, "delete from changes where sequence = 2 and incident_id = " + FIRST_CHANGE),
        "half done",
    ),
    "a delivery was never planned": (
        lambda world: run(
            world, "delete from deliveries where sequence = 3 and incident_id = " + FIRST_CHANGE
        ),
        "not to be told",
    ),
    "a delivery is left over": (
        lambda world: run(world, "update deliveries set state = 'pending' where sequence = 3"),
        "left over",
    ),
    "delivered, and nobody heard": (unheard, "untold"),
    "a repeat without its mark": (lambda world: again(world), "unmarked"),
    "out of order": (swapped, "out of order"),
    "told of what is not stored": (lambda world: again(world, incident="0" * 8), "not in the store"),
}


def test_what_went_well_is_well(after: World) -> None:
    found = judge(after)
    assert found.wrong == []
    assert found.accepted >= 9
    assert found.told >= 6
    assert found.repeats == []


@pytest.mark.parametrize("harm", HARM)
def test_each_broken_promise_is_seen(after: World, harm: str) -> None:
    do, said = HARM[harm]
    do(after)
    assert said in "\n".join(judge(after).wrong)


def test_a_repeat_with_a_fault_between_its_copies_is_counted(after: World) -> None:
    at = after.end.said[-1].at
    again(after, repeated=True, at=at + 5)
    after.faults.append(Span(at + 2, at + 2))
    found = judge(after)
    assert found.wrong == []
    assert (len(found.repeats), found.most_repeats) == (1, 1)


@pytest.mark.parametrize("fault", [[], [Span(-10, -5)], [Span(6, 9)]])
def test_a_repeat_without_a_fault_between_its_copies_is_one_too_many(after: World, fault: list[Span]) -> None:
    at = after.end.said[-1].at
    again(after, repeated=True, at=at + 5)
    after.faults += [Span(at + one.begin, at + one.end) for one in fault]
    found = judge(after)
    assert "repeated too often" in "\n".join(found.wrong)
    assert found.most_repeats == 2


@pytest.mark.parametrize(
    ("repeats", "faults", "number"),
    [
        ([(0, 10), (0, 10)], [5], 1),
        ([(0, 10), (0, 10)], [5, 6], 2),
        # Whoever could have either gives way to the one who could have only one.
        ([(0, 10), (4, 6)], [5, 9], 2),
        ([(4, 6), (4, 6), (0, 10)], [5, 9], 2),
    ],
)
def test_each_repeat_needs_a_fault_of_its_own(
    repeats: list[tuple[float, float]], faults: list[float], number: int
) -> None:
    assert matched([Span(*one) for one in repeats], [Span(one, one) for one in faults]) == number
