"""When text search is indexed: after what comes in, in small pieces, and while much comes in not at once.

The rule: a piece keeps whoever comes in behind it waiting for some milliseconds, and a search finds what is not indexed too. So
the index waits while the store is busy, but only for so long: where much is not indexed yet a search reads every row.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from relay.store import touching
from relay.store.writer import Writer

AT_ONCE = 250
PIECES = 40
# The share of the last second for which the store worked, from which on the index waits, and for how long it does.
BUSY = 0.5
PATIENCE = timedelta(minutes=1)


class Indexing:
    """Fills the index tick by tick."""

    def __init__(self) -> None:
        # When next to all was indexed last, before that when it was looked at first.
        self._filled_at: datetime | None = None

    async def fill(self, writer: Writer, at: datetime) -> None:
        """Index what changed since, in pieces so small that intake goes first; the next tick goes on."""
        filled_at = self._filled_at = self._filled_at or at
        for _ in range(PIECES):
            can_wait = timedelta(0) <= at - filled_at < PATIENCE
            if writer.is_pressed or (can_wait and writer.load > BUSY):
                return
            number = await writer.run(lambda tx: tx.index_incidents(AT_ONCE), touching.SEARCH)
            if number < AT_ONCE:
                # Under a steady load something has always come in since.
                filled_at = self._filled_at = at
            if not number:
                return
