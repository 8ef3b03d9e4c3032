"""How far an end may be off: by the unevenness of what grew, and by how far it fell back."""

from __future__ import annotations

from math import inf, sin

import pytest

from relay.core.detectors.outlook import Course

KNOWN = (8.0, 12.0)
HOURS = [float(hour) for hour in range(40)]


def course(*levels: float) -> Course:
    return Course(HOURS[: len(levels)], levels)


def test_what_grew_evenly_keeps_the_interval_that_is_known() -> None:
    assert course(*HOURS).widened(10.0, 1.0, KNOWN) == KNOWN


def test_the_more_uneven_the_wider() -> None:
    """On both sides, and never narrower than what is known."""
    little, more = (
        course(*(hour + depth * sin(hour) for hour in HOURS)).widened(10.0, 1.0, KNOWN) for depth in (1, 2)
    )
    assert more[0] < little[0] < KNOWN[0]
    assert KNOWN[1] < little[1] < more[1] < inf


def test_a_pace_that_may_stop_has_no_latest_end() -> None:
    """Ten hours of nothing, then ten at once."""
    steps = course(*(10.0 * (hour // 10) for hour in HOURS))
    early, late = steps.widened(5.0, 1.0, KNOWN)
    assert early < 2.5
    assert late == inf


def test_what_stood_higher_may_again_at_once_and_what_fell_may_fall() -> None:
    """An end that is four ahead, where it stood three higher an hour ago: it was cleaned up."""
    levels = [*HOURS[:20], 16.0]
    early, late = course(*levels).widened(4.0, 1.0, KNOWN)
    even, _ = course(*HOURS[:21]).widened(4.0, 1.0, (4.0, 4.0))
    assert early < even / 2
    assert late > 4.0 + 3.0


def test_a_stretch_shorter_than_can_be_looked_at_differs_more() -> None:
    """Bursts: within a tenth of a bucket one comes or none does."""
    uneven = course(*(hour + sin(3 * hour) for hour in HOURS))
    assert uneven.unevenness(1.0, 0.1) == pytest.approx(uneven.unevenness(1.0, 1.0) * 10**0.5)


@pytest.mark.parametrize(
    ("ends_in", "pace", "length"),
    [(0.0, 1.0, 40), (inf, 1.0, 40), (10.0, 0.0, 40), (10.0, -1.0, 40), (10.0, 1.0, 7), (10.0, 1.0, 0)],
)
def test_where_nothing_is_known_nothing_is_changed(ends_in: float, pace: float, length: int) -> None:
    assert course(*HOURS[:length]).widened(ends_in, pace, KNOWN) == KNOWN


def test_what_fell_back_once_puts_off_the_latest_end() -> None:
    """By as much as was given back: a dip of a half, hours ago."""
    dipped = course(*(3.5 if hour == 5 else hour for hour in HOURS))
    off = dipped.unevenness(1.0, 10.0)
    _, late = dipped.widened(10.0, 1.0, (10.0, 10.0))
    assert 0 < off < 0.5
    assert late * (1 - off) == pytest.approx(10.5)
