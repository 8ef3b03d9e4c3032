"""How well the anomaly detector finds what is odd: ``python -m bench.anomalies``.

Generated series in the manner of the Numenta Anomaly Benchmark (https://github.com/numenta/NAB): five minutes a sample, four weeks,
three odd stretches each, in shapes that its groups have. Not that benchmark's own data. A window of 5 % of the series around
each stretch counts as found when an alarm lies in it; every alarm outside is false. Beside it: a windowed Gaussian, as NAB has it,
and three sigma over the last day.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import erfc, log10, pi, sin, sqrt
from pickle import dumps
from random import Random
from statistics import fmean
from time import process_time

from relay.core.detectors.anomaly import Anomaly
from relay.core.model import Sample, Severity

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
EVERY = timedelta(minutes=5)
DAY = 288
LENGTH = 28 * DAY
PROBATION = int(0.15 * LENGTH)
QUIET = 100


@dataclass(frozen=True)
class Series:
    """Values, and the stretches that are odd."""

    family: str
    values: Sequence[float]
    odd: Sequence[tuple[int, int]]


def flat(dice: Random, _at: int) -> float:
    """Noise around a level."""
    return 50 + dice.gauss(0, 2)


def daily(dice: Random, at: int) -> float:
    """A day's traffic with noise that grows with it."""
    level = 60 + 40 * sin(2 * pi * at / DAY) + 8 * sin(4 * pi * at / DAY + 1)
    return level + dice.gauss(0, 0.05 * level + 1)


def bursty(dice: Random, _at: int) -> float:
    """Mostly little, now and then much."""
    return dice.expovariate(1 / 5) + (dice.expovariate(1 / 40) if dice.random() < 0.02 else 0)


def counted(dice: Random, _at: int) -> float:
    """Errors: mostly none."""
    return float(sum(dice.random() < 0.01 for _ in range(30)))


def sawtooth(dice: Random, at: int) -> float:
    """A batch every six hours."""
    return 20 + 30 * (at % 72) / 72 + dice.gauss(0, 1.5)


FAMILIES: dict[str, Callable[[Random, int], float]] = {
    "flat": flat,
    "daily": daily,
    "bursty": bursty,
    "counted": counted,
    "sawtooth": sawtooth,
}


def series(family: str, seed: int) -> Series:
    """Return one series with three odd stretches."""
    dice = Random(f"{family}/{seed}")
    values = [FAMILIES[family](dice, at) for at in range(LENGTH)]
    spread = _spread(values)
    odd = []
    for number in range(3):
        begins = dice.randint(PROBATION + 600 + number * 2000, PROBATION + 1600 + number * 2000)
        kind = dice.choice(("spike", "shift", "stuck", "season"))
        odd.append((begins, begins + _spoil(values, begins, kind, spread, dice)))
    return Series(family, values, odd)


def _spread(values: Sequence[float]) -> float:
    ordered = sorted(values)
    return (ordered[int(0.95 * len(ordered))] - ordered[int(0.05 * len(ordered))]) or 1.0


def _spoil(values: list[float], begins: int, kind: str, spread: float, dice: Random) -> int:
    """Change a stretch of values; return its length."""
    length = {"spike": 3, "shift": 150, "stuck": 60, "season": 24}[kind]
    for at in range(begins, begins + length):
        match kind:
            case "spike":
                values[at] += spread * dice.uniform(1.5, 3)
            case "shift":
                values[at] += 0.8 * spread
            case "stuck":
                values[at] = 0.0
            case "season":
                values[at] = values[at - DAY // 2] + 0.5 * spread
    return length


def ours(values: Sequence[float]) -> Iterator[float]:
    """Yield the detector's scores."""
    detector, state = Anomaly(), Anomaly().start(Severity.OK)
    for at, value in enumerate(values):
        yield detector.surprise(state, Sample(BEGAN + at * EVERY, value))[0]


def gaussian(values: Sequence[float]) -> Iterator[float]:
    """Yield -log10 of a normal tail over the last 6,400 values."""
    window: deque[float] = deque(maxlen=6400)
    total = squares = 0.0
    for value in values:
        score = 0.0
        if len(window) > 1:
            mean = total / len(window)
            deviation = sqrt(max(squares / len(window) - mean * mean, 1e-12))
            score = -log10(max(erfc(abs(value - mean) / deviation / sqrt(2)) / 2, 1e-300))
        yield score
        if len(window) == window.maxlen:
            total, squares = total - window[0], squares - window[0] ** 2
        window.append(value)
        total, squares = total + value, squares + value * value


def three_sigma(values: Sequence[float]) -> Iterator[float]:
    """Yield how many deviations of the last day a value is off."""
    for at, value in enumerate(values):
        if at < DAY:
            yield 0.0
            continue
        window = values[at - DAY : at]
        mean = fmean(window)
        deviation = sqrt(max(fmean([(one - mean) ** 2 for one in window]), 1e-12))
        yield abs(value - mean) / deviation


@dataclass
class Score:
    """What was found, missed and wrongly told."""

    found: int = 0
    missed: int = 0
    false: int = 0

    @property
    def f1(self) -> float:
        """Of windows found and false alarms."""
        return 2 * self.found / (2 * self.found + self.missed + self.false) if self.found else 0.0


def scored(one: Series, scores: Sequence[float], threshold: float, into: Score) -> None:
    """Count alarms, at most one in a hundred samples, the first 15 % left out."""
    alarms, last = [], -QUIET
    for at, score in enumerate(scores):
        if score >= threshold and at >= PROBATION and at - last >= QUIET:
            alarms.append(at)
            last = at
    room = LENGTH // 60
    for begins, ends in one.odd:
        hit = any(begins <= at < ends + room for at in alarms)
        into.found += hit
        into.missed += not hit
    into.false += sum(not any(begins <= at < ends + room for begins, ends in one.odd) for at in alarms)


DETECTORS: dict[str, tuple[Callable[[Sequence[float]], Iterator[float]], tuple[float, ...]]] = {
    "anomaly": (ours, (3.0, 3.5, 4.0, 4.5, 5.0)),
    "windowed Gaussian": (gaussian, (3.0, 4.0, 5.0, 6.0, 8.0)),
    "three sigma, a day": (three_sigma, (3.0, 4.0, 5.0, 6.0, 8.0)),
}


def main(seeds: range) -> None:
    """Print the table: for each detector each threshold, by family at its best."""
    made = [series(family, seed) for family in FAMILIES for seed in seeds]
    weeks = len(made) * LENGTH / DAY / 7
    print(f"{len(made)} series, {len(made) * 3} odd stretches, {weeks:.0f} weeks\n")
    print(
        f"{'detector':<20}{'at':>5}{'found':>7}{'recall':>8}{'false/week':>12}{'precision':>11}{'F1':>7}{'us':>7}"
    )
    for name, (judge, thresholds) in DETECTORS.items():
        began = process_time()
        all_scores = [list(judge(one.values)) for one in made]
        micros = (process_time() - began) / (len(made) * LENGTH) * 1e6
        for threshold in thresholds:
            score = Score()
            for one, scores in zip(made, all_scores, strict=True):
                scored(one, scores, threshold, score)
            told = score.found + score.false
            print(
                f"{name:<20}{threshold:>5.1f}{score.found:>7}{score.found / (score.found + score.missed):>8.2f}"
                f"{score.false / weeks:>12.2f}{score.found / told if told else 0:>11.2f}{score.f1:>7.2f}{micros:>7.1f}"
            )
        by_family = {family: Score() for family in FAMILIES}
        for one, scores in zip(made, all_scores, strict=True):
            scored(one, scores, thresholds[2], by_family[one.family])
        families = ", ".join(f"{family} {score.f1:.2f}" for family, score in by_family.items())
        print(f"{'':<20}F1 at {thresholds[2]}: {families}")
    state = Anomaly().start(Severity.OK)
    for at in range(DAY * 5):
        state, _ = Anomaly().step(state, Sample(BEGAN + at * EVERY, made[0].values[at]))
    state.verdict = None
    print(f"\nstate of a series, pickled: {len(dumps(state)) / 1024:.1f} KiB")


if __name__ == "__main__":
    first = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    main(range(first, first + 6))
