"""Rollups, as every store promises them: made in pieces, the same however often, and read as if all were made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from math import sin

import pytest

from relay.core.model import Sample, Series
from relay.core.rollups import FIVE_MINUTES, HOUR, WIDTHS, Rollup, of_samples
from relay.store import Backend
from relay.store.reader import Reader
from tests.building import MINUTE, NOON
from tests.contract.stores import STORES, writing

API = Series("api", "memory")
CPU = Series("api", "cpu", (("core", "0"),))
END = NOON + 6 * HOUR
# Two hours at one a minute, nothing for two hours and seven minutes, then the rest.
MEASURED = [
    Sample(NOON + number * MINUTE + timedelta(seconds=7, microseconds=123), 50 + 40 * sin(number))
    for number in (*range(120), *range(247, 360))
]


@pytest.fixture(params=STORES)
def backend(request: pytest.FixtureRequest) -> Backend:
    made = STORES[request.param](request)()
    made.migrate()
    with writing(made) as tx:
        for sample in MEASURED:
            tx.add_sample(API, "%", sample)
            tx.add_sample(CPU, "%", sample)
    return made


@pytest.fixture
def reader(backend: Backend) -> Iterator[Reader]:
    reader = Reader(backend)
    yield reader
    reader.close()


def roll(backend: Backend, width: timedelta, until: datetime, *, pieces: int = 7) -> int:
    """Roll everything up as the relay does: a few pieces of one series a step."""
    total = after = 0
    while True:
        with writing(backend) as tx:
            done = tx.roll_up(width, until, after, 1, pieces)
        if done.after is None:
            return total
        total += done.made
        after = done.after


def roll_all(backend: Backend, until: datetime) -> None:
    for width in WIDTHS:
        while roll(backend, width, until):
            pass


def equal(found: Sequence[Rollup], wanted: Sequence[Rollup]) -> bool:
    """The stores add up in an order of their own."""
    return [(one.at, one.width, one.low, one.high, one.number) for one in found] == [
        (one.at, one.width, one.low, one.high, one.number) for one in wanted
    ] and [one.mean for one in found] == pytest.approx([one.mean for one in wanted])


@pytest.mark.parametrize("until", [NOON, NOON + 3 * HOUR, NOON + 5 * HOUR, END])
@pytest.mark.parametrize("width", WIDTHS)
def test_rollups_read_the_same_whatever_is_rolled_up(
    backend: Backend, reader: Reader, width: timedelta, until: datetime
) -> None:
    """Nothing, a part, all: the same lowest, mean and highest of each piece, and nothing where nothing was measured."""
    roll_all(backend, until)
    wanted = list(of_samples(MEASURED, width))
    with reader.read() as tx:
        assert equal(tx.rollups(API, width, NOON, END), wanted)
        part = [one for one in wanted if NOON + HOUR <= one.at < NOON + 5 * HOUR]
        assert equal(tx.rollups(API, width, NOON + HOUR, NOON + 5 * HOUR), part)
        assert tx.rollups(Series("api", "gone"), width, NOON, END) == []
    missing = [one for one in wanted if NOON + 2 * HOUR <= one.at < NOON + 4 * HOUR]
    assert missing == []


def test_rolling_up_again_changes_nothing(backend: Backend, reader: Reader) -> None:
    """A crash between two steps, or two instances at once: what was made is found, and made no more."""
    while roll(backend, FIVE_MINUTES, END):
        pass
    with reader.read() as tx:
        before = tx.rollups(API, FIVE_MINUTES, NOON, END)
    assert roll(backend, FIVE_MINUTES, END) == 0
    with reader.read() as tx:
        assert tx.rollups(API, FIVE_MINUTES, NOON, END) == before


def test_a_step_makes_a_bounded_number_of_rollups(backend: Backend) -> None:
    """A month that was never rolled up does not hold up the writer."""
    with writing(backend) as tx:
        assert tx.roll_up(FIVE_MINUTES, END, 0, 10, 3).made == 6


def test_the_past_is_read_from_rollups_when_its_samples_are_gone(backend: Backend, reader: Reader) -> None:
    """A short span as samples; of what is kept as rollups only, those; of a long one, rollups of hours."""
    roll_all(backend, END)
    with reader.read() as tx:
        assert tx.seen(API, NOON, END, 1_000) == MEASURED
        assert len(tx.seen(API, NOON - 30 * 24 * HOUR, END, 1_000)) == 4
    with writing(backend) as tx:
        tx.forget_samples(NOON + 3 * HOUR, 10_000)
    with reader.read() as tx:
        early = tx.seen(API, NOON, NOON + HOUR, 1_000)
        assert [type(one) for one in early] == [Rollup] * 12
        assert tx.seen(API, NOON + 5 * HOUR, END, 1_000) == [s for s in MEASURED if s.at >= NOON + 5 * HOUR]


def test_rollups_are_forgotten_by_width_in_pieces(backend: Backend, reader: Reader) -> None:
    roll_all(backend, END)
    with writing(backend) as tx:
        assert tx.forget_rollups(FIVE_MINUTES, NOON + HOUR, 5) == 5
        assert tx.forget_rollups(FIVE_MINUTES, NOON + HOUR, 100) == 19
        assert tx.forget_rollups(FIVE_MINUTES, NOON + HOUR, 100) == 0
    with reader.read() as tx:
        assert tx.oldest(API) == {None: MEASURED[0].at, FIVE_MINUTES: NOON + HOUR, HOUR: NOON}
