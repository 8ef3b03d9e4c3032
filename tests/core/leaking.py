"""Memory series of a few lines each, for the leak detector's tests. Seconds, MB, requests; a sample every 30 s."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from math import nan
from random import Random

from relay.core.detectors.leak import Finding, Track, track

STEP = 30.0
HOUR = 3600.0
LIMIT = 512.0
Point = tuple[float, float, float]


def series(
    hours: float, memory: Callable[[float], float], *, noise: float = 0.5, requests: float = nan
) -> list[Point]:
    """Return samples of ``memory`` at each time with a little noise; ``requests`` is a rate, NaN for no counter."""
    dice = Random(7)
    times = (step * STEP for step in range(int(hours * HOUR / STEP)))
    return [(at, memory(at) + abs(dice.gauss(0, noise)), at * requests) for at in times]


def findings(points: Iterable[Point], limit: float = LIMIT) -> Iterator[tuple[float, Finding]]:
    """Yield the finding after each sample."""
    state = Track(limit)
    for at, memory, requests in points:
        yield at, track(state, at, memory, requests)


def changes(points: Iterable[Point], limit: float = LIMIT) -> list[tuple[float, Finding]]:
    """Return the findings whose standing differs from the one before."""
    told: list[tuple[float, Finding]] = []
    for at, finding in findings(points, limit):
        if not told or finding.standing is not told[-1][1].standing:
            told.append((at, finding))
    return told


def words(points: Iterable[Point], limit: float = LIMIT) -> list[str]:
    """Return the changes of standing as words."""
    return [finding.standing.value for _, finding in changes(points, limit)]
