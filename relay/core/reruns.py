"""One trouble's incidents as a table of rules would have made them, and how they compare with what happened.

The rule: the same ``incidents.apply`` that polling uses makes them, and nothing is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from relay.core import incidents
from relay.core.identity import digest
from relay.core.incidents import Past, Policy
from relay.core.model import Change, ChangeKind, Event, Incident, Moment, Severity

# A warning that is over within this time, unheard of, is spared; anything else is missed.
BRIEF = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Life:
    """An incident with the number of its changes within a span of time; equal ``mark``s are equal changes."""

    incident: Incident
    changes: int = 0
    mark: str = ""

    def changed(self, incident: Incident, kind: ChangeKind, at: datetime) -> Life:
        """Return it after one more change."""
        mark = digest(self.mark, kind.value, incident.severity.word, at.isoformat())
        return Life(incident, self.changes + 1, mark)

    @property
    def is_brief(self) -> bool:
        """Whether it was a mere warning, and over soon."""
        over_at = self.incident.resolved_at
        lasted = None if over_at is None else over_at - self.incident.opened_at
        return self.incident.peak <= Severity.WARNING and lasted is not None and lasted <= BRIEF


class Rerun:
    """Takes the events of one trouble in order and keeps the incidents that they make."""

    def __init__(self, policy: Policy, before: Incident | None) -> None:
        """Begin with the trouble's last incident as it was ``before``, open or over; None for none."""
        self._policy = policy
        self._past = Past(before)
        self._lives: dict[str, Life] = {}
        if before is not None and before.is_open:
            self._lives[before.id] = Life(before)

    @property
    def present(self) -> Severity:
        """How bad the trouble is now."""
        incident = self._past.incident
        return incident.severity if incident is not None and incident.is_open else Severity.OK

    @property
    def lives(self) -> Sequence[Life]:
        """The incidents so far, in the order in which they opened."""
        return list(self._lives.values())

    def take(self, event: Event) -> Change | None:
        """Take one event; return what it changed."""
        decided = incidents.apply(self._past, event, self._policy)
        if not isinstance(decided, Change):
            return None
        incident = decided.incident
        self._past = Past(incident, event.known_at)
        known = self._lives.get(incident.id, Life(incident))
        self._lives[incident.id] = known.changed(incident, decided.kind, event.received_at)
        return decided


def as_of(incident: Incident, moments: Iterable[Moment], at: datetime) -> Incident | None:
    """Return an incident as it was just before ``at``, None where it had not opened; ``moments`` are its changes in order."""
    known: Incident | None = None
    for moment in moments:
        if moment.at >= at:
            break
        known = _after(incident, known, moment)
    return known


def life_of(incident: Incident, moments: Iterable[Moment], since: datetime, until: datetime) -> Life | None:
    """Return what happened to a stored incident within a span of time, None where it was not there."""
    life: Life | None = None
    for moment in moments:
        if moment.at >= until:
            break
        known = _after(incident, life.incident if life else None, moment)
        life = replace(life, incident=known) if life else Life(known)
        life = life.changed(known, moment.kind, moment.at) if moment.at >= since else life
    return life


def _after(incident: Incident, before: Incident | None, moment: Moment) -> Incident:
    """Return a stored incident as it was after one of its changes."""
    over = moment.kind in (ChangeKind.RESOLVED, ChangeKind.NOTICED)
    return replace(
        incident,
        severity=moment.severity,
        peak=max(moment.severity, before.peak) if before else moment.severity,
        sequence=moment.sequence,
        summary=moment.summary,
        value=moment.value,
        updated_at=moment.at,
        resolved_at=max(moment.at, incident.opened_at) if over else None,
    )


class Fate(StrEnum):
    """How an incident that happened and one that would have been compare.

    ``SPARED``: only a brief warning went · ``MISSED``: more than that · ``UNKNOWN``: what judged it is not kept any more.
    """

    SAME = "same"
    CHANGED = "changed"
    RAISED = "raised"
    MISSED = "missed"
    SPARED = "spared"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Pair:
    """What happened beside what would have been; one of them may be None."""

    fate: Fate
    happened: Life | None
    would: Life | None

    @property
    def opened_at(self) -> datetime:
        """When the first of both opened."""
        return min(life.incident.opened_at for life in (self.happened, self.would) if life is not None)


def compare(happened: Sequence[Life], would: Sequence[Life], until: datetime) -> Iterator[Pair]:
    """Yield the incidents of one trouble side by side: each with the first one of the other side that overlaps it."""
    left = list(would)
    for life in happened:
        beside = next((other for other in left if _overlap(life, other, until)), None)
        if beside is None:
            yield Pair(Fate.SPARED if life.is_brief else Fate.MISSED, life, None)
            continue
        left.remove(beside)
        yield Pair(Fate.SAME if _is_same(life, beside) else Fate.CHANGED, life, beside)
    yield from (Pair(Fate.RAISED, None, life) for life in left)


def _is_same(one: Life, other: Life) -> bool:
    a, b = one.incident, other.incident
    return (a.opened_at, a.resolved_at, a.peak, one.mark) == (b.opened_at, b.resolved_at, b.peak, other.mark)


def _overlap(one: Life, other: Life, until: datetime) -> bool:
    first, second = one.incident, other.incident
    return first.opened_at <= (second.resolved_at or until) and second.opened_at <= (
        first.resolved_at or until
    )
