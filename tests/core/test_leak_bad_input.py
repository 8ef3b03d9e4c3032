"""Samples as a hostile or broken source gives them: each has a clear outcome, none raises, none grows the state."""

from __future__ import annotations

from math import inf, nan

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


def test_the_state_stays_small() -> None:
    """However long a series is, its columns hold at most 8 KB."""
    state = Track(LIMIT)
    for step in range(100_000):
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
