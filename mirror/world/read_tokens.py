"""Read tokens of the metrics store: for an owner, or for one resource."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

FIVE_DAYS = timedelta(days=5)


@dataclass(frozen=True, slots=True)
class ReadToken:
    """What a token opens, and until when."""

    token: str
    owner_id: str
    resource_id: str | None
    applications: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
