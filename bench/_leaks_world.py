"""What a memory series is made of: traffic, a working set, noise, a leak, and an observer who sees it imperfectly.

Everything is drawn from one ``random.Random``, so that a family and a seed name a series for good.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import exp, pi, sin
from random import Random

HOUR = 3600.0
Rate = Callable[[float], float]


@dataclass(frozen=True)
class Series:
    """One labelled series as an observer sees it, and the truth beside it."""

    family: str
    is_leak: bool
    ambiguous: bool
    limit_mb: float
    at: Sequence[float]
    memory_mb: Sequence[float]
    requests: Sequence[float] | None
    onset: float = 0.0
    # The truth: what has leaked in the present life, the headroom that it eats, and what a request leaks.
    leaked_mb: Sequence[float] = ()
    headroom_mb: float = 0.0
    kb_per_request: float | None = None
    # From each moment to the limit, if the process lived on; a moment's index as in ``at``.
    time_to_limit: Sequence[float] = ()


@dataclass
class World:
    """The dice, the place and the traffic of one series."""

    dice: Random
    hours: float
    interval: float = 0.0
    limit: float = 0.0
    rate: Rate = field(default=lambda _: 1.0)
    base: float = 0.0
    counted: bool = True

    @classmethod
    def drawn(cls, dice: Random, hours: tuple[float, float], traffic: str = "any") -> World:
        """Draw a process, its limit, and the traffic it has."""
        # Short runs are as frequent as long ones, octave by octave.
        span = scaled(dice, *hours)
        world = cls(dice, span)
        world.interval = dice.choice((15.0, 30.0, 60.0)) if span <= 40 else dice.choice((30.0, 60.0))
        world.limit = float(dice.choice((256, 384, 512, 1024, 2048)))
        world.base = world.limit * dice.uniform(0.1, 0.45)
        world.counted = dice.random() < 0.75
        kind = dice.choice(("flat", "bursty", "diurnal")) if traffic == "any" else traffic
        world.rate = TRAFFIC[kind](dice, span)
        return world

    @property
    def steps(self) -> int:
        """How many samples there are before any is lost."""
        return int(self.hours * HOUR / self.interval)

    def between(self, low: float, high: float) -> float:
        """Draw a number."""
        return self.dice.uniform(low, high)

    def scaled(self, low: float, high: float) -> float:
        """Draw a number so that each octave is as likely."""
        return scaled(self.dice, low, high)


def scaled(dice: Random, low: float, high: float) -> float:
    """Draw a number whose logarithm is uniform."""
    return float(low * (high / low) ** dice.random())


def flat(dice: Random, _hours: float) -> Rate:
    """Traffic that stays about the same."""
    level = 10 ** dice.uniform(-0.3, 1.7)
    return lambda _: level


def diurnal(dice: Random, _hours: float) -> Rate:
    """Traffic that follows the day."""
    level, depth, phase = 10 ** dice.uniform(-0.3, 1.7), dice.uniform(0.3, 0.9), dice.uniform(0, 2 * pi)
    return lambda at: level * (1 + depth * sin(2 * pi * at / (24 * HOUR) + phase))


def bursty(dice: Random, hours: float) -> Rate:
    """Traffic in bursts of minutes, several times the usual."""
    level, bursts, at = 10 ** dice.uniform(-0.3, 1.5), [], 0.0
    gap, factor = dice.uniform(0.2, 1.5) * HOUR, dice.uniform(3, 10)
    while at < hours * 6 * HOUR:
        at += dice.expovariate(1 / gap)
        long = dice.uniform(2, 30) * 60
        bursts.append((at, at + long))
        at += long
    place = [0]

    def rate(now: float) -> float:
        if now < bursts[max(0, place[0] - 1)][0]:
            place[0] = 0
        while place[0] < len(bursts) - 1 and bursts[place[0]][1] < now:
            place[0] += 1
        return level * (factor if bursts[place[0]][0] <= now <= bursts[place[0]][1] else 1.0)

    return rate


def ramp(dice: Random, hours: float) -> Rate:
    """Traffic that grows to a multiple over hours, and stays there."""
    level, factor = 10 ** dice.uniform(-0.3, 1.4), dice.uniform(2, 4)
    start = dice.uniform(0.05, 0.4) * hours * HOUR
    long = min(dice.uniform(2, 10), 0.5 * hours) * HOUR
    return lambda at: level * (1 + (factor - 1) * min(1.0, max(0.0, (at - start) / long)))


TRAFFIC: dict[str, Callable[[Random, float], Rate]] = {
    "flat": flat,
    "diurnal": diurnal,
    "bursty": bursty,
    "ramp": ramp,
}


@dataclass
class Load:
    """The requests of each step, and how the rate was at it against the mean."""

    requests: list[float]
    relative: list[float]

    @classmethod
    def drawn(cls, world: World) -> Load:
        """Draw Poisson traffic around the rate, with a slow wander of its own."""
        dice, interval = world.dice, world.interval
        wander, slow, requests = 0.0, exp(-interval / 600), []
        for step in range(world.steps):
            wander = wander * slow + dice.gauss(0, 0.1) * (1 - slow * slow) ** 0.5
            requests.append(poisson(dice, max(0.0, world.rate(step * interval) * interval * (1 + wander))))
        mean = sum(requests) / max(1, len(requests)) or 1.0
        return cls(requests, [count / mean for count in requests])


def poisson(dice: Random, mean: float) -> float:
    """Draw a count; above 30 the normal law is near enough."""
    if mean > 30:
        return max(0.0, round(dice.gauss(mean, mean**0.5)))
    bound, count, product = exp(-mean), 0, dice.random()
    while product > bound:
        count += 1
        product *= dice.random()
    return float(count)


def smoothed(values: Sequence[float], steps: float) -> list[float]:
    """Return an exponential moving average."""
    keep, level, out = exp(-1 / max(steps, 1e-9)), values[0] if values else 0.0, []
    for value in values:
        level = level * keep + value * (1 - keep)
        out.append(level)
    return out
