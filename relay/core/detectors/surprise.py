"""How surprising a number is among its like: the part of what was seen that is as large, from a histogram that forgets.

The rule: nothing is taken to be normally distributed. A series' own surprises say what is rare for it.
"""

from __future__ import annotations

from array import array
from collections import deque
from dataclasses import dataclass, field
from math import log10

CELLS = 80
# Cells a decade, and the decade that the first begins at.
FINE, LOWEST = 10.0, -4.0
HALVED_EVERY = 1500
DELAY = 20


@dataclass(slots=True)
class Tail:
    """A histogram of sizes in cells that grow by a tenth of a decade; old counts fade."""

    counts: array[float] = field(default_factory=lambda: array("d", bytes(8 * CELLS)))
    total: float = 0.0
    largest: float = 0.0
    added: int = 0
    waiting: deque[float] = field(default_factory=deque)

    def score(self, size: float) -> float:
        """Return -log10 of the part that is as large, and more above the largest; 0 for what is usual."""
        if self.total < 1:
            return 0.0
        above = sum(self.counts[_cell(size) :])
        rarity = -log10((above + 0.5) / (self.total + 1))
        return rarity + (log10(size / self.largest) if size > self.largest > 0 else 0.0)

    def add(self, size: float) -> None:
        """Take note of one more, a little later: what comes slowly must not teach that it is usual while it comes."""
        self.waiting.append(size)
        if len(self.waiting) > DELAY:
            self._learn(self.waiting.popleft())

    def _learn(self, size: float) -> None:
        self.counts[_cell(size)] += 1
        self.total += 1
        self.largest = max(self.largest, size)
        self.added += 1
        if self.added % HALVED_EVERY == 0:
            self._fade()

    def _fade(self) -> None:
        for cell in range(CELLS):
            self.counts[cell] /= 2
        self.total /= 2
        # The record fades as well: what was once the largest must not hide for ever what comes near it.
        self.largest *= 0.9


def _cell(size: float) -> int:
    if size <= 0:
        return 0
    return min(CELLS - 1, max(0, int((log10(size) - LOWEST) * FINE)))
