"""From what the store holds to what the API answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from relay.core.delivery import Delivery
from relay.core.model import Incident, Moment, Receipt
from relay.core.text import Text
from relay.store.deliveries import Attempt
from relay.store.events import Recorded
from relay.web.found_by import FoundBy
from relay.web.records import (
    ChangeRecord,
    DeliveryRecord,
    EventRecord,
    IncidentDetail,
    IncidentRecord,
    ReceiptRecord,
    TargetRecord,
)
from relay.web.standing import Measured, Standing
from relay.web.timeline import Came, Changed, Queued, Timeline, Tried
from relay.web.words import told


def incident_record(incident: Incident) -> IncidentRecord:
    """Return an incident."""
    return IncidentRecord.model_validate(_incident(incident))


def incident_detail(
    incident: Incident, story: Timeline, follower: Incident | None, rule: FoundBy | None
) -> IncidentDetail:
    """Return an incident with a part of its story."""
    tried: dict[str, list[Attempt]] = {}
    for entry in story.entries:
        if isinstance(entry, Tried):
            tried.setdefault(entry.delivery.id, []).append(entry.attempt)
    return IncidentDetail.model_validate(
        _incident(incident)
        | {
            "followed_by": follower.id if follower is not None else None,
            "timeline": [_change(entry.moment) for entry in story.entries if isinstance(entry, Changed)],
            "events": [event_record(entry.recorded) for entry in story.entries if isinstance(entry, Came)],
            "deliveries": [
                delivery_record(delivery, tried)
                for entry in story.entries
                if isinstance(entry, Queued)
                for delivery in entry.deliveries
            ],
            "before": story.before,
            "rule": _rule(rule) if rule is not None else None,
        }
    )


def event_record(recorded: Recorded) -> EventRecord:
    """Return an event and what became of it."""
    event = recorded.event
    return EventRecord.model_validate(
        {
            "id": event.id,
            "receipt": recorded.receipt_id,
            "incident": recorded.incident_id,
            "outcome": recorded.outcome,
            "severity": event.severity.word,
            "source": event.source,
            "kind": event.kind,
            "target": event.target,
            "title": told(event.title),
            "summary": told(event.summary),
            "occurred_at": event.occurred_at,
            "received_at": event.received_at,
        }
    )


def delivery_record(delivery: Delivery, tried: Mapping[str, Sequence[Attempt]]) -> DeliveryRecord:
    """Return a delivery with its attempts."""
    return DeliveryRecord.model_validate(
        {
            "id": delivery.id,
            "sequence": delivery.sequence,
            "channel": delivery.channel,
            "state": delivery.state.value,
            "created_at": delivery.created_at,
            "due_at": delivery.due_at,
            "failures": delivery.failures,
            "held": delivery.held,
            "reason": _reason(delivery.reason),
            "instead_of": delivery.instead_of,
            "told_with": delivery.told_with,
            "attempts": [_attempt(attempt) for attempt in tried.get(delivery.id, ())],
        }
    )


def target_record(standing: Standing) -> TargetRecord:
    """Return how a target stands."""
    return TargetRecord.model_validate(
        {
            "name": standing.target.name,
            "source": standing.target.source,
            "every_seconds": standing.target.every.total_seconds(),
            "state": standing.life.value,
            "severity": standing.severity.word,
            "read_at": standing.read_at,
            "since": standing.since,
            "misses": standing.misses,
            "reason": told(standing.reason) if standing.reason is not None else None,
            "metrics": [_metric(measured) for measured in standing.measured],
        }
    )


def receipt_record(
    receipt: Receipt, events: Sequence[Recorded], deliveries: Sequence[DeliveryRecord]
) -> ReceiptRecord:
    """Return a request and what became of it."""
    return ReceiptRecord.model_validate(
        {
            "id": receipt.id,
            "intake": receipt.intake,
            "received_at": receipt.received_at,
            "content_type": receipt.content_type,
            "bytes": len(receipt.body),
            "note": receipt.note,
            "events": [event_record(recorded) for recorded in events],
            "incidents": sorted({recorded.incident_id for recorded in events if recorded.incident_id}),
            "deliveries": list(deliveries),
        }
    )


def _incident(incident: Incident) -> dict[str, object]:
    return {
        "id": incident.id,
        "state": "open" if incident.is_open else "over",
        "severity": incident.severity.word,
        "peak": incident.peak.word,
        "source": incident.source,
        "kind": incident.kind,
        "target": incident.target,
        "title": told(incident.title),
        "summary": told(incident.summary),
        "opened_at": incident.opened_at,
        "updated_at": incident.updated_at,
        "resolved_at": incident.resolved_at,
        "value": incident.value,
        "threshold": incident.threshold,
        "unit": incident.unit,
        "labels": dict(incident.labels),
        "facts": dict(incident.facts),
        "changes": incident.sequence,
        "late": incident.late,
        "follows": incident.follows,
        "deployment": told(incident.deployment) if incident.deployment is not None else None,
    }


def _rule(rule: FoundBy) -> dict[str, object]:
    return {
        "name": rule.name,
        "kind": rule.kind,
        "metric": rule.metric,
        "settings": dict(rule.settings),
        "file": rule.origin.file if rule.origin else None,
        "line": rule.origin.line if rule.origin else None,
        "config": rule.origin.digest if rule.origin else None,
    }


def _change(moment: Moment) -> ChangeRecord:
    return ChangeRecord.model_validate(
        {
            "sequence": moment.sequence,
            "at": moment.at,
            "kind": moment.kind.value,
            "severity": moment.severity.word,
            "before": moment.before.word,
            "summary": told(moment.summary),
            "value": moment.value,
        }
    )


def _reason(reason: Text | None) -> str:
    return "" if reason is None else told(reason)


def _attempt(attempt: Attempt) -> dict[str, object]:
    return {
        "number": attempt.number,
        "at": attempt.at,
        "outcome": attempt.outcome,
        "status": attempt.status,
        "milliseconds": round(attempt.took / timedelta(milliseconds=1)),
        "retry_after_seconds": attempt.retry_after.total_seconds() if attempt.retry_after else None,
        "reason": _reason(attempt.reason),
    }


def _metric(measured: Measured) -> dict[str, object]:
    latest = measured.latest
    return {
        "metric": latest.series.metric,
        "labels": dict(latest.series.labels),
        "unit": latest.unit,
        "value": latest.sample.value,
        "at": latest.sample.at,
        "severity": measured.severity.word,
        "incident": measured.incident_id,
        "thresholds": [
            {"severity": level.severity.word, "enter": level.enter, "leave": level.leave}
            for level in measured.levels
        ],
    }
