"""Shapes that the detector was not made for: five that leak in odd ways, six that only look so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import exp, log2, pi, sin
from random import Random

from bench._leaks_making import Plan, made
from bench._leaks_world import HOUR, Series, World

Family = Callable[[Random], Series]


def _trimmed(dice: Random) -> Series:
    """A leak of which a trim gives a part back now and then."""
    world = World.drawn(dice, (10, 48))
    part, times = world.between(0.2, 0.5), world.between(6, 20)

    # Sawed: grows by (1) and falls back by ``part`` of each tooth.
    def sawed(share: float) -> float:
        return share * (1 - part) + part * (share * times % 1.0) / times

    return made(world, "", Plan(axis="requests", share=world.between(0.6, 1.4), bend=sawed))


def _accelerating(dice: Random) -> Series:
    """A leak that feeds itself."""
    world = World.drawn(dice, (8, 48))
    power = world.between(1.3, 2.2)
    return made(world, "", Plan(axis="time", share=world.between(0.6, 1.3), bend=lambda share: share**power))


def _scaled_out(dice: Random) -> Series:
    """A leak per request of which half the traffic goes elsewhere, midway."""
    world = World.drawn(dice, (12, 48))
    rate, moment = world.rate, world.between(0.3, 0.6) * world.hours * HOUR
    world.rate = lambda at: rate(at) * (1.0 if at < moment else 0.5)
    return made(world, "", Plan(axis="requests", share=world.between(0.5, 1.2)))


def _decelerating(dice: Random) -> Series:
    """A leak whose traffic dies down, by a third, over the run."""
    world = World.drawn(dice, (12, 48))
    rate, long = world.rate, world.hours * HOUR
    world.rate = lambda at: rate(at) * (1 - 0.33 * min(1.0, at / long))
    return made(world, "", Plan(axis="requests", share=world.between(0.6, 1.3)))


def _rare_stairs(dice: Random) -> Series:
    """A thread or a big buffer lost a few times a day."""
    world = World.drawn(dice, (24, 96))
    step = world.limit * world.between(0.02, 0.04)
    return made(world, "", Plan(axis="time", share=world.between(0.5, 1.2), step_mb=step))


def _doubling_table(dice: Random) -> Series:
    """A hash table that doubles, until its keys are all known."""
    world = World.drawn(dice, (10, 60))
    first, doublings = world.between(0.1, 0.6) * HOUR, dice.randint(3, 6)
    full = world.limit * world.between(0.1, 0.35)

    def held(age: float, _requests: float) -> float:
        step = min(doublings, int(log2(max(1.0, age / first))))
        return float(full * 2.0 ** (step - doublings))

    return made(world, "", Plan(bounded=held))


def _nightly(dice: Random) -> Series:
    """A batch at night that takes a few hours and gives most of it back."""
    world = World.drawn(dice, (48, 96))
    height, long = world.limit * world.between(0.1, 0.3), world.between(0.5, 4) * HOUR
    kept, start = world.between(0, 0.15), world.between(2, 20) * HOUR

    def extra(at: float) -> float:
        if at < start:
            return 0.0
        into = (at - start) % (24 * HOUR)
        rising = min(1.0, into / (0.4 * long)) if into < long else kept
        return height * rising

    return made(world, "", Plan(extra=extra))


def _high_water_pool(dice: Random) -> Series:
    """A pool that keeps what the greatest peak so far needed."""
    world = World.drawn(dice, (10, 72), "bursty")
    scale, per = world.between(10, 40) * 60, world.limit * world.between(0.015, 0.04)
    highest, clock = [0.0], [0.0]

    def held(age: float, _requests: float) -> float:
        if age < clock[0]:
            highest[0] = 0.0
        while clock[0] < age:
            clock[0] += scale
            highest[0] = max(highest[0], dice.expovariate(1.0))
        clock[0] = max(clock[0], age)
        return per * highest[0]

    return made(world, "", Plan(bounded=held))


def _start_up_load(dice: Random) -> Series:
    """A model or a catalogue read in at the start: linear for minutes to an hour, then flat."""
    world = World.drawn(dice, (6, 48))
    height, long = world.limit * world.between(0.15, 0.4), world.between(3, 50) * 60
    return made(world, "", Plan(bounded=lambda age, _requests: height * min(1.0, age / long)))


def _two_stages(dice: Random) -> Series:
    """Two caches that fill one after the other."""
    world = World.drawn(dice, (12, 72))
    one, two = world.limit * world.between(0.05, 0.2), world.limit * world.between(0.05, 0.2)
    slow, fast = world.between(2, 6) * HOUR, world.between(0.2, 1) * HOUR
    start = world.between(0.2, 0.5) * world.hours * HOUR

    def held(age: float, _requests: float) -> float:
        second = two * (1 - exp(-(age - start) / slow)) if age > start else 0.0
        return one * (1 - exp(-age / fast)) + second

    return made(world, "", Plan(bounded=held))


def _weekly_wave(dice: Random) -> Series:
    """Memory that follows the day without any counter to say so, and a bigger second day."""
    world = World.drawn(dice, (36, 96))
    world.counted = False
    height, phase = world.limit * world.between(0.04, 0.12), world.between(0, 2 * pi)
    return made(
        world,
        "",
        Plan(
            extra=lambda at: (
                height * (1 + sin(2 * pi * at / (24 * HOUR) + phase)) * (1 if at < 24 * HOUR else 1.2)
            )
        ),
    )


UNSEEN: dict[str, Family] = {
    "leak_trimmed": _trimmed,
    "leak_accelerating": _accelerating,
    "leak_scaled_out": _scaled_out,
    "leak_dying_traffic": _decelerating,
    "leak_rare_stairs": _rare_stairs,
    "ok_doubling_table": _doubling_table,
    "ok_nightly": _nightly,
    "ok_high_water_pool": _high_water_pool,
    "ok_start_up_load": _start_up_load,
    "ok_two_stages": _two_stages,
    "ok_wave": _weekly_wave,
}


def drawn_unseen(family: str, seed: int) -> Series:
    """Return the series that a family and a seed name."""
    return replace(UNSEEN[family](Random(f"{family}/{seed}")), family=family)
