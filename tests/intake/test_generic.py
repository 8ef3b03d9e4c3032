"""Any JSON: what is posted is seen, and mapped where it says what it is."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from relay.core.model import Event, Severity
from relay.core.text import Language, say
from relay.intake import BodyError, Parsed, SettingsOfAny
from relay.intake.generic import Settings
from tests.intake.validity import NOW, parsed

OK, INFO, WARNING, CRITICAL = Severity


def read(body: object, received_at: datetime = NOW, **settings: Any) -> Parsed:
    said = parsed(Settings(format="generic", **settings).build(), json.dumps(body).encode(), received_at)
    assert isinstance(said, Parsed), said
    return said


def event(body: object, received_at: datetime = NOW, **settings: Any) -> Event:
    return read(body, received_at, **settings).events[0]


def title(told: Event) -> str:
    return say(told.title, Language.ENGLISH)


def summary(told: Event) -> str:
    return say(told.summary, Language.ENGLISH)


@pytest.mark.parametrize("body", [{"anything": 1}, {}, {"a": {"b": [1, None]}}, [7], ["text"]])
def test_a_student_sees_whatever_arrives(body: object) -> None:
    """A body that says nothing of a trouble is a warning that stands alone and shows itself."""
    told = event(body)
    assert (told.severity, told.momentary) == (WARNING, True)
    assert title(told) == "A message from generic"
    assert summary(told) == json.dumps(body[0] if isinstance(body, list) else body)


def test_common_names_are_found() -> None:
    """Without any settings."""
    told = event(
        {
            "title": "Memory high",
            "description": "It grows since noon",
            "severity": "CRITICAL",
            "service": "gameshelf-api",
            "timestamp": "2026-06-15T08:30:00Z",
            "value": "86.2",
            "threshold": 85,
            "unit": "%",
            "labels": {"env": "prod", "replicas": 2, "nested": {"no": 1}},
        }
    )
    assert (title(told), summary(told)) == ("Memory high", "It grows since noon")
    assert (told.severity, told.target) == (CRITICAL, "gameshelf-api")
    assert told.occurred_at == datetime(2026, 6, 15, 8, 30, tzinfo=UTC)
    assert (told.value, told.threshold, told.unit) == (86.2, 85, "%")
    assert told.labels == (("env", "prod"), ("replicas", "2"))


def test_one_sentence_is_the_title_and_the_body_its_detail() -> None:
    """The same words are not told twice."""
    told = event({"message": "Backup failed", "job": "nightly"})
    assert title(told) == "Backup failed"
    assert "nightly" in summary(told)


@pytest.mark.parametrize(
    ("body", "severity"),
    [
        ({"severity": "critical"}, CRITICAL),
        ({"level": "error"}, CRITICAL),
        ({"priority": "P3"}, WARNING),
        ({"severity": "info"}, INFO),
        ({"status": "down"}, CRITICAL),
        ({"status": "firing"}, WARNING),
        ({"status": "firing", "severity": "critical"}, CRITICAL),
        ({"status": "resolved", "severity": "critical"}, OK),  # its end, however bad it was
        ({"state": "up"}, OK),
        ({"severity": "ok"}, OK),
        ({"severity": "purple"}, WARNING),
        ({"severity": None, "level": "crit"}, CRITICAL),
        ({"severity": ["critical"]}, WARNING),
    ],
)
def test_severity_and_status(body: dict[str, object], severity: Severity) -> None:
    """Common words, in any case; others are the default."""
    assert event({"key": "k", **body}).severity is severity


def test_a_key_joins_the_beginning_and_the_end() -> None:
    """What has a key is one trouble until its end is told."""
    begun, ended = event({"key": "disk/db-1", "status": "down"}), event({"key": "disk/db-1", "status": "up"})
    assert begun.fingerprint == ended.fingerprint == "generic/key/disk/db-1"
    assert not begun.momentary
    assert (begun.severity, ended.severity) == (CRITICAL, OK)


def test_without_a_key_an_end_ends_nothing() -> None:
    """And no two messages are one trouble."""
    assert event({"status": "up"}).severity is INFO
    assert event({"a": 1}).fingerprint != event({"a": 2}).fingerprint


def test_sources_are_strangers() -> None:
    """Two webhooks may use the same keys."""
    assert event({"key": "k"}, source="kuma").fingerprint == "kuma/key/k"
    assert event({"a": 1}, source="kuma").id != event({"a": 1}).id
    assert event({"a": 1}, source="kuma").target == "kuma"


def test_fields_are_mapped_by_paths() -> None:
    """Dots lead inwards, numbers into lists, and one path or several may be named."""
    body = {
        "monitor": {"name": "Shop", "id": 7},
        "heartbeat": [{"status": 0, "msg": "timeout"}],
        "a.b": "literal",
    }
    told = event(
        body,
        fields={
            "title": "monitor.name",
            "summary": ["nothing.here", "heartbeat.0.msg"],
            "status": "heartbeat.0.status",
            "key": "monitor.id",
            "target": "a.b",
            "labels": "monitor",
        },
        severities={"0": "critical", "1": "ok"},
    )
    assert (title(told), summary(told), told.target) == ("Shop", "timeout", "literal")
    assert (told.severity, told.fingerprint) == (CRITICAL, "generic/key/7")
    assert dict(told.labels) == {"name": "Shop", "id": "7"}


def test_the_default_severity_can_be_chosen() -> None:
    """Who posts much may want less."""
    told = event({"a": 1}, default_severity="info")
    assert (told.severity, told.momentary) == (INFO, False)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "1e999", "86 %", True, [], {}, None, 10**400])
def test_what_is_no_finite_number_is_no_value(value: object) -> None:
    """Charts and comparisons need finite ones."""
    assert event({"value": value}).value is None


def test_an_unreadable_date_is_noted() -> None:
    """The time of receipt is taken, and a date in the future clamped."""
    said = read([{"a": 1}, {"date": "soon"}])
    assert said.note == "item 1: date: not readable, the time of receipt is taken"
    assert {one.occurred_at for one in said.events} == {NOW}
    assert event({"date": "2500-01-01"}).occurred_at == NOW


def test_a_list_is_one_event_an_item() -> None:
    """Up to 256, even equal ones."""
    said = read([{"a": 1}] * 256)
    assert len({one.id for one in said.events}) == 256
    assert read([]) == Parsed((), note="an empty list")


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"payload=%7B%7D", 400, "send a JSON document"),
        (b"it leaks!", 400, "send a JSON document"),
        (b"", 400, "send a JSON document"),
        (b'"text"', 400, "a JSON object or a list"),
        (b"7", 400, "a JSON object or a list"),
        (b"null", 400, "a JSON object or a list"),
        (b'{"a":' * 100_000, 400, "nested too deeply"),
        (b"[" + b"{}," * 256 + b"{}]", 413, "at most 256"),
    ],
)
def test_other_bodies_are_refused_with_a_reason(body: bytes, status: int, words: str) -> None:
    """The student learns that it wants JSON."""
    with pytest.raises(BodyError) as raised:
        Settings(format="generic").build().parse(body, {}, NOW)
    assert raised.value.status == status
    assert words in str(raised.value)


def test_nesting_just_below_the_limit_does_no_harm() -> None:
    """What can be read but not written again is kept without being shown."""
    for depth in range(900, 1_000):
        parsed(Settings(format="generic").build(), b'{"a":' * depth + b"1" + b"}" * depth)


def test_a_retry_has_the_same_id() -> None:
    """By its own id, by its date and words, or within the minute."""
    later = NOW + timedelta(hours=2)
    assert event({"event_id": "e1", "a": 1}).id == event({"event_id": "e1", "a": 2}, later).id
    dated = {"date": "2026-06-15T08:30:00Z", "a": 1}
    assert event(dated).id == event({"a": 1, **dated}, later).id
    assert event(dated).id != event({**dated, "a": 2}).id
    assert event({"a": 1}).id in event({"a": 1}, NOW + timedelta(seconds=31)).repeats
    assert event({"a": 1}).id not in event({"a": 1}, later).repeats


def test_the_beginning_and_the_end_of_one_id_are_apart() -> None:
    """Some senders give an alert one id for its whole life."""
    assert event({"event_id": "e1", "status": "down"}).id != event({"event_id": "e1", "status": "up"}).id


def test_settings_are_checked() -> None:
    """One key chooses the format, unknown ones are refused."""
    adapter: TypeAdapter[Any] = TypeAdapter(SettingsOfAny)
    assert adapter.validate_python({"format": "generic"}).build().body_limit == 256 * 1024
    for wrong in (
        {"fields": {"titel": "a"}},
        {"fields": {"title": ""}},
        {"source": "a/b"},
        {"severities": {"a": "ignore"}},
        {"default_severity": "ok"},
    ):
        with pytest.raises(ValidationError):
            adapter.validate_python({"format": "generic", **wrong})
