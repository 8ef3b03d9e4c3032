"""Rolling samples up: in small steps between the others, a round whenever a piece of time is over.

The rule: intake goes first. A round that is not through goes on at the next tick, and no sample is dropped before it is
rolled up. Only where a round stands is remembered here: after a start it begins again, and finds nothing to do twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from relay.core.rollups import FIVE_MINUTES, HOUR, WIDTHS, begin
from relay.store import touching
from relay.store.writer import Writer

# A platform's own metrics come in late; what is later still is in the samples and on charts of them, in no rollup.
SETTLED = timedelta(minutes=10)
SERIES_AT_ONCE = 50
PIECES_AT_ONCE = {FIVE_MINUTES: 24, HOUR: 48}
STEPS_A_TICK = 60


@dataclass(slots=True)
class Rolling:
    """Where the present round stands: ``through`` is until when each width is rolled up for all series."""

    through: dict[timedelta, datetime] = field(default_factory=dict)
    _after: int = 0
    _made: int = 0

    async def roll(self, writer: Writer, at: datetime) -> bool:
        """Take some steps; return whether everything is rolled up that can be, False where more is to do."""
        steps = STEPS_A_TICK
        ends_at = at - SETTLED
        for width in WIDTHS:
            ends_at = begin(ends_at, width)
            while self.through.get(width) != ends_at:
                if not steps or writer.is_pressed:
                    return False
                steps -= 1
                await self._step(writer, width, ends_at)
        return True

    async def _step(self, writer: Writer, width: timedelta, until: datetime) -> None:
        after, pieces = self._after, PIECES_AT_ONCE[width]
        done = await writer.run(
            lambda tx: tx.roll_up(width, until, after, SERIES_AT_ONCE, pieces), touching.ROLLUPS
        )
        self._made += done.made
        if done.after is not None:
            self._after = done.after
            return
        # Through all series: once more, unless there was nothing left.
        if not self._made:
            self.through[width] = until
        self._after = self._made = 0
