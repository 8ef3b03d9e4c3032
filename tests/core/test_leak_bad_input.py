"""Samples as a hostile or broken source gives them: each has a clear outcome, none raises, none grows the state."""

from __future__ import annotations

from math import inf, nan
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.core.detectors.leak import Standing, Track, track
from tests.core.leaking import HOUR, LIMIT, series, words

LEAK = series(12, lambda at: 150 + 20 * at / HOUR, requests=5)


@pytest.mark.parametrize("bad", [nan, inf, -inf, -1.0])
def test_what_is_no_amount_is_left_out(bad: float) -> None:
    """The verdicts are those of the samples around it."""
    points = [(at, bad if place % 7 == 3 else memory, r) for place, (at, memory, r) in enumerate(LEAK)]
    assert words(points) == words([point for point in points if point[1] != bad and point[1] == point[1]])


def test_samples_that_come_twice_or_late_change_nothing() -> None:
    """A duplicate, or one older than the newest, is not taken."""
    points = []
    for place, point in enumerate(LEAK):
        points.append(point)
        if place > 10 and place % 5 == 0:
            points += [point, LEAK[place - 3]]
    assert words(points) == words(LEAK)


@pytest.mark.parametrize("back", [60.0, 2 * HOUR, 40 * HOUR])
def test_a_clock_that_was_set_back_loses_a_few_samples_and_no_leak(back: float) -> None:
    """The later samples count from where the clock stood."""
    points = [(at - (back if at > 3 * HOUR else 0), memory, r) for at, memory, r in LEAK]
    assert "leak" in words(points)


def test_a_clock_that_was_set_forward_makes_no_leak_of_a_flat_series() -> None:
    """A year passes at once."""
    points = [(at + (3e7 if at > HOUR else 0), memory, r) for at, memory, r in series(6, lambda at: 200.0)]
    assert words(points) == ["unknown", "none"]


def test_one_sample_is_unknown() -> None:
    """And so is a series of one that comes again and again."""
    assert words([LEAK[0]]) == ["unknown"]
    assert words([LEAK[0]] * 4) == ["unknown"]


@pytest.mark.parametrize("limit", [0.0, -1.0])
def test_a_limit_that_is_none_makes_no_leak(limit: float) -> None:
    """There is no room that a growth could use up; the command and the configuration refuse such a limit before."""
    assert words(LEAK, limit) == ["unknown", "none"]


def test_a_flat_series_in_any_order_is_no_leak() -> None:
    """Most of its samples are late, and now and then a few in a row look like a clock that was set back."""
    mixed = series(12, lambda _at: 200.0, requests=5)
    Random(3).shuffle(mixed)
    assert words(mixed) in (["unknown"], ["unknown", "none"])


@pytest.mark.parametrize("forward", [90.0, 3 * HOUR])
def test_a_clock_that_was_set_forward_loses_no_leak(forward: float) -> None:
    """A gap, as the detector sees it."""
    points = [(at + (forward if at > 2 * HOUR else 0), memory, r) for at, memory, r in LEAK]
    assert "leak" in words(points)


@pytest.mark.parametrize("count", [nan, inf, -inf, -1.0])
def test_a_counter_that_is_no_count_now_and_then_hides_no_leak(count: float) -> None:
    """The memory of those samples counts all the same."""
    points = [(at, memory, count if place % 9 == 4 else r) for place, (at, memory, r) in enumerate(LEAK)]
    assert "leak" in words(points)


def test_the_state_stays_small() -> None:
    """A million samples later its columns hold at most 8 KB."""
    state = Track(LIMIT)
    for step in range(1_000_000):
        track(state, step * 15.0, 200.0 + step % 3, step * 4.0)
    assert state.life is not None
    rings = (state.life.whole, state.life.coarse, state.life.fine)
    columns = [column for ring in rings for column in (ring.at, ring.floor, ring.requests)]
    assert sum(len(column) * column.itemsize for column in columns) < 8_000


@given(
    st.lists(
        st.tuples(st.floats(), st.floats(), st.floats()) | st.tuples(*[st.floats(0, 1e6)] * 3), max_size=300
    )
)
def test_no_sample_raises(points: list[tuple[float, float, float]]) -> None:
    """Whatever the floats are; what was said stays said until something says otherwise."""
    state = Track(LIMIT)
    for point in points:
        assert isinstance(track(state, *point).standing, Standing)
