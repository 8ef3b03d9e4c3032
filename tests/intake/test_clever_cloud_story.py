"""One deployment's deliveries, in any order, make one incident and its right end."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.core.incidents import Past, Policy, apply
from relay.core.model import Change, ChangeKind, Event, Incident, Severity
from relay.intake.clever_cloud import Settings

INTAKE = Settings(format="clever-cloud").build()
APP = "app_7c2e9d04-1b66-4f0e-8a35-5d1f0c9b2a22"
START = datetime(2026, 6, 15, 8, 30, tzinfo=UTC)


def delivery(
    event: str, seconds: int, state: str = "", cause: str = "Git", uuid: str = "deployment_1"
) -> bytes:
    """Return a body of shape A; results name no deployment, as on the real platform."""
    data = {"appId": APP}
    if event.startswith("DEPLOYMENT_ACTION"):
        data |= {"uuid": uuid, "state": state, "action": "DEPLOY", "cause": cause}
    date = int((START + timedelta(seconds=seconds)).timestamp() * 1_000)
    return json.dumps({"event": event, "date": date, "data": json.dumps(data)}).encode()


BEGIN = delivery("DEPLOYMENT_ACTION_BEGIN", 0, "WIP")
FAIL = delivery("DEPLOYMENT_FAIL", 60)
END_FAIL = delivery("DEPLOYMENT_ACTION_END", 95, "FAIL")
RETRY = delivery("DEPLOYMENT_ACTION_BEGIN", 120, "WIP", uuid="deployment_2")
SUCCESS = delivery("DEPLOYMENT_SUCCESS", 180)
END_OK = delivery("DEPLOYMENT_ACTION_END", 185, "OK", uuid="deployment_2")
STORY = (BEGIN, FAIL, END_FAIL, RETRY, SUCCESS, END_OK)


class Ledger:
    """What the store keeps of each trouble, and no more: seen ids, its newest incident, its newest telling event."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self.past: dict[str, Past] = {}
        self.changes: list[Change] = []

    def receive(self, bodies: Sequence[bytes]) -> "Ledger":
        for second, body in enumerate(bodies):
            for event in INTAKE.parse(body, {}, START + timedelta(minutes=4, seconds=second)).events:
                self._keep(event)
        return self

    def _keep(self, event: Event) -> None:
        if event.id in self.seen:
            return
        self.seen.add(event.id)
        past = self.past.get(event.fingerprint, Past())
        change = apply(past, event, Policy())
        incident = past.incident
        if isinstance(change, Change):
            self.changes.append(change)
            incident = change.incident
        newest = past.newest_at
        if event.severity is not Severity.INFO:
            newest = max(filter(None, (newest, event.known_at)))
        self.past[event.fingerprint] = Past(incident, newest)

    @property
    def incidents(self) -> dict[str, Incident]:
        return {change.incident.id: change.incident for change in self.changes}


def test_in_order_it_is_one_incident_that_ends() -> None:
    """Both tellings of the failure are one, and both of the success."""
    ledger = Ledger().receive(STORY)
    (incident,) = ledger.incidents.values()
    assert [change.kind for change in ledger.changes] == [
        ChangeKind.OPENED,
        ChangeKind.UPDATED,
        ChangeKind.RESOLVED,
    ]
    assert (incident.opened_at, incident.resolved_at) == (
        START + timedelta(seconds=60),
        START + timedelta(seconds=180),
    )
    # The result names no deployment, its twin does: the incident knows both.
    assert dict(incident.facts)["deployment"] == "deployment_1"


@pytest.mark.parametrize("order", [*permutations(STORY[:5])])
def test_in_any_order_nothing_is_left_open(order: tuple[bytes, ...]) -> None:
    """An old failure never reopens what a newer success has closed."""
    ledger = Ledger().receive(order)
    assert len(ledger.incidents) <= 1
    assert all(not incident.is_open for incident in ledger.incidents.values())
    heard = order.index(SUCCESS) > min(order.index(FAIL), order.index(END_FAIL))
    assert bool(ledger.incidents) is heard


@given(st.lists(st.sampled_from(STORY), min_size=len(STORY)).filter(lambda bodies: {*bodies} == {*STORY}))
def test_repeated_and_reordered_deliveries_change_nothing(bodies: list[bytes]) -> None:
    """At least once, in any order: at most one incident, and none open."""
    ledger = Ledger().receive(bodies)
    assert len(ledger.incidents) <= 1
    assert all(not incident.is_open for incident in ledger.incidents.values())


@pytest.mark.parametrize("order", [*permutations((BEGIN, FAIL, END_FAIL, RETRY))])
def test_a_new_attempt_neither_ends_nor_hides_a_failure(order: tuple[bytes, ...]) -> None:
    """Until it has succeeded, the failure is what is true."""
    (incident,) = Ledger().receive(order).incidents.values()
    assert incident.is_open
    assert incident.severity is Severity.CRITICAL


def test_a_restart_that_fails_is_one_story() -> None:
    """Restarted by the platform, failed, then well again."""
    restart = delivery("DEPLOYMENT_ACTION_BEGIN", 0, "WIP", cause="Monitoring/Unreachable")
    ledger = Ledger().receive([restart, FAIL, SUCCESS])
    assert [change.kind for change in ledger.changes] == [
        ChangeKind.OPENED,
        ChangeKind.ESCALATED,
        ChangeKind.RESOLVED,
    ]
    assert len(ledger.incidents) == 1


@pytest.mark.parametrize("end", [SUCCESS, END_OK, delivery("APPLICATION_REDEPLOY", 150)])
def test_a_stop_ends_when_the_application_is_deployed(end: bytes) -> None:
    """Or when somebody asks for that."""
    ledger = Ledger().receive([delivery("APPLICATION_STOP", 10), end])
    (incident,) = ledger.incidents.values()
    assert incident.fingerprint == f"clever-cloud/{APP}/stopped"
    assert not incident.is_open


def test_a_deleted_application_leaves_no_open_incident() -> None:
    """The deletion is told, and what was open ends."""
    ledger = Ledger().receive([FAIL, delivery("APPLICATION_STOP", 70), delivery("APPLICATION_DELETION", 90)])
    kinds = [change.kind for change in ledger.changes]
    assert kinds == [
        ChangeKind.OPENED,
        ChangeKind.OPENED,
        ChangeKind.NOTICED,
        ChangeKind.RESOLVED,
        ChangeKind.RESOLVED,
    ]
    assert all(not incident.is_open for incident in ledger.incidents.values())
