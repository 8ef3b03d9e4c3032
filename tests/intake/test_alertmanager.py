"""Alerts of Prometheus, Alertmanager and Grafana."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from relay.core.model import Event, Severity
from relay.core.text import Language, say
from relay.intake import BodyError, Parsed, SettingsOfAny
from relay.intake.alertmanager import Settings
from relay.intake.alertmanager.identity import fingerprint
from tests.intake.validity import NOW, parsed

OK, INFO, WARNING, CRITICAL = Severity
# As captured from Prometheus 2.42.
POSTED: Mapping[str, Any] = {
    "annotations": {"summary": "value 42", "runbook_url": "https://runbooks.example/always-on"},
    "endsAt": "2026-06-15T09:03:29.632Z",
    "startsAt": "2026-06-15T08:59:03.632Z",
    "generatorURL": "http://prom:9090/graph?g0.expr=vector%2842%29&g0.tab=1",
    "labels": {"alertname": "AlwaysOn", "cluster": "eu", "instance": "db-1:9100", "severity": "critical"},
}
# As Alertmanager's webhook version 4 writes it; the sender's fingerprint is not asked for.
TOLD: Mapping[str, Any] = {
    "status": "firing",
    "labels": {"alertname": "DiskFull", "instance": "db-1"},
    "annotations": {"description": "95 % of 20 GB"},
    "startsAt": "2026-06-15T08:58:12.579743066Z",
    "endsAt": "0001-01-01T00:00:00Z",
    "generatorURL": "http://prom/graph",
    "fingerprint": "b3e4563725e69b7d",
}
GROUP: Mapping[str, Any] = {
    "version": "4",
    "groupKey": '{}:{alertname="DiskFull"}',
    "truncatedAlerts": 0,
    "status": "firing",
    "receiver": "all",
    "groupLabels": {},
    "commonLabels": {},
    "commonAnnotations": {},
    "externalURL": "http://am:9093",
}


def read(body: object, received_at: datetime = NOW, **settings: Any) -> Parsed:
    said = parsed(Settings(format="alertmanager", **settings).build(), json.dumps(body).encode(), received_at)
    assert isinstance(said, Parsed), said
    return said


def post(changes: Mapping[str, object] = {}, received_at: datetime = NOW, **settings: Any) -> Event:
    return read([{**POSTED, **changes}], received_at, **settings).events[0]


def tell(changes: Mapping[str, object] = {}, received_at: datetime = NOW, **settings: Any) -> Event:
    return read({**GROUP, "alerts": [{**TOLD, **changes}]}, received_at, **settings).events[0]


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"alertname": "DiskFull"}, "744e61ca074bea90"),
        ({"alertname": "DiskFull", "instance": "db-1"}, "fd807b82f98f9135"),
        ({"instance": "db-1", "alertname": "DiskFull"}, "fd807b82f98f9135"),
    ],
)
def test_the_fingerprint_is_alertmanagers(labels: dict[str, str], expected: str) -> None:
    """Figures that Alertmanager 0.25 answers."""
    assert fingerprint(labels) == expected


def test_the_two_forms_name_the_same_trouble() -> None:
    """Labels alone are the identity; empty ones don't count."""
    labels = {"alertname": "DiskFull", "instance": "db-1", "cluster": ""}
    assert post({"labels": labels}).fingerprint == tell().fingerprint == "alertmanager/fd807b82f98f9135"


def test_a_post_of_prometheus() -> None:
    """What each part of it becomes."""
    event = post()
    assert event.severity is CRITICAL
    assert (event.kind, event.target, event.source) == ("AlwaysOn", "db-1:9100", "alertmanager")
    assert say(event.title, Language.ENGLISH) == "AlwaysOn: value 42"
    assert event.occurred_at == datetime(2026, 6, 15, 8, 59, 3, 632_000, tzinfo=UTC)
    assert event.ends_at == datetime(2026, 6, 15, 9, 3, 29, 632_000, tzinfo=UTC)
    assert event.as_of == NOW
    assert dict(event.labels) == POSTED["labels"]
    assert dict(event.facts) == {
        "graph": POSTED["generatorURL"],
        "runbook_url": "https://runbooks.example/always-on",
    }


def test_a_webhook_of_alertmanager() -> None:
    """Nanoseconds are cut, the year 1 is no end."""
    event = tell()
    assert event.severity is WARNING
    assert event.occurred_at == datetime(2026, 6, 15, 8, 58, 12, 579_743, tzinfo=UTC)
    assert event.ends_at is None
    assert event.as_of == NOW
    assert say(event.title, Language.ENGLISH) == "DiskFull"
    assert say(event.summary, Language.ENGLISH) == "95 % of 20 GB"


def test_a_webhook_of_grafana() -> None:
    """Version 1 is the same with more keys."""
    alert = {
        **TOLD,
        "values": {"B": 44.2},
        "dashboardURL": "https://g.example/d/1",
        "panelURL": "",
        "valueString": "x",
    }
    said = read({**GROUP, "version": "1", "orgId": 1, "state": "alerting", "title": "t", "alerts": [alert]})
    assert dict(said.events[0].facts)["dashboard"] == "https://g.example/d/1"


@pytest.mark.parametrize("said", [post, tell])
def test_what_has_ended_resolves(said: Any) -> None:
    """A resolved alert occurred at its end."""
    event = said({"status": "resolved", "endsAt": "2026-06-15T08:59:30Z"})
    assert event.severity is OK
    assert event.occurred_at == datetime(2026, 6, 15, 8, 59, 30, tzinfo=UTC)
    assert event.ends_at is None
    assert say(event.summary, Language.FRENCH) == "Ne se déclenche plus"


def test_a_webhook_says_itself_whether_it_fires() -> None:
    """The clock decides only where no status is given, and in the other form."""
    past = "2026-06-15T08:59:30Z"
    assert tell({"status": "firing", "endsAt": past}).severity is WARNING
    assert tell({"status": "firing", "endsAt": past}).ends_at is None
    assert tell({"status": "resolved", "endsAt": None}).severity is OK
    assert tell({"status": None, "endsAt": past}).severity is OK
    assert tell({"status": None, "endsAt": None}).severity is WARNING


@pytest.mark.parametrize("none", [None, "", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"])
def test_a_post_without_an_end_is_over_after_the_timeout(none: object) -> None:
    """amtool writes the year 1 for both dates."""
    event = post({"startsAt": none, "endsAt": none})
    assert event.occurred_at == NOW
    assert event.ends_at == NOW + timedelta(minutes=5)
    assert post({"endsAt": none}, resolve_timeout=timedelta(hours=1)).ends_at == NOW + timedelta(hours=1)


def test_a_start_in_the_future_is_clamped() -> None:
    """Alertmanager takes one too."""
    assert post({"startsAt": "2026-06-15T09:02:00Z"}).occurred_at == NOW


def test_only_a_past_end_is_an_end() -> None:
    """Without a start the alert started when it ended."""
    assert post({"startsAt": None, "endsAt": "2026-06-15T08:00:00Z"}).severity is OK


@pytest.mark.parametrize(
    ("label", "severity"),
    [
        *(("critical", CRITICAL), ("page", CRITICAL), ("error", CRITICAL), ("CRITICAL ", CRITICAL)),
        *(("warning", WARNING), ("info", INFO), ("none", INFO), ("purple", WARNING)),
        ("ok", INFO),  # what fires is no end, whatever its label says
    ],
)
def test_the_severity_label(label: str, severity: Severity) -> None:
    """Common words, a warning for others."""
    assert post({"labels": {"alertname": "A", "severity": label}}).severity is severity


def test_severities_can_be_chosen() -> None:
    """Label, words and default."""
    labels = {"alertname": "A", "prio": "Ticket", "severity": "critical"}
    assert post({"labels": labels}, severity_label="prio", severities={"ticket": "info"}).severity is INFO
    assert post({"labels": {"alertname": "A"}}, default_severity="critical").severity is CRITICAL


def test_the_target_can_be_chosen() -> None:
    """The first of the labels that is there; without any, the format's name."""
    assert post(target_labels=("nothing", "cluster")).target == "eu"
    assert post(target_labels=()).target == "alertmanager"


def test_an_alert_without_a_name_is_told_by_its_labels() -> None:
    """Alertmanager asks for no name."""
    event = post({"labels": {"job": "api", "zone": "eu"}, "annotations": None})
    assert say(event.title, Language.ENGLISH) == "job=api, zone=eu"
    assert event.kind == "alert"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"labels": None}, "labels: must be an object"),
        ({"labels": {}}, "at least one label pair is required"),
        ({"labels": {"alertname": ""}}, "at least one label pair is required"),
        ({"labels": {"alertname": 7}}, "labels: every value must be a string"),
        ({"labels": {"": "x"}}, "labels: a name is empty"),
        ({"annotations": {"a": 7}}, "annotations: every value must be a string"),
        ({"startsAt": "soon"}, "startsAt: must be a date as in RFC 3339"),
        ({"startsAt": 1781512200}, "startsAt: must be a date as in RFC 3339"),
        ({"endsAt": "2026-06-15T08:00:00Z"}, "the start time must be before the end time"),
    ],
)
def test_a_bad_alert_is_named_and_the_good_ones_are_kept(change: dict[str, object], complaint: str) -> None:
    """Prometheus drops a refused batch: Alertmanager stores the good ones and answers 400, and so do we."""
    for body in (
        [POSTED, {**POSTED, **change}, POSTED],
        {**GROUP, "alerts": [POSTED, {**POSTED, **change}, POSTED]},
    ):
        said = read(body)
        assert len(said.events) == 2
        assert said.rejected == f"alert 1: {complaint}"


def test_missing_labels_and_other_things_are_named() -> None:
    """By their place, ten at most."""
    said = read([{}, 7, None, [], *[{}] * 20, POSTED])
    assert len(said.events) == 1
    assert said.rejected.startswith("alert 0: labels: Field required; alert 1: must be an object; ")
    assert said.rejected.endswith("and 14 more")


@pytest.mark.parametrize("body", [[], None, {**GROUP, "alerts": []}])
def test_no_alerts_are_no_fault(body: object) -> None:
    """Alertmanager answers 200 too."""
    assert read(body) == Parsed((), note="no alerts")


def test_a_truncated_webhook_is_noted() -> None:
    """Some alerts never came."""
    assert "max_alerts" in read({**GROUP, "alerts": [TOLD], "truncatedAlerts": 3}).note


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[", 400),
        (b"7", 400),
        (b'"alerts"', 400),
        (b"{}", 400),
        (b'{"alerts": {}}', 400),
        (json.dumps([POSTED] * 257).encode(), 413),
        (json.dumps({"alerts": [1] * 2_049}).encode(), 413),
    ],
)
def test_other_bodies_are_refused(body: bytes, status: int) -> None:
    """With a status that says whose fault it is."""
    with pytest.raises(BodyError) as raised:
        Settings(format="alertmanager").build().parse(body, {}, NOW)
    assert raised.value.status == status


def test_a_full_batch_is_taken() -> None:
    """Prometheus 3 sends up to 256 alerts."""
    said = read([{**POSTED, "labels": {"alertname": f"A{number}"}} for number in range(256)])
    assert len({event.id for event in said.events}) == 256


def test_a_post_repeated_every_minute_is_the_same_news_with_a_later_end() -> None:
    """Prometheus posts what still fires again and again; the pipeline puts off the incident's end."""
    first, again = post(), post({"endsAt": "2026-06-15T09:04:29.632Z"}, NOW + timedelta(minutes=1))
    assert first.id == again.id
    assert first.ends_at is not None
    assert again.ends_at == first.ends_at + timedelta(minutes=1)


def test_a_post_without_a_start_is_news_of_its_minute() -> None:
    """Nothing else tells one trouble from the next."""
    first, retry, later = (
        post({"startsAt": None}, NOW + timedelta(seconds=seconds)).id for seconds in (0, 20, 60)
    )
    assert first == retry != later


def test_a_post_that_starts_anew_is_news() -> None:
    """It was over in between."""
    assert post().id != post({"startsAt": "2026-06-15T08:59:04.632Z"}).id


def test_a_webhook_repeated_hours_later_is_seen_before() -> None:
    """Alertmanager tells again at every repeat_interval."""
    assert tell().id == tell(received_at=NOW + timedelta(hours=4)).id
    resolved = {"status": "resolved", "endsAt": "2026-06-15T08:59:30Z"}
    assert tell(resolved).id == tell(resolved, NOW + timedelta(hours=4)).id


@pytest.mark.parametrize(
    "change",
    [
        {"startsAt": "2026-06-15T08:59:12Z"},  # it fires anew
        {"status": "resolved", "endsAt": "2026-06-15T08:59:30Z"},
        {"labels": {"alertname": "DiskFull", "instance": "db-2"}},
    ],
)
def test_other_news_has_another_id(change: dict[str, object]) -> None:
    """Labels, status and start tell them apart."""
    assert tell().id != tell(change).id


def test_an_undated_webhook_is_seen_over_the_turn_of_a_minute() -> None:
    """A retry comes within seconds."""
    assert tell({"startsAt": None}).id in tell({"startsAt": None}, NOW + timedelta(seconds=31)).repeats


def test_settings_are_checked() -> None:
    """One key chooses the format, unknown ones are refused."""
    adapter: TypeAdapter[Any] = TypeAdapter(SettingsOfAny)
    assert adapter.validate_python({"format": "alertmanager"}).build().body_limit == 1024 * 1024
    for wrong in (
        {"severity": "x"},
        {"resolve_timeout": 0},
        {"severities": {"a": "ok"}},
        {"default_severity": "ok"},
    ):
        with pytest.raises(ValidationError):
            adapter.validate_python({"format": "alertmanager", **wrong})
