"""Whatever bytes come in, each intake answers with sound events or a clear refusal."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.intake import Intake, alertmanager, clever_cloud, generic
from tests.intake.validity import parsed

INTAKES: tuple[Intake, ...] = (
    alertmanager.Settings(format="alertmanager").build(),
    clever_cloud.Settings(format="clever-cloud", severities={"GIT_PUSH": "critical", "x": "warning"}).build(),
    generic.Settings(format="generic").build(),
)
FIXTURES = sorted((Path(__file__).parents[1] / "fixtures" / "clever-cloud").glob("*.json"))
SAMPLES = [path.read_bytes() for path in FIXTURES]

WORDS = st.text(st.characters() | st.sampled_from("\x00\ud83d\udfff\x1b\n"), max_size=40) | st.sampled_from(
    ["", " ", "\ud800", "é" * 3_000, "x" * 500, "{target}", "{0}", "%s", "critical", "resolved", "FAIL", "OK"]
)
NUMBERS = st.integers() | st.floats() | st.sampled_from([10**300, -1, 1781512200000, 1e308, 10**18])
DATES = st.sampled_from(
    ["2026-06-15T08:30:00Z[UTC]", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "1781512200000"]
)
LEAVES = st.none() | st.booleans() | NUMBERS | WORDS | DATES
NAMES = WORDS | st.sampled_from(
    [
        "event",
        "date",
        "authorId",
        "application",
        "addon",
        "deployment",
        "data",
        "appId",
        "id",
        "ownerId",
        "name",
        "uuid",
        "state",
        "action",
        "commit",
        "cause",
        "alerts",
        "labels",
        "annotations",
        "startsAt",
        "endsAt",
        "status",
        "generatorURL",
        "alertname",
        "severity",
        "title",
        "summary",
        "key",
        "target",
        "value",
        "failing_channel",
        "event_id",
        "unit",
    ]
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(NAMES, inner, max_size=6)
        | st.dictionaries(NAMES, WORDS, max_size=6)
        | inner.map(json.dumps)
    ),
    max_leaves=12,
)
EVENTS = st.sampled_from([json.loads(sample)["event"] for sample in SAMPLES if b'"event"' in sample[:30]])


def all_read(body: bytes) -> None:
    for intake in INTAKES:
        parsed(intake, body)


@given(st.binary(max_size=300))
def test_any_bytes(body: bytes) -> None:
    """Most are no JSON."""
    all_read(body)


@given(VALUES)
def test_any_json(value: object) -> None:
    """Any type in any place, lone surrogates, NUL, numbers that are none."""
    all_read(json.dumps(value).encode())


@given(EVENTS, st.dictionaries(NAMES, VALUES, max_size=8))
def test_any_event_of_clever_cloud(event: str, rest: dict[str, object]) -> None:
    """A known event with anything beside it."""
    all_read(json.dumps({**rest, "event": event}).encode())


@given(
    st.lists(
        st.fixed_dictionaries(
            {"labels": st.dictionaries(NAMES, WORDS, min_size=1)},
            optional=dict.fromkeys(
                ("annotations", "startsAt", "endsAt", "status", "generatorURL"), VALUES | WORDS | DATES
            ),
        ),
        max_size=4,
    )
)
def test_any_alerts(alerts: list[object]) -> None:
    """In both forms."""
    all_read(json.dumps(alerts).encode())
    all_read(json.dumps({"alerts": alerts}).encode())


@given(st.sampled_from(SAMPLES), st.data())
def test_damaged_samples(sample: bytes, data: Any) -> None:
    """Bytes lost, changed and doubled on the way."""
    begin = data.draw(st.integers(0, len(sample)))
    end = data.draw(st.integers(begin, min(len(sample), begin + 20)))
    all_read(sample[:begin] + data.draw(st.binary(max_size=4)) + sample[end:])


@given(st.sampled_from([sample for sample in SAMPLES if sample.startswith(b"{")]), NAMES, VALUES)
def test_samples_with_one_key_changed(sample: bytes, name: str, value: object) -> None:
    """At the top and within ``data``."""
    body = json.loads(sample)
    all_read(json.dumps({**body, name: value}).encode())
    inner = json.loads(body["data"]) if isinstance(body.get("data"), str) else {}
    all_read(json.dumps({**body, "data": json.dumps({**inner, name: value})}).encode())


MEBIBYTE = 1024 * 1024


@pytest.mark.parametrize(
    "body",
    [
        b"[" * MEBIBYTE,
        b'{"a":' * (MEBIBYTE // 5),
        json.dumps({"event": "X", "data": "[" * 200_000}).encode(),
        json.dumps({"event": "X", "data": {"appId": "x" * 200_000, "cause": " " * 200_000}}).encode(),
        json.dumps({"event": "X", "date": "9" * 200_000}).encode(),
        json.dumps({"event": "X", "date": "1" * 200_000 + "["}).encode(),
        json.dumps({"title": "\n" * 200_000, "labels": {f"k{n}": "v" for n in range(10_000)}}).encode(),
        json.dumps([{"labels": {"a": "x" * 1_000_000}}]).encode(),
        json.dumps([{"labels": {f"k{n}": "v" for n in range(60_000)}}]).encode(),
        json.dumps([{}] * 256).encode(),
        json.dumps({"alerts": [{"labels": {"a": str(n)}} for n in range(2_048)]}).encode(),
    ],
    ids=lambda body: f"{body[:24]!r}",
)
def test_the_largest_bodies_do_no_harm(body: bytes) -> None:
    """Deep, wide and long ones, as far as the body limits let them in."""
    all_read(body)
