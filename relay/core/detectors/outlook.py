"""How far an end may be from where it is forecast, by how unevenly what grows has grown so far.

The rule: nothing is assumed of how it grows. As much as its stretches of the same length differed, so much may the next one; as
far as it fell back, or stood higher than now, so far it may again.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt

# Stretches are at most this part of the time seen, as one or two of them tell nothing of how they differ.
PART = 0.25
LEAST = 8
# So many deviations: a pace that holds for hours makes the stretches alike, so they count for few.
DEVIATIONS = 3.0
# A pace that may nearly stop has no latest end.
STOPS = 0.9


@dataclass(frozen=True, slots=True)
class Course:
    """How it came here, oldest first: times in seconds, and levels."""

    at: Sequence[float]
    level: Sequence[float]

    def widened(self, ends_in: float, pace: float, known: tuple[float, float]) -> tuple[float, float]:
        """Return the interval of an end that is ``ends_in`` seconds ahead at ``pace``: what is ``known``, or wider."""
        if len(self.at) < LEAST or not 0 < ends_in < inf or pace <= 0:
            return known
        off = self.unevenness(pace, ends_in)
        higher, lower = self._swing()
        early = max(0.0, ends_in - higher / pace) / (1 + off)
        late = (ends_in + lower / pace) / (1 - off) if off < STOPS else inf
        return min(known[0], early), max(known[1], late)

    def unevenness(self, pace: float, ahead: float) -> float:
        """Return how far, as a part of ``pace``, that of the next ``ahead`` seconds may be off.

        >>> Course(range(0, 40), range(0, 80, 2)).unevenness(2.0, 4.0)
        0.0
        """
        length = min(ahead, PART * (self.at[-1] - self.at[0]))
        total, number, seen = 0.0, 0, 0.0
        for first, begins_at in enumerate(self.at):
            last = max(first + 1, bisect_left(self.at, begins_at + length))
            if last >= len(self.at):
                break
            span = self.at[last] - begins_at
            total += ((self.level[last] - self.level[first]) / span - pace) ** 2
            number, seen = number + 1, seen + span
        if number < 2:
            return inf
        # What comes in bursts differs the more, the shorter the stretch; none can be looked at within a bucket.
        short = max(1.0, seen / number / ahead)
        return DEVIATIONS * sqrt(short * total / number) / pace

    def _swing(self) -> tuple[float, float]:
        """Return how far above now it stood already, and how far it fell back at most."""
        top, fall = -inf, 0.0
        for level in self.level:
            top = max(top, level)
            fall = max(fall, top - level)
        return top - self.level[-1], fall
