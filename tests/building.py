"""Values that many tests begin with: one moment, one event, small steps from there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from relay.core.model import Event, Severity
from relay.core.text import verbatim

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def event(severity: Severity = Severity.WARNING, at: datetime = NOON, **other: object) -> Event:
    """Return an event that occurs and arrives at ``at``; its id says its trouble, severity and time."""
    plain = Event(
        id=f"{severity.word}-{at.isoformat()}",
        fingerprint="poll/api/memory",
        severity=severity,
        kind="memory",
        source="poll",
        target="api",
        title=verbatim("Memory"),
        summary=verbatim(f"{severity.word}!"),
        occurred_at=at,
        received_at=at,
    )
    made = replace(plain, **other)  # type: ignore[arg-type]
    return made if "id" in other else replace(made, id=f"{made.fingerprint}-{made.id}")
