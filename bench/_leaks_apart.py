"""Shapes kept apart: drawn up after the detector was finished, and never used to change it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import replace
from itertools import accumulate
from math import exp
from random import Random

from bench._leaks_making import Plan, made
from bench._leaks_world import HOUR, Series, World

Family = Callable[[Random], Series]


def _rare_jumps(dice: Random) -> Series:
    """A leak of big buffers: many small jumps of uneven size at random moments."""
    world = World.drawn(dice, (12, 60))
    jumps = [world.scaled(0.3, 3) for _ in range(400)]
    # A hundred of them for what is planned, and more for what comes after.
    reached = [total * 4 / sum(jumps) for total in accumulate(jumps)]

    def jumped(share: float) -> float:
        return reached[min(bisect_left(reached, share), len(reached) - 1)]

    return made(world, "", Plan(axis="time", share=world.scaled(0.4, 1.4), bend=jumped))


def _busier(dice: Random) -> Series:
    """A leak by requests while traffic doubles over the run."""
    world = World.drawn(dice, (12, 48))
    rate, long = world.rate, world.hours * HOUR
    world.rate = lambda at: rate(at) * (1 + min(1.0, at / long))
    return made(world, "", Plan(axis="requests", share=world.scaled(0.3, 1.3)))


def _recycled(dice: Random) -> Series:
    """One of two workers leaks, and is recycled every few hours without the counter knowing; the other leaks on."""
    world = World.drawn(dice, (24, 72))
    every, height = world.between(4, 10) * HOUR, world.limit * world.between(0.02, 0.05)
    return made(
        world,
        "",
        Plan(axis="time", share=world.scaled(0.4, 1.3), extra=lambda at: height * (at % every) / every),
    )


def _expiring_cache(dice: Random) -> Series:
    """A cache whose entries live for hours: it fills in a straight line and is level when the first ones die."""
    world = World.drawn(dice, (12, 60))
    height, life = world.limit * world.between(0.04, 0.15), world.between(1, 4) * HOUR
    return made(world, "", Plan(bounded=lambda age, _requests: height * min(1.0, age / life)))


def _lazy_return(dice: Random) -> Series:
    """A peak every few hours, of which the allocator gives a part back each minute."""
    world = World.drawn(dice, (10, 60))
    height, every = world.limit * world.between(0.08, 0.3), world.between(3, 9) * HOUR
    slow = world.between(0.3, 1.2) * HOUR
    return made(world, "", Plan(extra=lambda at: height * exp(-(at % every) / slow)))


def _tenants(dice: Random) -> Series:
    """Three to five customers that are taken on, one after the other, on their first day."""
    world = World.drawn(dice, (20, 72))
    step = world.limit * world.between(0.03, 0.06)
    moments = [world.between(0.5, 16) * HOUR for _ in range(dice.randint(3, 5))]
    return made(world, "", Plan(extra=lambda at: step * sum(at >= moment for moment in moments)))


def _compiled(dice: Random) -> Series:
    """Code that is compiled as it is first used: quick, then slow, then never again."""
    world = World.drawn(dice, (10, 60))
    one, two = world.limit * world.between(0.04, 0.12), world.limit * world.between(0.02, 0.06)
    quick, slow = world.between(0.1, 0.4) * HOUR, world.between(2, 8) * HOUR
    return made(
        world,
        "",
        Plan(bounded=lambda age, _requests: one * (1 - exp(-age / quick)) + two * (1 - exp(-age / slow))),
    )


APART: dict[str, Family] = {
    "leak_rare_jumps": _rare_jumps,
    "leak_busier": _busier,
    "leak_recycled": _recycled,
    "ok_expiring_cache": _expiring_cache,
    "ok_lazy_return": _lazy_return,
    "ok_tenants": _tenants,
    "ok_compiled": _compiled,
}


def drawn_apart(family: str, seed: int) -> Series:
    """Return the series that a family and a seed name."""
    return replace(APART[family](Random(f"{family}/{seed}")), family=family)
