"""The parts of a read: each has its own pace, and its figures stay known until it is asked again.

The rule: a part that fails takes nothing from the others; what it should have brought is excused for three of its periods,
and missing after that.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from relay.core.model import Reading

Reader = Callable[[datetime], Awaitable[tuple[Reading, ...]]]


@dataclass(slots=True)
class Part:
    """One kind of figures. ``names`` are the readings that it brings, of which some may rightly be absent.

    ``is_first`` marks the part that tells whether the resource is seen at all.
    """

    service: str
    every: timedelta
    names: frozenset[str]
    read: Reader
    is_first: bool = False
    due_at: datetime | None = None
    answered_at: datetime | None = None
    began_at: datetime | None = None
    _known: tuple[Reading, ...] = field(default=())

    def known(self, at: datetime) -> tuple[Reading, ...]:
        """Return what it brought of late; older figures are none."""
        return () if self._is_silent(at) else self._known

    def is_due(self, at: datetime) -> bool:
        """Whether it is time to ask again."""
        return self.due_at is None or at >= self.due_at

    async def ask(self, at: datetime) -> None:
        """Ask, and keep what it brought; raises ``ClientError``."""
        self.began_at = self.began_at or at
        # Set first: a failure waits for its turn like everybody else.
        self.due_at = at + self.every
        self._known = await self.read(at)
        self.answered_at = at

    def excused(self, at: datetime) -> frozenset[str]:
        """Return the readings whose absence means nothing now."""
        return frozenset() if self.is_first or self._is_silent(at) else self.names

    def _is_silent(self, at: datetime) -> bool:
        since = self.answered_at or self.began_at or at
        return at - since > 3 * self.every
