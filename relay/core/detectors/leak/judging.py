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
        seen = _Seen(window, floor, headroom, life.limit, lightest)
        for place, gate in enumerate(gates):
            if growths[place] is None:
                found, why = seen.through(gate)
                growths[place], refusal = found, (why or refusal) if place == 0 else refusal
        if growths[0] is not None:
            break
    return Judgement(tuple(growths), refusal)


def _worth(window: Window, headroom: float, gate: Gate) -> bool:
    """Whether it grew enough to look closer: cheap, as most windows did not."""
    grown = min(window.floor[-2:]) - min(window.floor[:3])
    return grown > 0.6 * gate.wanted(window, gate.straight) * headroom and window.outgrows()


class _Seen:
    """One window through ever longer floors, each looked at once for all gates, and only when it is asked for."""

    def __init__(
        self, window: Window, floor: list[float], headroom: float, limit: float, lightest: Gate
    ) -> None:
        self._window, self._floor, self._headroom, self._limit = window, floor, headroom, limit
        # What is too small for the lightest gate needs no closer look.
        self._least = lightest.wanted(window, lightest.straight) * headroom
        self._shapes: list[Shape | None] = []

    def through(self, gate: Gate) -> tuple[Growth | None, Reason | None]:
        """Return the growth that the gate lets through, or what speaks against it."""
        why: Reason | None = None
        for place in range(len(SPANS)):
            seen = self._shape(place)
            if seen is None:
                return None, why or Reason.TOO_SMALL
            why = gate.refusal(self._window, seen, self._headroom, self._limit)
            if why is None:
                return Growth(self._window, seen, self._headroom), None
            if why not in SEEN_THROUGH:
                break
        return None, why

    def _shape(self, place: int) -> Shape | None:
        if place == len(self._shapes):
            self._shapes.append(shape(self._window, self._floor, SPANS[place], self._least))
        return self._shapes[place]
