"""Holes in the measurements: times in which none, or only some, of the samples were kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mirror.world.identifiers import chance


@dataclass(frozen=True, slots=True)
class Hole:
    """A time in which a share of the samples was kept, of one resource or of all."""

    since: datetime
    until: datetime
    kept: float = 0
    resource_id: str | None = None

    def swallows(self, resource_id: str, at: datetime) -> bool:
        """Whether the sample of that time is lost."""
        return (
            self.since <= at < self.until
            and self.resource_id in (None, resource_id)
            and chance("hole", resource_id, int(at.timestamp())) >= self.kept
        )
