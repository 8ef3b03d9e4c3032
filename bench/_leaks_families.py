"""The families: fifteen leaks, seventeen look-alikes (two of them not separable before their bound appears)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import exp
from random import Random

from bench._leaks_making import Plan, made
from bench._leaks_world import HOUR, Series, World

Family = Callable[[Random], Series]


def _leak(hours: tuple[float, float], axis: str, share: tuple[float, float], traffic: str = "any") -> Family:
    def family(dice: Random) -> Series:
        world = World.drawn(dice, hours, traffic)
        chosen = axis if axis != "either" else dice.choice(("requests", "time"))
        return made(world, "", Plan(axis=chosen, share=world.scaled(*share)))  # type: ignore[arg-type]

    return family


def _flash(dice: Random) -> Series:
    world = World.drawn(dice, (1, 4), "flat")
    world.interval = 15.0
    onset, minutes = world.between(0.3, 0.7) * world.hours * HOUR, world.between(3, 20)
    share = (world.hours * HOUR - onset) / (minutes * 60)
    return made(world, "", Plan(axis="time", share=share, onset=onset))


def _gc_leak(dice: Random) -> Series:
    world = World.drawn(dice, (8, 48))
    teeth = world.limit * world.between(0.03, 0.12)
    axis = dice.choice(("requests", "time"))
    return made(
        world,
        "",
        Plan(axis=axis, share=world.scaled(0.2, 1.4), teeth=teeth, teeth_minutes=world.between(5, 40)),
    )


def _restart_leak(dice: Random) -> Series:
    world = World.drawn(dice, (24, 96))
    restarts, at = [], 0.0
    while at < world.hours * HOUR:
        at += world.between(4, 14) * HOUR
        restarts.append(at)
    lives = len(restarts)
    return made(
        world,
        "",
        Plan(
            axis=dice.choice(("requests", "time")), share=world.scaled(0.15, 0.7) * lives, restarts=restarts
        ),
    )


def _midway(dice: Random) -> Series:
    world = World.drawn(dice, (8, 60))
    onset = world.between(0.25, 0.6) * world.hours * HOUR
    return made(
        world,
        "",
        Plan(axis=dice.choice(("requests", "time")), share=world.scaled(0.2, 1.4), onset=onset),
    )


def _daily_working_set(dice: Random) -> Series:
    world = World.drawn(dice, (48, 96), "diurnal")
    working = world.limit * world.between(0.03, 0.1)
    return made(
        world,
        "",
        Plan(axis=dice.choice(("requests", "time")), share=world.scaled(0.2, 1.4), working_set=working),
    )


def _staircase(dice: Random) -> Series:
    world = World.drawn(dice, (8, 60))
    step = world.limit * world.between(0.008, 0.03)
    return made(
        world,
        "",
        Plan(axis=dice.choice(("requests", "time")), share=world.scaled(0.2, 1.4), step_mb=step),
    )


def _after_warm_up(dice: Random) -> Series:
    world = World.drawn(dice, (10, 48))
    warm_up = (world.limit * world.between(0.15, 0.35), world.between(10, 90) * 60)
    return made(
        world,
        "",
        Plan(axis=dice.choice(("requests", "time")), share=world.scaled(0.2, 1.4), warm_up=warm_up),
    )


def _noisy(dice: Random) -> Series:
    world = World.drawn(dice, (8, 48))
    noise = world.limit * world.between(0.008, 0.02)
    return made(
        world,
        "",
        Plan(axis=dice.choice(("requests", "time")), share=world.scaled(0.2, 1.4), noise=noise),
    )


def _slow(dice: Random) -> Series:
    world = World.drawn(dice, (48, 96))
    return made(world, "", Plan(axis=dice.choice(("requests", "time")), share=world.scaled(0.12, 0.4)))


LEAKS: dict[str, Family] = {
    "leak_per_request": _leak((5, 48), "requests", (0.2, 1.4)),
    "leak_per_time": _leak((5, 48), "time", (0.2, 1.4)),
    "leak_slow": _slow,
    "leak_fast": _leak((1.5, 5), "either", (0.4, 1.5)),
    "leak_flash": _flash,
    "leak_daily_traffic": _leak((30, 96), "requests", (0.2, 1.3), "diurnal"),
    "leak_gc": _gc_leak,
    "leak_restarts": _restart_leak,
    "leak_midway": _midway,
    "leak_daily_working_set": _daily_working_set,
    "leak_staircase": _staircase,
    "leak_after_warm_up": _after_warm_up,
    "leak_noisy": _noisy,
    "leak_bursty": _leak((5, 48), "requests", (0.2, 1.4), "bursty"),
    "leak_oom_cycles": _leak((12, 72), "either", (2.2, 6)),
}


def _saturating(
    hours: tuple[float, float], height: tuple[float, float], scale: tuple[float, float]
) -> Family:
    def family(dice: Random) -> Series:
        world = World.drawn(dice, hours)
        warm_up = (world.limit * world.between(*height), world.between(*scale) * HOUR)
        return made(world, "", Plan(warm_up=warm_up))

    return family


def _zipf_cache(dice: Random) -> Series:
    world = World.drawn(dice, (8, 60))
    full, power = world.limit * world.between(0.1, 0.35), world.between(0.6, 0.9)
    scale = world.rate(0.0) * HOUR * world.between(0.3, 4) + 1
    return made(
        world, "", Plan(bounded=lambda _age, requests: full * (1 - exp(-((requests / scale) ** power))))
    )


def _daily(hours: tuple[float, float], height: tuple[float, float]) -> Family:
    def family(dice: Random) -> Series:
        world = World.drawn(dice, hours, "diurnal")
        return made(world, "", Plan(working_set=world.limit * world.between(*height)))

    return family


def _deployment_step(dice: Random) -> Series:
    world = World.drawn(dice, (8, 60))
    moment = world.between(0.3, 0.7) * world.hours * HOUR
    higher = world.base + world.limit * world.between(0.05, 0.2)
    return made(world, "", Plan(restarts=[moment], base_after={moment: higher}))


def _flat(dice: Random) -> Series:
    return made(World.drawn(dice, (6, 72)), "", Plan())


def _fragmentation(dice: Random) -> Series:
    world = World.drawn(dice, (8, 72))
    height, half = world.limit * world.between(0.05, 0.25), world.between(0.3, 3) * HOUR
    return made(world, "", Plan(bounded=lambda age, _requests: height * age / (age + half)))


def _batch(dice: Random) -> Series:
    world = World.drawn(dice, (8, 72))
    height, every = world.limit * world.between(0.05, 0.25), world.between(2, 8) * HOUR
    long, start = world.between(10, 60) * 60, world.between(0.1, 1) * every

    def extra(at: float) -> float:
        into = (at - start) % every
        return height * min(1.0, 1.5 * into / long) if at > start and into < long else 0.0

    return made(world, "", Plan(extra=extra))


def _gc_only(dice: Random) -> Series:
    world = World.drawn(dice, (6, 48))
    teeth = world.limit * world.between(0.04, 0.15)
    return made(world, "", Plan(teeth=teeth, teeth_minutes=world.between(5, 60)))


def _traffic_ramp(dice: Random) -> Series:
    world = World.drawn(dice, (8, 48), "ramp")
    return made(world, "", Plan(working_set=world.limit * world.between(0.05, 0.15)))


def _drift(dice: Random) -> Series:
    world = World.drawn(dice, (12, 96))
    scale, size = world.between(3, 12) * HOUR, world.limit * world.between(0.008, 0.025)
    state = [0.0, 0.0]

    def extra(at: float) -> float:
        keep = exp(-(at - state[0]) / scale)
        state[:] = [at, state[1] * keep + dice.gauss(0, size) * (1 - keep * keep) ** 0.5]
        return state[1]

    return made(world, "", Plan(extra=extra))


def _restarts(dice: Random) -> Series:
    world = World.drawn(dice, (12, 72))
    restarts, at = [], 0.0
    while at < world.hours * HOUR:
        at += world.between(1, 10) * HOUR
        restarts.append(at)
    return made(world, "", Plan(restarts=restarts))


def _sessions(dice: Random) -> Series:
    world = World.drawn(dice, (8, 60))
    height, minutes = world.limit * world.between(0.04, 0.18), world.between(20, 90)
    life = minutes * 60

    def held(age: float, _requests: float) -> float:
        # Logins rise to the life of a session, then as many end as begin; some sessions are renewed.
        return height * (min(1.0, age / life) * 0.8 + 0.2 * (1 - exp(-age / life)))

    return made(
        world, "", Plan(bounded=held, working_set=world.limit * 0.02, working_set_minutes=minutes / 2)
    )


def _linear_fill(height: tuple[float, float], part: tuple[float, float], *, ambiguous: bool) -> Family:
    def family(dice: Random) -> Series:
        world = World.drawn(dice, (8, 60))
        full = world.limit * world.between(*height)
        until = world.between(*part) * world.hours * HOUR
        counted = sum(world.rate(step * 600.0) * 600 for step in range(int(until / 600) + 1))
        return made(
            world,
            "",
            Plan(bounded=lambda _age, requests: full * min(1.0, requests / counted), ambiguous=ambiguous),
        )

    return family


def _page_cache(dice: Random) -> Series:
    world = World.drawn(dice, (12, 72))
    full = (world.limit - world.base) * world.between(0.75, 0.92)
    until = world.between(0.2, 0.7) * world.hours * HOUR
    return made(world, "", Plan(bounded=lambda age, _requests: full * min(1.0, age / until), ambiguous=True))


LOOK_ALIKES: dict[str, Family] = {
    "ok_warm_up": _saturating((4, 48), (0.05, 0.35), (0.1, 1.0)),
    "ok_slow_warm_up": _saturating((12, 72), (0.05, 0.3), (1.5, 6.0)),
    "ok_zipf_cache": _zipf_cache,
    "ok_daily": _daily((12, 96), (0.04, 0.15)),
    "ok_deployment_step": _deployment_step,
    "ok_flat": _flat,
    "ok_fragmentation": _fragmentation,
    "ok_batch": _batch,
    "ok_gc": _gc_only,
    "ok_ramp": _traffic_ramp,
    "ok_drift": _drift,
    "ok_restarts": _restarts,
    "ok_sessions": _sessions,
    "ok_small_lru": _linear_fill((0.01, 0.05), (0.05, 0.5), ambiguous=False),
    "ok_small_daily": _daily((24, 96), (0.005, 0.02)),
    "ok_lru_linear": _linear_fill((0.15, 0.45), (0.3, 0.8), ambiguous=True),
    "ok_page_cache": _page_cache,
}

FAMILIES = LEAKS | LOOK_ALIKES


def drawn(family: str, seed: int) -> Series:
    """Return the series that a family and a seed name."""
    return replace(FAMILIES[family](Random(f"{family}/{seed}")), family=family)
