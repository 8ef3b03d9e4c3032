"""The slope of a growth: what a start adds is not counted, and the interval says how sure it is."""

from __future__ import annotations

from math import exp
from random import Random

import pytest

from relay.core.detectors.leak.slopes import Slope, slope

AT = [60.0 * minute for minute in range(60)]


def grown(each: float, start: float, noise: float, seed: int = 1) -> Slope:
    """Return the slope found under a warm-up of six minutes and noise."""
    dice = Random(seed)
    y = [100 + each * at + start * (1 - exp(-at / 360)) + dice.gauss(0, noise) for at in AT]
    return slope(AT, AT, y)


@pytest.mark.parametrize("start", [0.0, 5.0, 20.0])
def test_a_start_that_dies_out_is_no_part_of_the_slope(start: float) -> None:
    """However much the process warmed up by."""
    assert grown(0.01, start, 0.0).each == pytest.approx(0.01, rel=0.02)


def test_without_starts_a_line_counts_the_warm_up() -> None:
    """Which is why there are starts."""
    y = [100 + 0.01 * at + 20 * (1 - exp(-at / 360)) for at in AT]
    assert slope(AT, AT, y, starts=False).each > 0.011


def test_the_interval_holds_the_truth() -> None:
    """Nine times in ten at the least, over noise that differs."""
    found = [grown(0.01, 8.0, 1.0, seed) for seed in range(60)]
    assert sum(each.low <= 0.01 <= each.high for each in found) >= 54


def test_an_axis_that_stands_still_has_no_slope() -> None:
    """No request came: nothing can be said of one."""
    assert slope(AT, [5.0] * len(AT), AT) == Slope(0.0, 0.0, 0.0)
