"""What a growth must be like to count: two gates, a light one for a suspicion and a strict one for a leak.

The rule: the younger the evidence, the larger the growth must be; the straighter it is, the smaller it may be.

The strict gate's figures were found by a random search over 26 generated series of each family (docs/leaks.md), and then rounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, sqrt

from relay.core.detectors.leak.shapes import Shape
from relay.core.detectors.leak.verdicts import Reason
from relay.core.detectors.leak.windows import NEARLY_ALL, Window

HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Gate:
    """The thresholds; every ``share`` is of the headroom at the window's start.

    ``least`` is asked of growth at any age, the others are added and fade: ``day`` with 9 hours, ``young`` with 45
    minutes, since what is read in or filled at a start grows as straight as a leak does.
    """

    least: float = 0.07
    day: float = 0.03
    young: float = 0.6
    # Of growth that began long after the process did: a job or a busy hour looks so.
    late: float = 0.11
    late_hours: float = 0.22
    late_young: float = 0.52
    # Without a counter nothing tells a morning's traffic from a leak.
    uncounted: float = 0.1
    # What is asked of a growth that is surely straight, as a part of what is asked of others.
    straight: float = 0.35
    confirm: float = 0.065
    fall: float = 0.3
    clearly: float = 8.0
    quarter: float = 0.3
    step: float = 0.28
    bend_slack: float = 0.1
    # The least slope of the last quarter against the one before.
    ending: float = 0.85
    # A growth that is not even, or speeds up, must have taken so much.
    uneven: float = 0.5
    even: float = 0.65
    speeding: float = 1.7

    def wanted(self, window: Window, straight: float = 1.0) -> float:
        """Return the share of the headroom that growth must have taken; ``straight`` discounts what time alone makes sure."""
        hours = window.span / HOUR
        if window.earlier and window.part < NEARLY_ALL:
            lasting = self.late + self.late_hours * exp(-hours / 6)
            young = self.late_young * exp(-hours / 1.5)
        else:
            lasting = self.least + self.day * exp(-hours / 9)
            young = self.young * exp(-hours / 0.75)
        if window.requests is None:
            young += self.uncounted * exp(-((hours / 16) ** 2))
        return min(0.75, straight * lasting + young)

    def refusal(self, window: Window, shape: Shape, headroom: float, limit: float) -> Reason | None:
        """Return the first thing that speaks against this growth, None where nothing does."""
        share = shape.growth / headroom
        if share < self.wanted(window, self.straight if _is_straight(shape) else 1.0):
            return Reason.TOO_SMALL
        if shape.fall > self.fall + 0.004 * limit / shape.growth:
            return Reason.FALLS_BACK
        if shape.spread * self.clearly > 1:
            return Reason.IN_NOISE
        if shape.step > self.step:
            return Reason.IN_STEPS
        return self._bent(shape, share)

    def _bent(self, shape: Shape, share: float) -> Reason | None:
        bend = shape.bend
        # An exponential that has come this far levels off above the limit when its slope fell by no more than that.
        straight = max(0.6, sqrt(max(0.0, 1 - share)))
        if (
            bend.late_to_early + self.bend_slack * bend.bend_error < straight
            or shape.last_quarter < self.quarter
        ):
            return Reason.LEVELS_OFF
        if shape.ending.late_to_early + shape.ending.bend_error < self.ending:
            return Reason.LEVELS_OFF
        uneven = shape.least_quarter < self.even or bend.late_to_early > self.speeding
        if bend.late_to_early > 3 or (uneven and share < self.uneven):
            return Reason.UNEVEN
        return None


def _is_straight(shape: Shape) -> bool:
    """Whether the growth is known to be straight, not only not known to bend."""
    bend = shape.bend
    return bend.bend_error <= 0.1 and 0.85 <= bend.late_to_early <= 1.25 and shape.least_quarter >= 0.7


STRICT = Gate()
LIGHT = Gate(
    least=0.03,
    day=0.05,
    young=0.4,
    late=0.09,
    late_hours=0.1,
    late_young=0.4,
    uncounted=0.06,
    confirm=0.03,
    bend_slack=0.5,
    uneven=0.3,
    even=0.55,
)
