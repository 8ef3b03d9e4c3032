"""The life of an incident: an event either changes it, with a named change, or does not, with a named reason."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from relay.core.identity import received
from relay.core.model import Change, ChangeKind, Event, Incident, Labels, Severity, labels

# The fact that names who is to blame.
SUSPECT = "suspect"


class Reason(StrEnum):
    """Why an event changed no incident."""

    SEEN = "seen before"
    SUPERSEDED = "newer news of this trouble came first"
    NOTED = "information only"
    NOTHING_OPEN = "nothing was open to resolve"


@dataclass(frozen=True, slots=True)
class Policy:
    """When a trouble that comes back reopens its incident, and from what age an event counts as late."""

    reopen_within: timedelta = timedelta(minutes=10)
    late_after: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of a trouble: its newest incident, open or over, and as of when its newest event was known.

    Information does not count as news: it changes nothing.
    """

    incident: Incident | None = None
    newest_at: datetime | None = None


def apply(past: Past, event: Event, policy: Policy) -> Change | Reason:
    """Return what ``event`` changes.

    An event that is older than the newest one changes nothing, so a late or reordered delivery can't reopen a trouble.
    News from the future orders nothing: the clock was set back since, and what comes in must not be lost until then.
    Momentary trouble has no order and no bearing on what is open: each of it is told, and so is momentary information.
    """
    if event.severity is Severity.INFO and not event.momentary:
        return Reason.NOTED
    if event.momentary and event.severity is not Severity.OK:
        return _begin(past.incident, event, policy)
    if _overtaken(past.newest_at, event):
        return Reason.SUPERSEDED
    if past.incident is not None and past.incident.is_open:
        return _continue(past.incident, event)
    if event.severity is Severity.OK:
        return Reason.NOTHING_OPEN
    return _begin(past.incident, event, policy)


def _overtaken(newest_at: datetime | None, event: Event) -> bool:
    return newest_at is not None and event.known_at < newest_at <= event.received_at


def _continue(incident: Incident, event: Event) -> Change:
    if event.severity is Severity.OK:
        return _changed(incident, event, ChangeKind.RESOLVED)
    if event.severity > incident.severity:
        return _changed(incident, event, ChangeKind.ESCALATED)
    if event.severity < incident.severity:
        return _changed(incident, event, ChangeKind.EASED)
    return _changed(incident, event, ChangeKind.UPDATED)


def _begin(last: Incident | None, event: Event, policy: Policy) -> Change:
    late = event.received_at - event.known_at > policy.late_after
    if last is not None and not late and not event.momentary and _came_back(last, event, policy):
        return _changed(last, event, ChangeKind.REOPENED)
    opened = _opened(event, follows=last.id if last else None, late=late)
    if event.momentary:
        opened = replace(opened, resolved_at=event.occurred_at)
    return Change(opened, ChangeKind.NOTICED if event.momentary else ChangeKind.OPENED, event, Severity.OK)


def _came_back(last: Incident, event: Event, policy: Policy) -> bool:
    return last.resolved_at is not None and event.known_at - last.resolved_at <= policy.reopen_within


def _opened(event: Event, *, follows: str | None, late: bool) -> Incident:
    return Incident(
        id=received(event.received_at, event.id),
        fingerprint=event.fingerprint,
        severity=event.severity,
        peak=event.severity,
        source=event.source,
        kind=event.kind,
        target=event.target,
        title=event.title,
        summary=event.summary,
        opened_at=event.occurred_at,
        updated_at=event.received_at,
        sequence=1,
        labels=event.labels,
        facts=event.facts,
        value=event.value,
        threshold=event.threshold,
        unit=event.unit,
        ends_at=event.ends_at,
        follows=follows,
        late=late,
    )


def _changed(incident: Incident, event: Event, kind: ChangeKind) -> Change:
    over = kind is ChangeKind.RESOLVED
    after = replace(
        incident,
        severity=event.severity,
        peak=max(incident.peak, event.severity),
        title=incident.title if over else event.title,
        summary=event.summary,
        updated_at=event.received_at,
        sequence=incident.sequence + 1,
        # Kept, as routes match by them: who heard of the trouble hears of its end.
        labels=incident.labels if over else _merged(incident.labels, event.labels),
        facts=_merged(incident.facts, event.facts),
        value=event.value if event.value is not None or not over else incident.value,
        threshold=incident.threshold if over else event.threshold,
        unit=incident.unit if over else event.unit,
        resolved_at=max(event.occurred_at, incident.opened_at) if over else None,
        ends_at=event.ends_at,
    )
    # What was only noticed keeps its severity, though it is over.
    before = incident.severity if incident.is_open else Severity.OK
    return Change(
        after, kind, event, before, names=_suspect(event.facts) not in ("", _suspect(incident.facts))
    )


def _suspect(facts: Labels) -> str:
    return dict(facts).get(SUSPECT, "")


def _merged(known: Labels, said: Labels) -> Labels:
    """Keep what the incident knows and add what the event says: two reports of one failure each know a part."""
    return labels({**dict(known), **dict(said)})
