"""No data: a target whose reads brought nothing several times in a row. One verdict a target, never one a metric."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from relay.core.model import Severity
from relay.core.text import Text


@dataclass(frozen=True, slots=True)
class Silent:
    """How long a target has been silent: the misses in a row, the first one's time, and the newest reason."""

    misses: int = 0
    since: datetime | None = None
    reason: Text | None = None


@dataclass(frozen=True, slots=True)
class Absent:
    """The settings: after how many misses in a row it counts, and how bad that is."""

    after: int = 3
    severity: Severity = Severity.WARNING

    def step(self, state: Silent, at: datetime, reason: Text | None) -> tuple[Silent, Severity]:
        """Take one more read: ``reason`` says why it brought nothing, None that it brought data."""
        if reason is None:
            return Silent(), Severity.OK
        state = Silent(state.misses + 1, state.since or at, reason)
        return state, self.severity if state.misses >= self.after else Severity.OK
