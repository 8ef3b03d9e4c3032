"""The one writer: groups, savepoints, answers after durability, and an answer for everybody whatever happens."""

from __future__ import annotations

import asyncio
import math
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.store import Connection, StoreUnavailable
from relay.store import writer as writing
from relay.store.sqlite import SqliteBackend
from relay.store.transactions import Transaction
from relay.store.writer import GROUP, StoreBusy, Writer, _Load
from tests.building import event


def adding(name: str) -> Callable[[Transaction], bool]:
    return lambda tx: tx.add_event(event(id=name), None)


def failing(name: str) -> Callable[[Transaction], bool]:
    """A step that does a part of its work and then fails."""

    def step(tx: Transaction) -> bool:
        tx.add_event(event(id=name), None)
        raise LookupError(name)

    return step


def stored(path: Path) -> set[str]:
    """What another process sees."""
    connection = sqlite3.connect(path)
    try:
        return {row[0] for row in connection.execute("select id from events")}
    finally:
        connection.close()


class Gate:
    """A step that holds the writer until it is opened, so that what comes meanwhile waits together."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.opened = threading.Event()

    def __call__(self, tx: Transaction) -> None:
        self.entered.set()
        assert self.opened.wait(10)


async def together(writer: Writer, *steps: Callable[[Transaction], object]) -> list[object]:
    """Run the steps in one group."""
    gate = Gate()
    held = asyncio.create_task(writer.run(gate))
    await asyncio.to_thread(gate.entered.wait, 10)
    tasks = [asyncio.create_task(writer.run(step)) for step in steps]
    while writer.waiting < len(steps):
        await asyncio.sleep(0)
    gate.opened.set()
    await held
    return await asyncio.gather(*tasks, return_exceptions=True)


class Counting(SqliteBackend):
    """Counts the commits of its connections."""

    commits = 0

    def connect(self) -> Connection:  # type: ignore[override]
        connection = super().connect()
        commit = connection.commit

        def counted() -> None:
            self.commits += 1
            commit()

        connection.commit = counted  # type: ignore[method-assign]
        return connection


def test_steps_that_wait_together_commit_together(backend: SqliteBackend) -> None:
    counting = Counting(backend.path)
    writer = Writer(counting)
    writer.start()
    results = asyncio.run(together(writer, *(adding(str(number)) for number in range(100))))
    writer.stop()
    assert results == [True] * 100
    assert counting.commits == 2  # the gate's, and the group's


def test_a_group_is_bounded(backend: SqliteBackend) -> None:
    counting = Counting(backend.path)
    writer = Writer(counting)
    writer.start()
    asyncio.run(together(writer, *(adding(str(number)) for number in range(GROUP + 1))))
    writer.stop()
    assert counting.commits == 3
    assert len(stored(backend.path)) == GROUP + 1


def test_an_answer_means_that_another_process_sees_it(backend: SqliteBackend, writer: Writer) -> None:
    async def go() -> None:
        for number in range(20):
            assert await writer.run(adding(str(number)))
            assert str(number) in stored(backend.path)

    asyncio.run(go())


def test_a_failing_step_undoes_itself_and_hurts_no_other(backend: SqliteBackend, writer: Writer) -> None:
    results = asyncio.run(together(writer, adding("a"), failing("b"), adding("c"), failing("d")))
    assert (results[0], results[2]) == (True, True)
    assert [type(result) for result in results] == [bool, LookupError, bool, LookupError]
    assert stored(backend.path) == {"a", "c"}


@pytest.mark.parametrize(
    "sql",
    [
        "select * from",  # a mistake in the code
        "select no_such_column from events",
        "insert into incidents (id) values ('x')",  # a constraint
        "select %(missing)s",
        "select * from events where id = %(odd)s",
    ],
)
def test_a_bad_statement_hurts_no_other(backend: SqliteBackend, writer: Writer, sql: str) -> None:
    def bad(tx: Transaction) -> object:
        tx.add_event(event(id="bad"), None)
        return tx._database.rows(sql, odd=object())

    good, fault, other = asyncio.run(together(writer, adding("a"), bad, adding("c")))
    assert (good, other) == (True, True)
    assert isinstance(fault, Exception)
    assert not isinstance(fault, StoreUnavailable)
    assert stored(backend.path) == {"a", "c"}


class Broken(SqliteBackend):
    """A store whose commits fail in a way that nobody thought of, until it is mended."""

    broken = True

    def connect(self) -> Connection:  # type: ignore[override]
        connection = super().connect()
        commit = connection.commit

        def failing() -> None:
            if self.broken:
                raise ZeroDivisionError
            commit()

        connection.commit = failing  # type: ignore[method-assign]
        return connection


def test_whatever_happens_everybody_is_answered_and_the_writer_goes_on(backend: SqliteBackend) -> None:
    broken = Broken(backend.path)
    writer = Writer(broken)
    writer.start()

    async def go() -> None:
        async with asyncio.timeout(10):
            gate = Gate()
            held = asyncio.create_task(writer.run(gate))
            await asyncio.to_thread(gate.entered.wait, 10)
            group = [asyncio.create_task(writer.run(adding(name))) for name in "abc"]
            while writer.waiting < len(group):
                await asyncio.sleep(0)
            gate.opened.set()
            answers = await asyncio.gather(held, *group, return_exceptions=True)
            assert [type(answer) for answer in answers] == [StoreUnavailable] * 4
            assert stored(backend.path) == set()
            broken.broken = False
            assert await writer.run(adding("a"))

    asyncio.run(go())
    writer.stop()
    assert stored(backend.path) == {"a"}


def test_a_full_queue_is_said_at_once(backend: SqliteBackend) -> None:
    writer = Writer(backend, waiting=2)
    writer.start()

    async def go() -> None:
        gate = Gate()
        held = asyncio.create_task(writer.run(gate))
        await asyncio.to_thread(gate.entered.wait, 10)
        waiting = [asyncio.create_task(writer.run(adding(str(number)))) for number in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(StoreBusy):
            await writer.run(adding("one too many"))
        gate.opened.set()
        await asyncio.gather(held, *waiting)

    asyncio.run(go())
    writer.stop()
    assert stored(backend.path) == {"0", "1"}


def test_whoever_no_longer_waits_disturbs_nobody(backend: SqliteBackend, writer: Writer) -> None:
    """A client that hung up: its step is done all the same, as it would be if it had hung up a moment later."""

    async def go() -> None:
        gate = Gate()
        held = asyncio.create_task(writer.run(gate))
        await asyncio.to_thread(gate.entered.wait, 10)
        gone = asyncio.create_task(writer.run(adding("gone")))
        other = asyncio.create_task(writer.run(adding("other")))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.sleep(0)
        gate.opened.set()
        await held
        assert await other
        assert gone.cancelled()

    asyncio.run(go())


def test_a_loop_that_ended_disturbs_nobody(backend: SqliteBackend, writer: Writer) -> None:
    gate = Gate()

    async def leave() -> None:
        task = asyncio.create_task(writer.run(gate))
        await asyncio.to_thread(gate.entered.wait, 10)
        task.cancel()

    asyncio.run(leave())
    gate.opened.set()
    assert asyncio.run(writer.run(adding("after")))


def test_stopping_finishes_what_waits_and_takes_no_more(backend: SqliteBackend) -> None:
    writer = Writer(backend)
    writer.start()

    async def go() -> None:
        gate = Gate()
        held = asyncio.create_task(writer.run(gate))
        await asyncio.to_thread(gate.entered.wait, 10)
        waiting = asyncio.create_task(writer.run(adding("waiting")))
        await asyncio.sleep(0)
        stopping = asyncio.create_task(asyncio.to_thread(writer.stop))
        while writer.waiting < 2:  # the step and the end
            await asyncio.sleep(0)
        with pytest.raises(StoreUnavailable):  # behind the end nobody would answer it
            await asyncio.wait_for(writer.run(adding("late")), 10)
        gate.opened.set()
        assert await waiting
        await held
        await stopping
        with pytest.raises(StoreUnavailable):
            await writer.run(adding("after"))

    asyncio.run(go())
    assert stored(backend.path) == {"waiting"}


def test_a_writer_that_was_not_started_says_so_and_stops(backend: SqliteBackend) -> None:
    writer = Writer(backend)
    with pytest.raises(StoreUnavailable):
        asyncio.run(writer.run(adding("a")))
    writer.stop()


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), max_size=20))
def test_the_load_is_a_share_that_work_raises_and_rest_lowers(turns: list[tuple[float, float]]) -> None:
    load, now = _Load(), 1e6
    for rest, work in turns:
        rested = load.at(now + rest)
        assert rested <= load.at(now)
        load.worked(now + rest, now + rest + work)
        now += rest + work
        assert rested - 1e-9 <= load.at(now) <= 1


def test_the_load_is_that_of_the_last_second_or_so() -> None:
    load = _Load()
    load.worked(1e6, 1e6 + 1)
    assert load.at(1e6 + 1) == pytest.approx(1 - 1 / math.e)
    assert load.at(1e6 + 2) == pytest.approx((1 - 1 / math.e) / math.e)
    for turn in range(1_000):
        load.worked(2e6 + turn * 0.01, 2e6 + turn * 0.01 + 0.0025)
    assert load.at(2e6 + 10) == pytest.approx(0.25, abs=0.01)


async def _counted(backend: SqliteBackend, patched: pytest.MonkeyPatch) -> list[object]:
    writer, seen = Writer(backend), []
    answer = writing._answer

    def noted(*arguments: Any) -> None:
        seen.append(writer._under_way)
        answer(*arguments)

    patched.setattr(writing, "_answer", noted)
    writer.start()
    try:
        await writer.run(adding("a"))
        assert 0 < writer.load <= 1
    finally:
        writer.stop()
    return seen


def test_who_is_answered_is_not_under_way_any_more(
    backend: SqliteBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its sender may be back before this thread goes on, and would be counted twice and sent away."""
    assert asyncio.run(_counted(backend, monkeypatch)) == [writing._IDLE]
