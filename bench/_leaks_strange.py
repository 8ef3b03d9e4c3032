"""Stranger shapes: looked at when the gates' last figures were chosen, not when the detector was designed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import log1p, pi, sin, sqrt
from random import Random

from bench._leaks_making import Plan, made
from bench._leaks_world import HOUR, Series, World

Family = Callable[[Random], Series]


def _night_only(dice: Random) -> Series:
    """A nightly job that leaks each time it runs, for two hours a day."""
    world = World.drawn(dice, (60, 96), "flat")
    start = world.between(0, 20) * HOUR
    rate = world.rate
    world.rate = lambda at: rate(at) * (1.0 if (at - start) % (24 * HOUR) < 2 * HOUR else 0.05)
    return made(world, "", Plan(axis="requests", share=world.between(0.7, 1.4)))


def _two_rates(dice: Random) -> Series:
    """A deployment without a restart that triples the leak, midway."""
    world = World.drawn(dice, (12, 48))
    world.counted = False
    return made(
        world,
        "",
        Plan(
            axis="time",
            share=world.between(0.6, 1.2),
            bend=lambda share: share * 0.5 if share < 0.5 else 0.25 + (share - 0.5) * 1.5,
        ),
    )


def _under_waves(dice: Random) -> Series:
    """A leak under a wave of a few hours that no counter explains."""
    world = World.drawn(dice, (16, 60))
    height, period = world.limit * world.between(0.02, 0.06), world.between(1, 5) * HOUR
    return made(
        world,
        "",
        Plan(
            axis="time",
            share=world.between(0.5, 1.2),
            extra=lambda at: height * (1 + sin(2 * pi * at / period)),
        ),
    )


def _square_root(dice: Random) -> Series:
    """Growth that slows down for ever, as a root does, and ends well below the limit."""
    world = World.drawn(dice, (12, 72))
    height, whole = world.limit * world.between(0.08, 0.2), world.hours * HOUR
    return made(world, "", Plan(bounded=lambda age, _requests: height * sqrt(age / whole)))


def _logarithm(dice: Random) -> Series:
    """An index of words: ever rarer new ones."""
    world = World.drawn(dice, (12, 72))
    height, scale = world.limit * world.between(0.02, 0.05), world.between(0.2, 1.5) * HOUR
    return made(world, "", Plan(bounded=lambda age, _requests: height * log1p(age / scale)))


def _hourly_flush(dice: Random) -> Series:
    """A buffer that fills for hours and is written out: a tooth far longer than a collector's."""
    world = World.drawn(dice, (16, 72))
    height, period = world.limit * world.between(0.08, 0.25), world.between(1.5, 6) * HOUR
    phase = world.between(0, 6) * HOUR
    return made(world, "", Plan(extra=lambda at: height * ((at + phase) % period) / period))


def _weekend_start(dice: Random) -> Series:
    """A process that begins in a calm night: the morning's sessions fill it, then the day is flat."""
    world = World.drawn(dice, (12, 30))
    height, start = world.limit * world.between(0.06, 0.15), world.between(1, 6) * HOUR
    long = world.between(1, 3) * HOUR
    return made(world, "", Plan(extra=lambda at: height * min(1.0, max(0.0, (at - start) / long))))


STRANGE: dict[str, Family] = {
    "leak_night_only": _night_only,
    "leak_two_rates": _two_rates,
    "leak_under_waves": _under_waves,
    "ok_square_root": _square_root,
    "ok_logarithm": _logarithm,
    "ok_hourly_flush": _hourly_flush,
    "ok_morning_fill": _weekend_start,
}


def drawn_strange(family: str, seed: int) -> Series:
    """Return the series that a family and a seed name."""
    return replace(STRANGE[family](Random(f"{family}/{seed}")), family=family)
