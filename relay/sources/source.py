"""What a source is: it reads one target and never judges."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from relay.core.model import NoData, Readings
from relay.core.targets import Target


class Source(Protocol):
    """Reads one target."""

    async def read(self, target: Target, at: datetime) -> Readings | NoData:
        """Return raw readings of at least ``target.names``, or why there are none. Bounded in time and size; never raises
        for what the far end does."""
        ...
