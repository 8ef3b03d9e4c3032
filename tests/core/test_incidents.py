"""The life of an incident: what opens, changes, ends and reopens it, and what changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.core.identity import received
from relay.core.incidents import Past, Policy, Reason, apply
from relay.core.model import Change, ChangeKind, Event, Incident, Labels, Severity, labels
from relay.core.telling import story
from tests.building import HOUR, MINUTE, NOON, SECOND, event
from tests.core.storying import moment

OK, INFO, WARNING, CRITICAL = Severity.OK, Severity.INFO, Severity.WARNING, Severity.CRITICAL
POLICY = Policy(reopen_within=10 * MINUTE, late_after=5 * MINUTE)


@dataclass
class Life:
    """One trouble as the store would remember it: its incidents, newest last, and its newest news."""

    past: Past = field(default_factory=Past)
    incidents: dict[str, Incident] = field(default_factory=dict)
    outcomes: list[ChangeKind | Reason] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    def take(self, one: Event) -> ChangeKind | Reason:
        decided = apply(self.past, one, POLICY)
        newest = self.past.newest_at
        if one.severity is not INFO and (newest is None or one.known_at > newest):
            newest = one.known_at
        incident = self.past.incident
        if isinstance(decided, Change):
            self.incidents[decided.incident.id] = decided.incident
            self.changes.append(decided)
            if incident is None or not incident.is_open or incident.id == decided.incident.id:
                incident = decided.incident
        self.past = Past(incident, newest)
        self.outcomes.append(decided.kind if isinstance(decided, Change) else decided)
        return self.outcomes[-1]


def lived(*events: Event) -> Life:
    life = Life()
    for one in events:
        life.take(one)
    return life


OPENED, REOPENED, ESCALATED = ChangeKind.OPENED, ChangeKind.REOPENED, ChangeKind.ESCALATED
EASED, UPDATED, RESOLVED = ChangeKind.EASED, ChangeKind.UPDATED, ChangeKind.RESOLVED
NOTICED = ChangeKind.NOTICED


@pytest.mark.parametrize(
    ("events", "outcomes"),
    [
        ([(0, OK)], [Reason.NOTHING_OPEN]),
        ([(0, INFO)], [Reason.NOTED]),
        ([(0, WARNING), (1, OK)], [OPENED, RESOLVED]),
        ([(0, WARNING), (1, WARNING), (2, OK)], [OPENED, UPDATED, RESOLVED]),
        ([(0, WARNING), (1, CRITICAL), (2, WARNING), (3, OK)], [OPENED, ESCALATED, EASED, RESOLVED]),
        ([(0, WARNING), (1, OK), (2, OK)], [OPENED, RESOLVED, Reason.NOTHING_OPEN]),
        ([(0, WARNING), (1, INFO), (2, OK)], [OPENED, Reason.NOTED, RESOLVED]),
        ([(0, WARNING), (1, OK), (11, CRITICAL)], [OPENED, RESOLVED, REOPENED]),  # ten minutes are within
        ([(0, WARNING), (1, OK), (12, WARNING)], [OPENED, RESOLVED, OPENED]),
        # What was overtaken changes nothing.
        ([(5, WARNING), (4, OK)], [OPENED, Reason.SUPERSEDED]),
        ([(5, WARNING), (6, OK), (5, CRITICAL)], [OPENED, RESOLVED, Reason.SUPERSEDED]),
        (
            [(1, OK), (0, WARNING)],
            [Reason.NOTHING_OPEN, Reason.SUPERSEDED],
        ),  # the end came before the beginning
        ([(5, INFO), (4, WARNING)], [Reason.NOTED, OPENED]),  # information is no news
        # At the same moment, the order of arrival counts.
        ([(0, WARNING), (0, OK)], [OPENED, RESOLVED]),
        ([(0, OK), (0, WARNING)], [Reason.NOTHING_OPEN, OPENED]),
        ([(0, WARNING), (1, OK), (1, WARNING)], [OPENED, RESOLVED, REOPENED]),
    ],
)
def test_what_events_change(
    events: Sequence[tuple[int, Severity]], outcomes: Sequence[ChangeKind | Reason]
) -> None:
    """Minutes and severities in the order of arrival, all of which arrive by 12:20."""
    arrive = NOON + 20 * MINUTE
    assert (
        lived(
            *(
                event(severity, NOON + minute * MINUTE, received_at=min(arrive, NOON + (minute + 4) * MINUTE))
                for minute, severity in events
            )
        ).outcomes
        == outcomes
    )


def test_warning_critical_warning_ok_is_one_incident_with_one_story() -> None:
    life = lived(
        event(WARNING, NOON),
        event(WARNING, NOON + MINUTE),
        event(CRITICAL, NOON + 2 * MINUTE),
        event(WARNING, NOON + 3 * MINUTE),
        event(OK, NOON + 4 * MINUTE),
    )
    assert len(life.incidents) == 1
    told = story([moment(change) for change in life.changes])
    assert [(one.sequence, one.before, one.severity) for one in told] == [
        (1, OK, WARNING),
        (3, WARNING, CRITICAL),  # the repeat in between changed nothing that is true
        (4, CRITICAL, WARNING),
        (5, WARNING, OK),
    ]
    incident = life.past.incident
    assert incident is not None
    assert (incident.severity, incident.peak) == (OK, CRITICAL)
    assert (incident.opened_at, incident.resolved_at) == (NOON, NOON + 4 * MINUTE)


def test_the_end_keeps_what_the_trouble_was() -> None:
    life = lived(
        event(CRITICAL, NOON, value=95.0, threshold=90.0, unit="%", labels=labels({"team": "shop"})),
        event(OK, NOON + MINUTE, threshold=None, unit=""),
    )
    incident = life.past.incident
    assert incident is not None
    assert (incident.value, incident.threshold, incident.unit) == (95.0, 90.0, "%")
    assert dict(incident.labels)["team"] == "shop"
    assert incident.title == event().title


def test_labels_and_facts_of_an_open_incident_only_grow() -> None:
    """Routes match by labels: who heard of the trouble must hear of its end."""

    def both(pairs: dict[str, str]) -> dict[str, Labels]:
        return {"labels": labels(pairs), "facts": labels(pairs)}

    life = lived(
        event(WARNING, NOON, **both({"team": "shop", "commit": "a"})),
        event(CRITICAL, NOON + MINUTE, **both({"commit": "b", "zone": "par"})),
        event(OK, NOON + 2 * MINUTE, **both({})),
    )
    incident = life.past.incident
    assert incident is not None
    for pairs in (incident.labels, incident.facts):
        assert pairs == (("commit", "b"), ("team", "shop"), ("zone", "par"))


def test_a_momentary_event_opens_and_closes_at_once_each_time() -> None:
    life = lived(event(WARNING, NOON, momentary=True), event(WARNING, NOON + MINUTE, momentary=True))
    assert life.outcomes == [NOTICED, NOTICED]
    assert len(life.incidents) == 2
    assert all(not incident.is_open for incident in life.incidents.values())


def test_momentary_trouble_has_no_order_and_no_bearing_on_what_is_open() -> None:
    life = lived(
        event(CRITICAL, NOON),
        event(WARNING, NOON - MINUTE, received_at=NOON, momentary=True),
        event(OK, NOON + MINUTE),
    )
    assert life.outcomes == [OPENED, NOTICED, RESOLVED]


def test_an_old_momentary_end_ends_nothing() -> None:
    life = lived(event(CRITICAL, NOON), event(OK, NOON - MINUTE, received_at=NOON, momentary=True))
    assert life.outcomes == [OPENED, Reason.SUPERSEDED]


def test_lasting_trouble_after_a_momentary_one_comes_from_nothing() -> None:
    life = lived(event(WARNING, NOON, momentary=True), event(WARNING, NOON + MINUTE))
    assert life.outcomes[-1] is REOPENED
    assert life.changes[-1].before is OK  # so that its story tells it
    assert life.past.incident is not None
    assert life.past.incident.is_open


def test_a_late_event_opens_an_incident_that_says_so_and_reopens_none() -> None:
    late = event(WARNING, NOON + 5 * MINUTE, id="late", received_at=NOON + 11 * MINUTE)
    life = lived(event(WARNING, NOON), event(OK, NOON + MINUTE), late)
    assert life.outcomes[-1] is OPENED
    incident = life.past.incident
    assert incident is not None
    assert (incident.late, incident.id) == (True, received(late.received_at, "late"))
    assert incident.follows == received(NOON, event(WARNING, NOON).id)


def test_five_minutes_old_is_not_late() -> None:
    change = apply(Past(), event(received_at=NOON + 5 * MINUTE), POLICY)
    assert isinstance(change, Change)
    assert not change.incident.late


def test_a_repeated_state_is_as_new_as_its_repeat() -> None:
    """Alertmanager's kind of sender says "firing since noon" at two: that is news of two o'clock."""
    at = NOON + 2 * HOUR
    life = lived(
        event(WARNING, NOON + HOUR, fingerprint="x"), event(WARNING, NOON, as_of=at, received_at=at, id="b")
    )
    assert life.outcomes == [OPENED, UPDATED]
    fresh = lived(event(WARNING, NOON, as_of=at, received_at=at))
    assert fresh.past.incident is not None
    assert not fresh.past.incident.late
    assert fresh.past.incident.opened_at == NOON


def test_an_end_before_its_beginning_is_no_negative_duration() -> None:
    life = lived(
        event(WARNING, NOON), event(OK, NOON - MINUTE, as_of=NOON + MINUTE, received_at=NOON + MINUTE)
    )
    assert life.past.incident is not None
    assert life.past.incident.resolved_at == NOON


def test_ends_at_is_the_newest_reports() -> None:
    life = lived(
        event(WARNING, NOON, ends_at=NOON + HOUR),
        event(WARNING, NOON + MINUTE, ends_at=NOON + 2 * HOUR),
    )
    assert life.past.incident is not None
    assert life.past.incident.ends_at == NOON + 2 * HOUR
    life.take(event(OK, NOON + 2 * MINUTE))
    assert life.past.incident.ends_at is None


def test_after_the_clock_was_set_back_news_is_still_news() -> None:
    """What is known of the future orders nothing: an hour of alerts would be lost until the clock caught up."""
    life = lived(event(WARNING, NOON + HOUR), event(OK, NOON))
    assert life.outcomes == [OPENED, RESOLVED]


severities = st.sampled_from([OK, INFO, WARNING, WARNING, CRITICAL])
arrivals = st.lists(
    st.tuples(st.integers(0, 40), severities, st.integers(0, 20), st.booleans(), st.booleans()), max_size=30
)


def _arrived(rows: Sequence[tuple[int, Severity, int, bool, bool]]) -> list[Event]:
    """Events in the order of arrival, each up to twenty minutes late."""
    events, now = [], NOON
    for number, (pause, severity, age, momentary, as_of) in enumerate(rows):
        now += pause * 30 * SECOND
        at = now - age * MINUTE
        events.append(
            event(
                severity,
                at,
                id=str(number),
                received_at=now,
                momentary=momentary and number % 3 == 0,
                as_of=now if as_of else None,
            )
        )
    return events


@given(arrivals)
def test_laws_of_any_sequence(rows: Sequence[tuple[int, Severity, int, bool, bool]]) -> None:
    life = Life()
    for one in _arrived(rows):
        before = life.past
        outcome = life.take(one)
        open_ones = [incident for incident in life.incidents.values() if incident.is_open]
        assert len(open_ones) <= 1
        if before.newest_at is not None and one.known_at < before.newest_at:
            # Nothing older changes anything; momentary trouble has no order.
            assert isinstance(outcome, Reason) or outcome is NOTICED
        if isinstance(outcome, Reason):
            assert life.past.incident == before.incident
            continue
        if before.incident is not None and before.incident.is_open and outcome is NOTICED:
            assert life.past.incident == before.incident  # it has no bearing on what is open
        change = life.changes[-1]
        incident = change.incident
        assert incident.peak >= incident.severity
        assert incident.resolved_at is None or incident.resolved_at >= incident.opened_at
        assert (incident.severity is OK) == (outcome is RESOLVED)
        assert (outcome is UPDATED) == (change.before is incident.severity)
        assert incident.is_open == (outcome not in (RESOLVED, NOTICED))
        if before.incident is not None and incident.id == before.incident.id:
            assert incident.sequence == before.incident.sequence + 1
            assert incident.peak >= before.incident.peak
        else:
            assert incident.sequence == 1
            assert incident.follows == (before.incident.id if before.incident else None)


@given(arrivals, st.integers(0, 29))
def test_a_sequence_and_its_delayed_copies_end_the_same(
    rows: Sequence[tuple[int, Severity, int, bool, bool]], which: int
) -> None:
    """A copy of an old event that comes at the end, under another id, changes nothing."""
    events = _arrived(rows)
    life = lived(*events)
    copies = [
        one
        for one in events[which : which + 1]
        if life.past.newest_at and one.known_at < life.past.newest_at and not one.momentary
    ]
    for copy in copies:
        known = life.past.incident
        life.take(replace(copy, id="copy", received_at=events[-1].received_at + timedelta(hours=1)))
        assert life.past.incident == known
