"""From a plan (what grows, what cycles, what restarts) to a series: the process is lived, then observed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil, exp, inf
from typing import Literal

from bench._leaks_world import HOUR, Load, Series, World, smoothed

Growth = Callable[[float, float], float]
"""MB held at (seconds of the life, requests of the life)."""


@dataclass
class Plan:
    """What a family fixes; everything in MB."""

    axis: Literal["requests", "time", ""] = ""
    # The share of the headroom that leaks in the whole run, were there no restart.
    share: float = 0.0
    onset: float = 0.0
    bounded: Growth | None = None
    working_set: float = 0.0
    working_set_minutes: float = 3.0
    noise: float | None = None
    teeth: float = 0.0
    teeth_minutes: float = 15.0
    step_mb: float = 0.0
    # Added to everything: a function of the seconds of the run.
    extra: Callable[[float], float] | None = None
    restarts: list[float] = field(default_factory=list)
    base_after: dict[float, float] = field(default_factory=dict)
    restart_at_limit: bool = True
    warm_up: tuple[float, float] | None = None
    # Bends the leak: (leaked share of the plan 0..1) -> share; identity is a straight leak.
    bend: Callable[[float], float] | None = None
    ambiguous: bool = False


@dataclass
class _Noise:
    """Slow wander, fast noise and short spikes."""

    world: World
    slow_mb: float
    fast_mb: float
    spikes: float
    wander: float = 0.0

    def drawn(self) -> float:
        dice = self.world.dice
        keep = exp(-self.world.interval / 300)
        self.wander = self.wander * keep + dice.gauss(0, self.slow_mb) * (1 - keep * keep) ** 0.5
        spike = self.world.limit * dice.uniform(0.02, 0.08) if dice.random() < self.spikes else 0.0
        return self.wander + dice.gauss(0, self.fast_mb) + spike


@dataclass
class _Allocator:
    """Pages come in chunks, and go back only when two of them are free."""

    chunk: float
    held: float = 0.0

    def seen(self, level: float) -> float:
        if self.chunk and (level > self.held or level < self.held - 2 * self.chunk):
            self.held = ceil(level / self.chunk) * self.chunk
        return self.held if self.chunk else level


def made(world: World, family: str, plan: Plan) -> Series:
    """Live the plan and observe it."""
    load = Load.drawn(world)
    life = _Life(world, plan, load)
    samples = [life.lived(step) for step in range(world.steps)]
    return _observed(world, family, plan, life, samples)


class _Life:
    """A process through its lives."""

    def __init__(self, world: World, plan: Plan, load: Load) -> None:
        dice, limit = world.dice, world.limit
        self.world, self.plan, self.load = world, plan, load
        self.warm_up = plan.warm_up or (limit * dice.uniform(0.01, 0.08), dice.uniform(2, 20) * 60)
        working = plan.working_set or limit * dice.uniform(0, 0.03)
        steps = max(1.0, plan.working_set_minutes * 60 / world.interval)
        self.working = [working * value for value in smoothed(load.relative, steps)]
        slow = limit * dice.uniform(0.0005, 0.004) if plan.noise is None else plan.noise
        self.noise = _Noise(world, slow, slow * dice.uniform(0.3, 1.5), dice.choice((0, 0.001, 0.004)))
        self.allocator = _Allocator(limit * dice.choice((0, 0, 0, dice.uniform(0.002, 0.01))))
        self.headroom = limit - world.base - self.warm_up[0] - working
        run = world.hours * HOUR - plan.onset
        counted = sum(load.requests[int(plan.onset / world.interval) :]) or 1.0
        self.total = plan.share * self.headroom
        self.each = self.total / (counted if plan.axis == "requests" else run) if plan.axis else 0.0
        self.born, self.requests, self.leaked, self.tooth, self.base = 0.0, 0.0, 0.0, 0.0, world.base
        self.restarts = sorted(plan.restarts)

    def lived(self, step: int) -> tuple[float, float, float, float]:
        """Return (time, memory, requests of this life, leaked) of one step."""
        world, plan = self.world, self.plan
        at, count = step * world.interval, self.load.requests[step]
        if self.restarts and at >= self.restarts[0]:
            moment = self.restarts.pop(0)
            self.base = plan.base_after.get(moment, self.base)
            self._restart(at)
        self.requests += count
        if plan.axis and at >= plan.onset:
            self.leaked += self.each * (count if plan.axis == "requests" else world.interval)
        # Garbage comes with requests, and is collected when a tooth is full.
        self.tooth += plan.teeth * self.load.relative[step] * world.interval / (plan.teeth_minutes * 60)
        if self.tooth > plan.teeth:
            self.tooth = 0.0
        level = self._steady(at) + self._held() + self.tooth
        memory = level + self.working[step] + self.noise.drawn()
        if level >= world.limit and plan.restart_at_limit:
            self._restart(at)
        return at, max(1.0, self.allocator.seen(memory)), self.requests, self._held()

    def _held(self) -> float:
        leaked = self.leaked
        if self.plan.bend is not None and self.total:
            leaked = self.total * self.plan.bend(leaked / self.total)
        step = self.plan.step_mb
        return leaked // step * step if step else leaked

    def _steady(self, at: float) -> float:
        age = at - self.born
        height, scale = self.warm_up
        level = self.base + height * (1 - exp(-age / scale))
        if self.plan.bounded is not None:
            level += self.plan.bounded(age, self.requests)
        return level + (self.plan.extra(at) if self.plan.extra else 0.0)

    def _restart(self, at: float) -> None:
        self.born, self.requests, self.leaked, self.tooth = at, 0.0, 0.0, 0.0


Lived = list[tuple[float, float, float, float]]


def _observed(world: World, family: str, plan: Plan, life: _Life, samples: Lived) -> Series:
    """See it as a poller does: rounded, with losses, gaps and jitter."""
    dice = world.dice
    grain = world.limit * dice.choice((0, 0, 0.001, 0.001, 0.01))
    lost, holes, jitter = dice.choice((0, 0, 0.02, 0.05)), _holes(world), dice.choice((0, 0.1))
    seen: Lived = []
    for at, memory, requests, leaked in samples:
        if dice.random() < lost or any(start <= at < end for start, end in holes):
            continue
        memory = round(memory / grain) * grain if grain else memory
        seen.append((at + dice.random() * jitter * world.interval, memory, requests, leaked))
    is_leak = bool(plan.axis)
    ends = _ends(world, plan, life, samples) if is_leak else []
    return Series(
        family=family,
        is_leak=is_leak,
        ambiguous=plan.ambiguous,
        limit_mb=world.limit,
        at=[each[0] for each in seen],
        memory_mb=[each[1] for each in seen],
        requests=[each[2] for each in seen] if world.counted else None,
        onset=plan.onset,
        leaked_mb=[each[3] for each in seen],
        headroom_mb=life.headroom,
        kb_per_request=_kb(plan, life),
        time_to_limit=[ends[min(int(each[0] / world.interval), len(ends) - 1)] - each[0] for each in seen]
        if ends
        else (),
    )


def _kb(plan: Plan, life: _Life) -> float | None:
    return life.each * 1024 if plan.axis == "requests" and plan.bend is None else None


def _holes(world: World) -> list[tuple[float, float]]:
    dice, holes = world.dice, []
    for _ in range(dice.choice((0, 0, 1, 3))):
        start = dice.random() * world.hours * HOUR
        holes.append((start, start + min(dice.uniform(5, 60) * 60, world.hours * HOUR * 0.05)))
    return holes


def _ends(world: World, plan: Plan, life: _Life, samples: Lived) -> list[float]:
    """Return for each step when the limit is reached, were there no planned restart (traffic goes on as expected)."""
    room = life.headroom
    # The leak, cumulative over the whole run and on after it, without any restart.
    grown, total = [], 0.0
    for step in range(world.steps):
        if step * world.interval >= plan.onset:
            total += life.each * (life.load.requests[step] if plan.axis == "requests" else world.interval)
        grown.append(total)
    after, coarse, at = [], 600.0, world.steps * world.interval
    end = at + 8 * world.hours * HOUR
    while total < 12 * room + life.total and at < end:
        total += life.each * (world.rate(at) * coarse if plan.axis == "requests" else coarse)
        at += coarse
        after.append((at, total))
    return [
        _end(world, plan, life, step, grown, after, room - samples[step][3]) for step in range(world.steps)
    ]


def _end(
    world: World,
    plan: Plan,
    life: _Life,
    step: int,
    grown: list[float],
    after: list[tuple[float, float]],
    room: float,
) -> float:
    """Find by bisection when ``room`` more MB have leaked."""
    from bisect import bisect_left

    if plan.bend is not None:
        # Bent leaks are planned over the whole run: find when the bent share fills the headroom.
        wanted = _unbent(plan, life.headroom / life.total) * life.total
    else:
        wanted = grown[step] + room
    place = bisect_left(grown, wanted)
    if place < len(grown):
        return place * world.interval
    index = bisect_left([total for _, total in after], wanted) if after else 0
    return after[index][0] if index < len(after) else inf


def _unbent(plan: Plan, share: float) -> float:
    assert plan.bend is not None
    low, high = 0.0, 50.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if plan.bend(middle) < share else (low, middle)
    return high
