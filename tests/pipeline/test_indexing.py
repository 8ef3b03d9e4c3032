"""When the text index is filled: at once where there is little to do, after a minute at most where there is much."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from relay.pipeline.indexing import AT_ONCE, PATIENCE, PIECES, Indexing
from relay.pipeline.setup import Setup
from relay.pipeline.taking import take_all
from relay.store.reader import Reader
from relay.store.sqlite import SqliteBackend
from relay.store.writer import Writer
from tests.building import HOUR, NOON, SECOND, event
from tests.contract.stores import writing


@pytest.fixture
def backend(tmp_path: Path) -> SqliteBackend:
    made = SqliteBackend(tmp_path / "relay.db")
    made.migrate()
    return made


def opened(backend: SqliteBackend, number: int, first: int = 0) -> None:
    with writing(backend) as tx:
        events = [event(id=f"{n}", fingerprint=f"{n}") for n in range(first, first + number)]
        take_all(tx, events, Setup(), NOON)


def unindexed(backend: SqliteBackend) -> int:
    reader = Reader(backend)
    with reader.read() as read:
        (row,) = read._database.rows("select count(*) as number from unsearched")
    reader.close()
    return int(row["number"])


def busy(writer: Writer) -> None:
    """As if there had been work for the last ten seconds."""
    writer._load.worked(time.monotonic() - 10, time.monotonic())


async def _filled(backend: SqliteBackend) -> None:
    writer, indexing = Writer(backend), Indexing()
    writer.start()
    try:
        opened(backend, 3)
        await indexing.fill(writer, NOON)
        assert unindexed(backend) == 0
        opened(backend, 3, first=3)
        for at in (NOON, NOON + SECOND, NOON + PATIENCE - SECOND):
            busy(writer)
            await indexing.fill(writer, at)
            assert unindexed(backend) == 3
        busy(writer)
        await indexing.fill(writer, NOON + PATIENCE)
        assert unindexed(backend) == 0
        # From then on it can wait again.
        opened(backend, 3, first=6)
        busy(writer)
        await indexing.fill(writer, NOON + PATIENCE + SECOND)
        assert unindexed(backend) == 3
        # A clock that was set back must not keep it from its work.
        busy(writer)
        await indexing.fill(writer, NOON - HOUR)
        assert unindexed(backend) == 0
    finally:
        writer.stop()


def test_the_index_waits_while_the_store_is_busy_and_not_for_longer_than_a_minute(
    backend: SqliteBackend,
) -> None:
    asyncio.run(_filled(backend))


async def _stopped(backend: SqliteBackend) -> None:
    writer, indexing = Writer(backend), Indexing()
    writer.start()
    try:
        opened(backend, 2 * AT_ONCE)
        run, pieces = writer.run, 0

        async def counted(*arguments: object) -> object:
            nonlocal pieces
            pieces += 1
            done = await run(*arguments)  # type: ignore[arg-type]
            busy(writer)
            return done

        writer.run = counted  # type: ignore[method-assign,assignment]
        await indexing.fill(writer, NOON)
        assert (pieces, unindexed(backend)) == (1, AT_ONCE)
        await indexing.fill(writer, NOON + PATIENCE)
        assert unindexed(backend) == 0
        assert pieces < PIECES
    finally:
        writer.stop()


def test_what_comes_in_between_two_pieces_goes_before_the_second(backend: SqliteBackend) -> None:
    asyncio.run(_stopped(backend))


async def _steady(backend: SqliteBackend) -> list[int]:
    writer, indexing = Writer(backend), Indexing()
    writer.start()
    made, pieces, per_tick = 0, 0, []
    run = writer.run

    async def counted(*arguments: object) -> object:
        nonlocal made, pieces
        pieces += 1
        done = await run(*arguments)  # type: ignore[arg-type]
        opened(backend, 2, first=made)
        made += 2
        busy(writer)
        return done

    writer.run = counted  # type: ignore[method-assign,assignment]
    try:
        opened(backend, 2, first=10_000)
        for tick in range(6):
            before = pieces
            busy(writer)
            await indexing.fill(writer, NOON + tick * 0.6 * PATIENCE)
            per_tick.append(pieces - before)
    finally:
        writer.stop()
    return per_tick


def test_under_a_steady_load_it_waits_again_as_soon_as_it_has_caught_up(backend: SqliteBackend) -> None:
    """Something has always come in since the last piece."""
    assert asyncio.run(_steady(backend)) == [0, 0, 1, 0, 1, 0]
