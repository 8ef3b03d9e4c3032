"""The JSON API: the same history, the same filters, and a description that holds."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from openapi_spec_validator import validate

from relay.core.delivery import Sent
from relay.core.model import Severity
from relay.web.records import IncidentPage
from tests.web.conftest import Enter, Told
from tests.web.stories import MINUTE, NOW, SECOND, Story, webhook


def get(client: FlaskClient, path: str, status: int = 200) -> Any:
    answer = client.get(f"/api/v1{path}")
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/json"
    return answer.json


def test_incidents_come_newest_first(client: FlaskClient) -> None:
    """With everything that is known of each."""
    found = get(client, "/incidents")
    opened = [one["opened_at"] for one in found["incidents"]]
    assert len(opened) == 12
    assert opened == sorted(opened, reverse=True)
    assert found["after"] is None
    memory = next(one for one in found["incidents"] if one["kind"] == "memory")
    assert memory | {"id": ""} == {
        "id": "",
        "state": "open",
        "severity": "critical",
        "peak": "critical",
        "source": "poll",
        "kind": "memory",
        "target": "gameshelf-api",
        "title": "Memory over its threshold on gameshelf-api",
        "summary": "86.5 % against the Critical threshold of 85 %",
        "opened_at": "2026-11-23T13:57:00Z",
        "updated_at": "2026-11-23T14:19:00Z",
        "resolved_at": None,
        "value": 86.5,
        "threshold": 85.0,
        "unit": "%",
        "labels": {"rule": "memory"},
        "facts": {},
        "changes": 2,
        "late": False,
        "follows": None,
        "deployment": None,
    }


def test_filters_are_those_of_the_page(client: FlaskClient) -> None:
    """The same names, the same meaning."""
    assert {one["state"] for one in get(client, "/incidents?state=over")["incidents"]} == {"over"}
    assert len(get(client, "/incidents?severity=critical&state=open")["incidents"]) == 3
    assert len(get(client, "/incidents?q=credits+low")["incidents"]) == 3


def test_a_list_of_kept_records_is_written_as_its_model_says(client: FlaskClient) -> None:
    """First as it is written, then as it was kept, and in each language."""
    for path in ("/incidents", "/incidents?limit=3", "/incidents?q=nothing+such"):
        for tag in ("en", "fr", "en"):
            answer = client.get(f"/api/v1{path}", headers={"Accept-Language": tag}).text
            page = IncidentPage.model_validate_json(answer)
            assert answer == page.model_dump_json() + "\n"
    french = client.get("/api/v1/incidents", headers={"Accept-Language": "fr"}).text
    assert "Mémoire" in french


def test_paging_gives_each_incident_once(client: FlaskClient) -> None:
    """By the token that each page hands on."""
    seen, after = [], ""
    while after is not None:
        page = get(client, f"/incidents?limit=5{'&after=' + after if after else ''}")
        assert len(page["incidents"]) <= 5
        seen += [one["id"] for one in page["incidents"]]
        after = page["after"]
    assert len(seen) == len(set(seen)) == 12


def test_one_incident_has_its_story(told: Told, client: FlaskClient) -> None:
    """Changes, events, and deliveries with each attempt."""
    found = get(client, f"/incidents/{told.leak}")
    assert [(one["sequence"], one["kind"], one["severity"]) for one in found["timeline"]] == [
        (1, "opened", "warning"),
        (2, "escalated", "critical"),
    ]
    assert [one["outcome"] for one in found["events"]] == ["opened", "escalated"]
    assert [(one["sequence"], one["channel"], one["state"]) for one in found["deliveries"]] == [
        (1, "discord", "delivered"),
        (1, "slack", "delivered"),
        (2, "discord", "pending"),
        (2, "slack", "delivered"),
    ]
    throttled, delivered = found["deliveries"][1]["attempts"]
    assert throttled == {
        "number": 1,
        "at": "2026-11-23T13:58:01Z",
        "outcome": "throttled",
        "status": 429,
        "milliseconds": 90,
        "retry_after_seconds": 45.0,
        "reason": "rate limited",
    }
    assert delivered["status"] == 200


def test_targets_say_how_they_stand(client: FlaskClient) -> None:
    """No data and never read are states of their own."""
    found = {one["name"]: one for one in get(client, "/targets")["targets"]}
    assert {name: one["state"] for name, one in found.items()} == {
        "gameshelf-api": "firing",
        "gameshelf-new": "never read",
        "gameshelf-shop": "no data",
        "gameshelf-worker": "ok",
    }
    assert found["gameshelf-shop"]["since"] == "2026-11-23T14:22:00Z"
    assert found["gameshelf-shop"]["reason"] == "no complete answer within 10 s"
    memory = next(one for one in found["gameshelf-api"]["metrics"] if one["metric"] == "memory")
    assert memory["value"] == 94.4
    assert memory["severity"] == "critical"
    assert [level["enter"] for level in memory["thresholds"]] == [70.0, 85.0]


def test_samples_have_a_unit_and_a_span(client: FlaskClient) -> None:
    """The last hour where none is asked for; oldest first."""
    found = get(client, "/samples?target=gameshelf-api&metric=memory")
    assert found["unit"] == "%"
    times = [one["at"] for one in found["samples"]]
    assert times == sorted(times)
    assert times[-1] == "2026-11-23T14:30:00Z"
    assert len(times) == 49  # an hour without the minutes in which the relay was down
    part = get(
        client,
        "/samples?target=gameshelf-api&metric=memory&since=2026-11-23T14:00:00Z&until=2026-11-23T14:03:00Z",
    )
    assert [one["at"][11:16] for one in part["samples"]] == ["14:00", "14:01", "14:02"]


def test_a_receipt_says_what_became_of_a_request(story: Story, enter: Enter) -> None:
    """Its events, what they did, and whether anyone was told of it; not what came later."""
    receipt = story.receive(webhook(NOW), b'{"event":"DEPLOYMENT_FAIL"}', note="odd")
    story.deliver(NOW + SECOND, Sent(200), on="slack")
    later = story.receive(webhook(NOW + MINUTE, Severity.OK))
    client = enter()
    found = get(client, f"/receipts/{receipt}")
    assert found["bytes"] == 27
    assert found["note"] == "odd"
    assert [one["outcome"] for one in found["events"]] == ["opened"]
    assert found["incidents"] == [found["events"][0]["incident"]]
    assert [(one["channel"], one["state"], len(one["attempts"])) for one in found["deliveries"]] == [
        ("discord", "pending", 0),
        ("slack", "delivered", 1),
    ]
    assert [one["sequence"] for one in get(client, f"/receipts/{later}")["deliveries"]] == [2, 2]


@pytest.mark.parametrize(
    ("path", "where", "mending"),
    [
        ("/incidents?since=soon", "query.since", "2026-11-23T14:00:00Z"),
        ("/incidents?since=2026-11-23T14:00:00+01:00", "query.since", "%2B"),
        ("/incidents?servity=critical", "query.servity", "did you mean severity?"),
        ("/incidents?limit=0", "query.limit", "from 1 to 200"),
        ("/incidents?limit=201", "query.limit", "from 1 to 200"),
        ("/incidents?limit=1e2", "query.limit", "from 1 to 200"),
        ("/incidents?limit=%D9%A3", "query.limit", "from 1 to 200"),  # a digit elsewhere
        ("/incidents?limit=1&limit=2", "query.limit", "once"),
        ("/incidents?target=", "query.target", "leave it out"),
        ("/incidents?after=x", "query.after", "begin again"),
        ("/samples?metric=memory", "query.target", "needed"),
        ("/samples?target=a&metric=b&since=1", "query.since", "2026-11-23"),
        ("/targets?x=1", "query.x", "no such parameter"),
        ("/incidents/x?before=1", "query.before", "from 2"),
    ],
)
def test_a_bad_parameter_is_named_and_mended(
    client: FlaskClient, path: str, where: str, mending: str
) -> None:
    """400, with the place and what to write instead."""
    found = get(client, path, 400)
    assert found["where"] == where
    assert mending in found["error"]


@pytest.mark.parametrize(
    "path", ["/incidents/none", "/receipts/none", "/samples?target=a&metric=b", "/nothing"]
)
def test_what_is_not_there_is_a_404_in_json(client: FlaskClient, path: str) -> None:
    """Also where there is no such call."""
    assert "error" in get(client, path, 404)


def test_sentences_come_in_the_language_that_is_asked_for(told: Told, client: FlaskClient) -> None:
    """And the answer names it."""
    answer = client.get(f"/api/v1/incidents/{told.leak}", headers={"Accept-Language": "fr"})
    assert answer.headers["Content-Language"] == "fr"
    assert answer.json is not None
    assert answer.json["title"] == "Mémoire : seuil dépassé sur gameshelf-api"


def test_the_description_is_valid_and_whole(told: Told, client: FlaskClient) -> None:
    """By the specification's own schema; every call is described, and no other."""
    document = get(client, "/openapi.json")
    validate(document)
    calls = {
        rule.rule.replace("<incident_id>", "{id}").replace("<receipt_id>", "{id}")
        for rule in told.app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
    }
    assert calls - {"/api/v1/openapi.json"} == set(document["paths"])


@pytest.mark.parametrize("name", ["since", "until"])
@pytest.mark.parametrize("at", ["0001-01-01", "9999-12-31T23:59:59Z"])
def test_a_time_at_the_ends_of_the_calendar_is_no_error(client: FlaskClient, name: str, at: str) -> None:
    """There is nothing then, and a span that would begin before the first year begins later."""
    for path in ("/api/v1/samples?target=gameshelf-api&metric=memory", "/api/v1/incidents?limit=1"):
        assert client.get(f"{path}&{name}={at}").status_code in (200, 400)
