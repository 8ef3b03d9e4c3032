"""Who is told of a change, and when: routes, silences and quiet hours.

The rule: a silence or a quiet hour delays, it never loses. Trouble that outlives it is told when it ends.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from relay.core.delivery import Delivery, delivery_id
from relay.core.marks import CANARY
from relay.core.matching import incident_labels, matches
from relay.core.model import Change, ChangeKind, Incident, Labels, Severity

SILENCE = "silence"
QUIET_HOURS = "quiet hours"


@dataclass(frozen=True, slots=True)
class QuietHours:
    """A daily span, which may pass midnight, in which only severities of at least ``except_from`` are told."""

    begin: time
    end: time
    zone: ZoneInfo
    except_from: Severity = Severity.CRITICAL

    def until(self, at: datetime) -> datetime | None:
        """Return when the span that holds ``at`` ends, or None outside of it. A span that begins at its end is empty."""
        if self.begin == self.end:
            return None
        today = at.astimezone(self.zone).date()
        for day in (today - timedelta(days=1), today):
            last = day + timedelta(days=1) if self.end < self.begin else day
            # Compared in UTC: two times of one zone compare by the clock on the wall, which runs twice through an hour.
            begin, end = self._instant(day, self.begin), self._instant(last, self.end)
            if begin <= at < end:
                return end
        return None

    def _instant(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, self.zone).astimezone(UTC)


class Answer(StrEnum):
    """What a route says to an incident."""

    TAKES = "takes"
    TOO_MILD = "too mild"
    OTHER = "other labels"


@dataclass(frozen=True, slots=True)
class Route:
    """Incidents that match ``where`` and whose peak is at least ``at_least`` are told on ``channels``."""

    name: str
    channels: tuple[str, ...]
    where: Labels = ()
    at_least: Severity = Severity.WARNING
    quiet: QuietHours | None = None
    is_canary: bool = False

    def takes(self, incident: Incident, known: Mapping[str, str]) -> bool:
        """Whether this route is about ``incident``, of which ``known`` are the labels."""
        return self.answer(incident, known) is Answer.TAKES

    def answer(self, incident: Incident, known: Mapping[str, str]) -> Answer:
        """Return whether this route takes ``incident``, or why it does not.

        By peak: who heard of the trouble hears of its end.
        """
        # The canary goes its own way, and no other goes it.
        if self.is_canary is not (incident.source == CANARY) or not matches(known, self.where):
            return Answer.OTHER
        return Answer.TAKES if incident.peak >= self.at_least else Answer.TOO_MILD


@dataclass(frozen=True, slots=True)
class Silence:
    """A planned time in which matching incidents are not told."""

    where: Labels
    begins_at: datetime
    ends_at: datetime
    comment: str = ""

    def covers(self, incident: Incident, at: datetime) -> bool:
        """Whether ``incident`` is silenced at ``at``; a sign of life never is."""
        if incident.source == CANARY:
            return False
        return self.begins_at <= at < self.ends_at and matches(incident_labels(incident), self.where)


def plan(
    change: Change,
    routes: Sequence[Route],
    silences: Sequence[Silence],
    at: datetime,
    channels: Collection[str] = (),
) -> list[Delivery]:
    """Return the deliveries of ``change``, one a channel; held ones are due when what holds them ends.

    ``channels`` are all that are configured: where the routes lead a trouble of the relay to the very channel that fails
    and to no other one, it is told on every other one, whatever their routes say.
    """
    # New figures change nothing that a reader does; a name does. A channel tells it as quietly as it can.
    if change.kind is ChangeKind.UPDATED and not change.names:
        return []
    due: dict[str, tuple[datetime, str]] = {}
    known = incident_labels(change.incident)
    for route in routes:
        if route.takes(change.incident, known):
            when = _due(change.incident, route, silences, at)
            for channel in route.channels:
                due[channel] = min(due.get(channel, when), when)
    # The relay's own troubles never go through the destination that fails.
    failing = known.get("failing_channel")
    if failing is not None and due.keys() == {failing}:
        due |= dict.fromkeys(_people(channels, routes), due[failing])
    return [
        Delivery(
            id=delivery_id(change.incident.id, change.sequence, channel),
            incident_id=change.incident.id,
            sequence=change.sequence,
            channel=channel,
            created_at=at,
            due_at=due_at,
            held=held,
        )
        for channel, (due_at, held) in sorted(due.items())
        if channel != failing
    ]


def _people(channels: Collection[str], routes: Sequence[Route]) -> set[str]:
    """Return the channels that somebody reads: not those that only the canary goes to."""
    canary = {channel for route in routes if route.is_canary for channel in route.channels}
    read = {channel for route in routes if not route.is_canary for channel in route.channels}
    return set(channels) - (canary - read)


def untold(change: Change, deliveries: Collection[Delivery]) -> str:
    """Return why nobody is told of a change, nothing where somebody is."""
    if deliveries:
        return ""
    return "an update" if change.kind is ChangeKind.UPDATED and not change.names else "no route"


def _due(incident: Incident, route: Route, silences: Sequence[Silence], at: datetime) -> tuple[datetime, str]:
    """Return when nothing holds the change any more, and what held it first."""
    when, held = at, ""
    # One hold may end within another: a silence in the night, a silence that follows a silence.
    for _ in range(len(silences) + 2):
        until, holder = _hold(incident, route, silences, when)
        if not holder:
            break
        when, held = until, held or holder
    return when, held


def _hold(
    incident: Incident, route: Route, silences: Sequence[Silence], at: datetime
) -> tuple[datetime, str]:
    silenced = [silence.ends_at for silence in silences if silence.covers(incident, at)]
    if silenced:
        return max(silenced), SILENCE
    if route.quiet is not None and incident.severity < route.quiet.except_from:
        until = route.quiet.until(at)
        if until is not None:
            return until, QUIET_HOURS
    return at, ""
