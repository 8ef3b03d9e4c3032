"""From an incident to a reader: how each route answers, which silence covers it, and what became of its deliveries.

The rule: of an incident what is stored is told; where there was none, what the configuration would do with one is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from relay.core import engine
from relay.core.delivery import Delivery
from relay.core.detectors import Detector, Verdict
from relay.core.detectors.anomaly import Anomaly
from relay.core.incidents import Past, Policy, apply
from relay.core.matching import incident_labels
from relay.core.model import Change, Incident, Labels, Sample, Series, Severity
from relay.core.reruns import as_of
from relay.core.routing import Answer, Route, Silence
from relay.core.rules import Rule
from relay.store.transactions import ReadTransaction

MINUTE = timedelta(minutes=1)
# Of a long incident the newest.
MOST_DELIVERIES = 20

# A route, what it answers, and until when its quiet hours hold the message.
Answers = tuple[tuple[Route, Answer, datetime | None], ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What the configuration says now: rules, routes, silences, and when trouble is the same trouble.

    ``labels`` are those of each target, by its name.
    """

    rules: Sequence[Rule]
    routes: Sequence[Route]
    silences: Sequence[Silence]
    policy: Policy
    labels: Mapping[str, Labels] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Road:
    """What became of an incident: how each route answers, which silence covered it, and its deliveries as they stand."""

    incident: Incident
    rule: Labels
    silences: tuple[Silence, ...]
    answers: Answers
    deliveries: tuple[Delivery, ...]


@dataclass(frozen=True, slots=True)
class Prospect:
    """What would have become of an incident that there was not, at the worst that its rule can say."""

    severity: Severity
    silences: tuple[Silence, ...]
    answers: Answers


def road(tx: ReadTransaction, fingerprint: str, known: Known, end: datetime) -> Road | None:
    """Return what became of the trouble's incident, if it was open in the minute before ``end``."""
    last = tx.last_of(fingerprint, end)
    then = None if last is None else as_of(last, tx.every_moment(last.id), end)
    if then is None or (then.resolved_at is not None and then.resolved_at < end - MINUTE):
        return None
    event = tx.event_of(then.id, 1)
    return Road(
        incident=then,
        rule=() if event is None else event.rule,
        silences=_silences(then, known, end - MINUTE),
        answers=_answers(then, known, end - MINUTE),
        deliveries=tuple(tx.deliveries(then.id, 1, then.sequence)[-MOST_DELIVERIES:]),
    )


def prospect(rule: Rule, series: Series, known: Known, at: datetime) -> Prospect | None:
    """Return what would have become of an incident of ``rule`` at ``at``; None where it opens none."""
    worst = _worst(rule.detector)
    if worst is Severity.INFO:
        return None
    event = rule.event(series, Sample(at, 0.0), Verdict(worst, at, None, ""), at)
    decided = apply(Past(), engine.labelled(event, known.labels.get(series.target, ())), known.policy)
    assert isinstance(decided, Change)
    incident = decided.incident
    return Prospect(worst, _silences(incident, known, at), _answers(incident, known, at))


def _worst(detector: Detector) -> Severity:
    if isinstance(detector, Anomaly):
        return detector.severity
    return max((level.severity for level in detector.levels), default=Severity.CRITICAL)


def _silences(incident: Incident, known: Known, at: datetime) -> tuple[Silence, ...]:
    return tuple(one for one in known.silences if one.covers(incident, at))


def _answers(incident: Incident, known: Known, at: datetime) -> Answers:
    labels = incident_labels(incident)
    return tuple(
        (route, route.answer(incident, labels), route.quiet.until(at) if route.quiet else None)
        for route in known.routes
    )
