"""Looking at a life: which window, if any, holds a growth that a gate lets through."""

from __future__ import annotations

from dataclasses import dataclass

from relay.core.detectors.leak.gates import Gate
from relay.core.detectors.leak.life import Life
from relay.core.detectors.leak.shapes import Shape, shape, without_load
from relay.core.detectors.leak.verdicts import Reason
from relay.core.detectors.leak.windows import Window, windows

# Buckets that a floor is taken over: the longer ones see through a collector's teeth.
SPANS = (1, 4, 10)
SEEN_THROUGH = (Reason.FALLS_BACK, Reason.IN_NOISE)


@dataclass(frozen=True, slots=True)
class Growth:
    """A growth that was let through: where, how, and what room it had."""

    window: Window
    shape: Shape
    headroom: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """What each gate let through, and what kept the strictest from more."""

    growths: tuple[Growth | None, ...]
    refusal: Reason


def judge(life: Life, gates: tuple[Gate, ...]) -> Judgement:
    """Look at every window until the first gate, the strictest, lets one through."""
    growths: list[Growth | None] = [None] * len(gates)
    refusal = Reason.CALM
    lightest = gates[-1]
    for window in windows(life):
        headroom = life.limit - window.floor[0]
        if headroom <= 0 or not _worth(window, headroom, lightest):
            continue
        floor, with_load = without_load(window)
        if with_load:
            refusal = Reason.WITH_LOAD
            continue
        for place, gate in enumerate(gates):
            if growths[place] is None:
                found, why = _seen(window, floor, gate, headroom, life.limit)
                growths[place], refusal = found, (why or refusal) if place == 0 else refusal
        if growths[0] is not None:
            break
    return Judgement(tuple(growths), refusal)


def _worth(window: Window, headroom: float, gate: Gate) -> bool:
    """Whether it grew enough to look closer: cheap, as most windows did not."""
    grown = min(window.floor[-2:]) - min(window.floor[:3])
    return grown > 0.6 * gate.wanted(window, gate.straight) * headroom and window.outgrows()


def _seen(
    window: Window, floor: list[float], gate: Gate, headroom: float, limit: float
) -> tuple[Growth | None, Reason | None]:
    why: Reason | None = None
    for span in SPANS:
        seen = shape(window, floor, span)
        if seen is None:
            break
        why = gate.refusal(window, seen, headroom, limit)
        if why is None:
            return Growth(window, seen, headroom), None
        if why not in SEEN_THROUGH:
            break
    return None, why
