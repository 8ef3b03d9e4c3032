"""The anomaly detector on the Numenta Anomaly Benchmark: ``python -m bench.nab FOLDER``.

``FOLDER`` holds what https://github.com/numenta/NAB has as ``data/*/*.csv`` and ``labels/combined_windows.json``, all of it or some
files; its licence keeps it out of this repository. The scorer is written from the paper (Lavin and Ahmad, 2015, arXiv:1510.03336)
and scores the standard profile: 0 is to say nothing, 100 to say each anomaly at once and nothing else. The threshold is the best
over the files, as the benchmark has it; beside it what a half of the files chooses, scored on the other half.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import exp
from pathlib import Path
from time import process_time

from bench.anomalies import gaussian
from relay.core.detectors.anomaly import QUIET, Anomaly
from relay.core.model import Sample, Severity

# The standard profile: what an alarm outside of a window costs, where a missed window costs 1.
FALSE = 0.11
PROBATION, MOST_PROBATION = 0.15, 750
FAR = 3.0

Window = tuple[int, int]


@dataclass(frozen=True)
class Labelled:
    """A series, and the windows in which an alarm is right: first and last place of each."""

    name: str
    times: Sequence[datetime]
    values: Sequence[float]
    windows: Sequence[Window]

    @property
    def probation(self) -> int:
        """The place from which on alarms count."""
        return min(int(PROBATION * len(self.values)), MOST_PROBATION)


def read(folder: Path) -> Iterator[Labelled]:
    """Yield the series that lie in a folder, in the order of their names."""
    labels = json.loads((folder / "labels" / "combined_windows.json").read_text())
    for name in sorted(labels):
        path = folder / "data" / name
        if not path.exists():
            continue
        with path.open(newline="") as file:
            rows = [(_time(row["timestamp"]), float(row["value"])) for row in csv.DictReader(file)]
        times = [at for at, _ in rows]
        windows = []
        for begins, ends in labels[name]:
            inside = [place for place, at in enumerate(times) if _time(begins) <= at <= _time(ends)]
            if inside:
                windows.append((inside[0], inside[-1]))
        yield Labelled(name, times, [value for _, value in rows], windows)


def _time(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=UTC)


def sigmoid(place: float) -> float:
    """Return what an alarm is worth by its place: -1 at the window's beginning, 0 at its end, from 3 on nothing but false.

    >>> round(sigmoid(-1.0), 3), sigmoid(0.0), sigmoid(4.0)
    (0.987, 0.0, -1.0)
    """
    return -1.0 if place > FAR else 2 / (1 + exp(5 * place)) - 1


def score(one: Labelled, alarms: Iterable[int]) -> float:
    """Return what the alarms of a series come to; each window missed is -1, each found at most 1."""
    found: dict[int, float] = {}
    total = 0.0
    for at in alarms:
        if at < one.probation:
            continue
        number = next((n for n, (first, last) in enumerate(one.windows) if first <= at <= last), None)
        if number is None:
            total += FALSE * _past(one.windows, at)
            continue
        first, last = one.windows[number]
        worth = sigmoid(-(last - at + 1) / (last - first + 1)) / sigmoid(-1.0)
        found[number] = max(found.get(number, -1.0), worth)
    return total + sum(found.get(number, -1.0) for number in range(len(one.windows)))


def _past(windows: Sequence[Window], at: int) -> float:
    """Return what a false alarm is worth: a little late is less bad."""
    over = [(first, last) for first, last in windows if last < at]
    if not over:
        return -1.0
    first, last = over[-1]
    return sigmoid((at - last) / max(1, last - first))


def normalised(total: float, windows: int) -> float:
    """Return a sum as the benchmark tells it.

    >>> normalised(-3.0, 3), normalised(3.0, 3)
    (0.0, 100.0)
    """
    return 100 * (total + windows) / (2 * windows) if windows else 0.0


def ours(one: Labelled) -> Iterator[float]:
    """Yield the detector's scores, each row a step of its own."""
    detector = Anomaly(width=timedelta(seconds=1))
    state = detector.start(Severity.OK)
    for at, value in zip(one.times, one.values, strict=True):
        yield detector.surprise(state, Sample(at, value))[0]


def alarms(scores: Sequence[float], threshold: float, quiet: int) -> list[int]:
    """Return the places of alarms; after each, ``quiet`` places are not told anew."""
    told: list[int] = []
    for at, each in enumerate(scores):
        if each >= threshold and (not told or at - told[-1] >= quiet):
            told.append(at)
    return told


DETECTORS: dict[str, tuple[Callable[[Labelled], Iterator[float]], int]] = {
    "relay, anomaly": (ours, QUIET),
    "… without its pause": (ours, 1),
    "windowed Gaussian": (lambda one: gaussian(one.values), 1),
}


def best(
    found: Sequence[tuple[Labelled, Sequence[float]]], quiet: int, thresholds: Sequence[float]
) -> tuple[float, float]:
    """Return the best score over the files and the threshold that gives it."""
    windows = sum(len(one.windows) for one, _ in found)
    return max(
        (normalised(sum(score(one, alarms(each, limit, quiet)) for one, each in found), windows), limit)
        for limit in thresholds
    )


def main(folder: Path) -> None:
    """Print the table."""
    series = list(read(folder))
    windows = sum(len(one.windows) for one in series)
    print(f"{len(series)} files, {windows} windows\n")
    print(f"{'detector':<22}{'score':>7}{'at':>6}{'other half':>14}{'hit':>6}{'false':>7}{'us':>6}")
    for name, (judge, quiet) in DETECTORS.items():
        began = process_time()
        found = [(one, list(judge(one))) for one in series]
        micros = (process_time() - began) / max(1, sum(len(one.values) for one in series)) * 1e6
        top = max((max(each, default=0.0) for _, each in found), default=0.0)
        thresholds = [1.5 + 0.1 * step for step in range(int((min(top, 60.0) - 1.5) * 10) + 2)]
        whole, limit = best(found, quiet, thresholds)
        halves = found[::2], found[1::2]
        crossed = [
            best(other, quiet, [best(half, quiet, thresholds)[1]])[0]
            for half, other in (halves, halves[::-1])
        ]
        told = [(one, alarms(each, limit, quiet)) for one, each in found]
        hit = sum(any(a <= at <= b for at in at_all) for one, at_all in told for a, b in one.windows)
        false = sum(
            at >= one.probation and not any(a <= at <= b for a, b in one.windows)
            for one, at_all in told
            for at in at_all
        )
        transfer = "/".join(f"{each:.1f}" for each in crossed)
        print(f"{name:<22}{whole:>7.1f}{limit:>6.1f}{transfer:>14}{hit:>6}{false:>7}{micros:>6.1f}")


if __name__ == "__main__":
    if len(sys.argv) == 2:
        main(Path(sys.argv[1]))
    else:
        print("give the folder of the benchmark: python -m bench.nab FOLDER")
