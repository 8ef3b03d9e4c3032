"""A change as the moment that the store makes of it."""

from __future__ import annotations

from relay.core.model import Change, Moment


def moment(change: Change) -> Moment:
    """Return the line of the timeline that keeps ``change``."""
    return Moment(
        sequence=change.sequence,
        at=change.event.received_at,
        kind=change.kind,
        severity=change.incident.severity,
        before=change.before,
        summary=change.event.summary,
        value=change.event.value,
    )
