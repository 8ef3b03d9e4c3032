"""Looking at a life: which window, if any, holds a growth that a gate lets through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from relay.core.detectors.leak.curves import Line, best_line
from relay.core.detectors.leak.gates import Gate
from relay.core.detectors.leak.life import Life
from relay.core.detectors.leak.shapes import Shape, shape, without_load
from relay.core.detectors.leak.trend import sliding_floor
from relay.core.detectors.leak.verdicts import Reason
from relay.core.detectors.leak.windows import LEAST, Window, windows

# Buckets that a floor is taken over: the longer ones see through a collector's teeth.
SPANS = (1, 4, 10)
SEEN_THROUGH = (Reason.FALLS_BACK, Reason.IN_NOISE)


@dataclass(frozen=True, slots=True)
class Growth:
    """A growth that was let through: where, how, and what room it had.

    The window's floor is without what followed the load and without the start that died out.
    """

    window: Window
    shape: Shape
    line: Line
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
    for window in windows(life):
        headroom = life.limit - window.floor[0]
        if headroom <= 0 or not _worth(window, headroom, gates[-1]):
            continue
        floor, with_load = without_load(window)
        if with_load:
            refusal = Reason.WITH_LOAD
            continue
        seen = _Seen(window, floor, headroom, life.limit)
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
    """One window through ever longer floors, each looked at once and only when it is asked for."""

    def __init__(self, window: Window, floor: list[float], headroom: float, limit: float) -> None:
        self._window, self._floor = window, floor
        self._headroom, self._limit = headroom, limit
        self._growths: list[Growth] = []
        self._rest = self._all()

    def through(self, gate: Gate) -> tuple[Growth | None, Reason | None]:
        """Return the first growth that the gate lets through, or why none was."""
        why: Reason | None = None
        for growth in self._known():
            why = gate.refusal(growth.window, growth.shape, growth.line, self._headroom, self._limit)
            if why is None:
                return growth, None
            if why not in SEEN_THROUGH:
                break
        return None, why

    def _known(self) -> Iterator[Growth]:
        yield from self._growths
        for growth in self._rest:
            self._growths.append(growth)
            yield growth

    def _all(self) -> Iterator[Growth]:
        for span in SPANS:
            y, lag = sliding_floor(self._floor, span), span - 1
            if len(y) < LEAST:
                return
            counts = None if self._window.requests is None else self._window.requests[lag:]
            if counts is not None and counts[-1] <= counts[0]:
                counts = None
            window = replace(self._window, at=self._window.at[lag:], floor=y, requests=counts)
            line = best_line(window, y, self._limit - y[-1])
            if line is None:
                return
            if line.start is not None:
                y = [value - start for value, start in zip(y, line.start, strict=True)]
                window = replace(window, floor=y)
            seen = shape(window)
            if seen is None:
                return
            yield Growth(window, seen, line, self._headroom)
