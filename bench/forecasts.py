"""How often the interval of a forecast holds the end, and how far off the end is: ``python -m bench.forecasts [FIRST SEED]``.

Generated series of something that fills up (or, in three of ten, runs out) within days, each with an end that is known: steadily,
with a day's rhythm, in bursts, at a pace of its own every six hours (which nothing before tells of), with clean-ups in between.
The forecast is looked at when it is first told and when 30, 50, 70 and 90 % of the room are used. Beside it: the interval of
the machinery that finds leaks, which forecasts had before.
"""

from __future__ import annotations

import sys
from bisect import bisect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from math import inf, pi, sin
from random import Random
from statistics import fmean, median
from time import process_time

from relay.core.detectors.forecast import Forecast
from relay.core.detectors.growth_words import Scale
from relay.core.model import Sample, Severity

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
LONGEST_HOURS = 400.0
MARKS = (0.3, 0.5, 0.7, 0.9)
SERIES = 16

# Hours since the start to what is used since then, at a pace of so much an hour.
Curve = Callable[[float], float]


def steady(_: Random, pace: float) -> Curve:
    """The same pace all the time."""
    return lambda hour: pace * hour


def daily(dice: Random, pace: float) -> Curve:
    """Days and nights."""
    phase, depth = dice.random() * 2 * pi, dice.uniform(0.3, 0.9)
    return lambda hour: pace * (hour + depth * 12 / pi * (sin(2 * pi * hour / 24 + phase) - sin(phase)))


def bursts(dice: Random, pace: float) -> Curve:
    """Two bursts an hour on average, of sizes of their own."""
    times = [*accumulate(dice.expovariate(2) for _ in range(3000))]
    sizes = [0.0, *accumulate(dice.expovariate(2 / pace) for _ in range(3000))]
    return lambda hour: sizes[bisect(times, hour)]


def wandering(dice: Random, pace: float) -> Curve:
    """Another pace every six hours."""
    paces = [pace * dice.lognormvariate(0, 0.4) for _ in range(100)]
    used = [0.0, *accumulate(6 * each for each in paces)]
    return lambda hour: used[int(hour // 6)] + paces[int(hour // 6)] * (hour % 6)


def cleaned(dice: Random, pace: float) -> Curve:
    """A part is cleaned up again and again."""
    period, part = dice.uniform(2, 8), dice.uniform(0.2, 0.6)
    return lambda hour: pace * (hour + 8 * part * (hour % period) / period)


FAMILIES = {"steady": steady, "daily": daily, "bursts": bursts, "wandering": wandering, "cleaned": cleaned}


@dataclass(frozen=True)
class Look:
    """One look at a forecast: the truth, what was said, and both intervals, in hours from then."""

    truth: float
    said: float
    interval: tuple[float, float]
    before: tuple[float, float]


def looks(family: str, seed: int) -> Iterator[Look]:
    """Watch one series until its end."""
    dice = Random(f"{family}/{seed}")
    pace, start = dice.uniform(0.3, 3), dice.uniform(10, 50)
    used, every = FAMILIES[family](dice, pace), dice.choice((1 / 60, 1 / 12))
    noise, below = dice.uniform(0.02, 0.3), dice.random() < 0.3
    hours = [number * every for number in range(int(LONGEST_HOURS / every))]
    ends = next((hour for hour in hours if start + used(hour) >= 100), inf)
    detector = Forecast(
        0.0 if below else 100.0, Scale(1.0, "%"), warning_within=timedelta(days=30), below=below
    )
    state, marks = detector.start(Severity.OK), [0.0, *MARKS]
    for hour in hours:
        if hour > ends - 1 / 6 or not marks:
            return
        value = start + used(hour) + dice.gauss(0, noise)
        at = BEGAN + timedelta(hours=hour)
        state, verdict = detector.step(state, Sample(at, 100 - value if below else value))
        forecast = state.track.finding.forecast
        if forecast is None or verdict.severity is Severity.OK or used(hour) / (100 - start) < marks[0]:
            continue
        marks = [mark for mark in MARKS if mark > used(hour) / (100 - start)]
        facts = dict(verdict.facts)
        interval = (_hours(facts.get("limit_earliest"), at), _hours(facts.get("limit_latest"), at))
        low, high = forecast.ends_range
        yield Look(ends - hour, forecast.ends_in / 3600, interval, (low / 3600, high / 3600))


def _hours(written: str | None, at: datetime) -> float:
    return inf if written is None else (datetime.fromisoformat(written) - at).total_seconds() / 3600


def main(first: int) -> None:
    """Print a row for each family."""
    print(f"{SERIES} series a family from seed {first}\n")
    print(
        f"{'':<12}{'looks':>7}{'held':>7}{'before':>8}{'error':>7}{'earliest':>10}{'latest':>8}{'no latest':>11}"
    )
    began = process_time()
    every: list[Look] = []
    for family in FAMILIES:
        found = [look for seed in range(first, first + SERIES) for look in looks(family, seed)]
        every += found
        row(family, found)
    row("all", every)
    print(
        f"\n{process_time() - began:.0f} s of processor time; earliest and latest as parts of what was said"
    )


def row(name: str, found: list[Look]) -> None:
    """Print what a family came to."""
    held = fmean(one.interval[0] <= one.truth <= one.interval[1] for one in found)
    before = fmean(one.before[0] <= one.truth <= one.before[1] for one in found)
    error = median(abs(one.said - one.truth) / one.truth for one in found)
    early = median(one.interval[0] / one.said for one in found)
    late = median(one.interval[1] / one.said for one in found)
    none = fmean(one.interval[1] == inf for one in found)
    print(
        f"{name:<12}{len(found):>7}{held:>7.2f}{before:>8.2f}{error:>7.2f}{early:>10.2f}{late:>8.2f}{none:>11.2f}"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
