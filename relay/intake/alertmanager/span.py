"""When an alert fires and until when, in the two forms that it comes in; and what says "this very news again"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from relay.core.identity import dated
from relay.intake.alertmanager.alert import Alert
from relay.intake.undated import undated


@dataclass(frozen=True, slots=True)
class Span:
    """One report of an alert.

    ``ends_at`` is when a firing one is over unless it is reported again, None where its sender will say so.
    """

    firing: bool
    occurred_at: datetime
    ends_at: datetime | None
    id: str
    repeats: tuple[str, ...] = ()


def told(alert: Alert, fingerprint: str, received_at: datetime) -> Span:
    """Read an alert of the webhook form: its ``status`` says whether it fires, and its end is told."""
    over = alert.ends_at is not None and alert.ends_at <= received_at
    if alert.status == "resolved" or (over and alert.status != "firing"):
        return _over(alert, fingerprint, received_at)
    ends_at = alert.ends_at if not over else None
    if alert.starts_at is None:
        id, repeats = undated("alertmanager", fingerprint, received_at=received_at)
        return Span(True, received_at, ends_at, id, repeats)
    # Told again at every repeat_interval: the same news.
    id = dated(
        alert.starts_at, "alertmanager", fingerprint, "firing", alert.starts_at.isoformat(), _iso(ends_at)
    )
    return Span(True, min(alert.starts_at, received_at), ends_at, id)


def posted(alert: Alert, fingerprint: str, received_at: datetime, timeout: timedelta) -> Span:
    """Read an alert of ``POST /api/v2/alerts``: it fires until its ``endsAt``, by the clock, and is posted again before."""
    if alert.ends_at is not None and alert.ends_at <= received_at:
        return _over(alert, fingerprint, received_at)
    starts_at = alert.starts_at or received_at
    ends_at = alert.ends_at or received_at + timeout
    # Each post moves the end on: the same news, which only puts off its end. Without a start, a minute is one news.
    since = alert.starts_at or received_at.replace(second=0, microsecond=0)
    id = dated(since, "alertmanager", fingerprint, "posted", _iso(since))
    return Span(True, min(starts_at, received_at), ends_at, id)


def _over(alert: Alert, fingerprint: str, received_at: datetime) -> Span:
    if alert.ends_at is None:
        id, repeats = undated(
            "alertmanager", fingerprint, "resolved", _iso(alert.starts_at), received_at=received_at
        )
        return Span(False, received_at, None, id, repeats)
    id = dated(
        alert.ends_at, "alertmanager", fingerprint, "resolved", _iso(alert.starts_at), _iso(alert.ends_at)
    )
    return Span(False, min(alert.ends_at, received_at), None, id)


def _iso(at: datetime | None) -> str:
    return at.isoformat() if at else ""
