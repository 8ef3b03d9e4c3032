"""Storms: more messages a minute to one channel than a person reads become one digest of them.

The rule: a digest folds, it never drops. What it tells, and each delivery that it told, stays in the ledger.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from relay.core.identity import digest
from relay.core.model import ChangeKind, Incident, Moment, Notification, Severity
from relay.core.text import Text, text

# More deliveries a minute than this to one channel are a storm, where its settings say nothing.
LIMIT = 20
WINDOW = timedelta(minutes=1)
# In a storm a channel gathers for so long before its next message.
GATHER = timedelta(seconds=15)
# How many deliveries one digest tells, and how many incidents it names.
MOST = 500
NAMED = 10


@dataclass(frozen=True, slots=True)
class Rate:
    """How many deliveries a channel was told: in the minute that began at ``begun_at``, and in the one before."""

    begun_at: datetime
    now: int = 0
    before: int = 0

    def add(self, number: int, at: datetime) -> Rate:
        """Count ``number`` more."""
        here = self._at(at)
        return Rate(here.begun_at, here.now + number, here.before)

    def a_minute(self, at: datetime) -> float:
        """Return how many there were within the last minute, the part of the minute before taken as even.

        >>> from datetime import UTC
        >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
        >>> Rate(noon, 30).a_minute(noon + timedelta(seconds=90))
        15.0
        """
        here = self._at(at)
        return here.now + here.before * (1 - (at - here.begun_at) / WINDOW)

    def _at(self, at: datetime) -> Rate:
        age = at - self.begun_at
        # A clock that was set back begins anew.
        if timedelta(0) <= age < WINDOW:
            return self
        return Rate(self.begun_at + WINDOW, 0, self.now) if WINDOW <= age < 2 * WINDOW else Rate(at)


def is_storm(rate: Rate, waiting: int, limit: int, at: datetime) -> bool:
    """Whether what waits and what was told within the last minute are together more than ``limit``."""
    return waiting + rate.a_minute(at) > limit


@dataclass(frozen=True, slots=True)
class Entry:
    """One incident in a digest: how it stands, what is told of it, and since when that waits."""

    incident: Incident
    kinds: tuple[ChangeKind, ...]
    since: datetime


def compose(entries: Sequence[Entry], delivery: str, at: datetime, link: str) -> Notification:
    """Return the one message that tells them all; ``delivery`` is the one that it is sent as."""
    ordered = sorted(
        entries,
        key=lambda entry: (-entry.incident.severity, -entry.incident.peak, entry.since, entry.incident.id),
    )
    worst = ordered[0].incident.severity
    begun = min(entry.since for entry in entries)
    summary = text("storm.summary", counts=_counts(ordered), names=_named(ordered))
    incident = Incident(
        id=delivery,
        fingerprint=f"relay/digest/{digest(*(entry.incident.id for entry in ordered))}",
        severity=worst,
        peak=max(entry.incident.peak for entry in entries),
        source="relay",
        kind="digest",
        target="",
        title=_title(ordered, max(at - begun, timedelta(seconds=1))),
        summary=summary,
        opened_at=begun,
        updated_at=at,
        sequence=1,
        resolved_at=at,
    )
    moment = Moment(1, at, ChangeKind.NOTICED, worst, Severity.OK, summary)
    return Notification(
        id=delivery, incident=incident, moments=(moment,), at=at, link=link, told=len(entries)
    )


def _title(entries: Sequence[Entry], span: timedelta) -> Text:
    opened = sum(ChangeKind.OPENED in entry.kinds or ChangeKind.NOTICED in entry.kinds for entry in entries)
    over = sum(ChangeKind.RESOLVED in entry.kinds for entry in entries)
    if opened == len(entries) and not over:
        return text("storm.opened", count=opened, span=span)
    if over == len(entries) and not opened:
        return text("storm.over", count=over, span=span)
    return text("storm.mixed", count=len(entries), opened=opened, over=over, span=span)


def _counts(entries: Sequence[Entry]) -> Text:
    found = Counter(entry.incident.severity for entry in entries)
    counts = [
        text(f"storm.count.{severity.word}", count=found[severity])
        for severity in sorted(found, reverse=True)
        if found[severity]
    ]
    return _joined(counts, "storm.and")


def _named(entries: Sequence[Entry]) -> Text:
    lines = [
        text("storm.line", severity=entry.incident.severity.text, title=entry.incident.title)
        for entry in entries[:NAMED]
    ]
    if len(entries) > NAMED:
        lines.append(text("message.more", count=len(entries) - NAMED))
    return _joined(lines, "storm.next")


def _joined(parts: Sequence[Text], key: str) -> Text:
    whole = parts[-1]
    for part in reversed(parts[:-1]):
        whole = text(key, first=part, rest=whole)
    return whole
