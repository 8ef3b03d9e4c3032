"""The pages that look back: why and why not, and trying other rules."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest
from flask.testing import FlaskClient

from relay.core.catalogue import CATALOGUE
from relay.core.detectors import Level
from relay.core.detectors.forecast import _SAID
from relay.core.detectors.leak.verdicts import Reason
from relay.core.detectors.threshold import Threshold
from relay.core.model import Severity
from relay.hindsight.explaining import UNMEASURED
from relay.hindsight.replaying import Table
from relay.web import looking_back
from relay.web.site import BadTable
from tests.web.conftest import SITE, Told, build
from tests.web.stories import RULES, TARGETS

LEAK = "/why?target=gameshelf-api&metric=memory"


def text(page: str) -> str:
    return unescape(" ".join(re.sub(r"<[^>]*>", " ", page).split()))


def test_a_minute_is_explained_from_value_to_delivery(told: Told, client: FlaskClient) -> None:
    """In the words of the visitor's language."""
    page = text(client.get(f"{LEAK}&at=2026-11-23T14:19").text)
    assert "Value : 86.5 %" in page.replace("Value:", "Value :")
    assert "Rule memory" in page
    assert "Beyond the threshold" in page
    assert "Critical > 85 %, left at 80 %" in page
    assert "beyond it since 2026-11-23 14:18:00, 2 in a row" in page
    # From where the trouble began, not from where the wait could have been seen at the latest.
    assert "beyond it since 2026-11-23 13:57:00" in page
    assert "change 2 slack Delivered" in page or "change 2 slack delivered" in page
    assert "config.yaml:72" in page
    french = text(client.get(f"{LEAK}&at=2026-11-23T14:19", headers={"Accept-Language": "fr"}).text)
    assert "Au-delà du seuil" in french
    assert "Règle memory" in french


def test_a_calm_minute_and_one_without_a_value_say_why_not(client: FlaskClient) -> None:
    """Within the thresholds; nobody read; not kept; no data with the source's reason."""
    calm = text(client.get(f"{LEAK}&at=2026-11-23T12:40").text)
    assert "Rule memory Within the thresholds" in calm  # nothing that is calm is called resolved
    assert "would have gone this way" in calm
    assert "nobody read the target" in text(client.get(f"{LEAK}&at=2026-11-23T13:40").text)
    assert "what was measured then is not kept" in text(client.get(f"{LEAK}&at=2026-11-20T13:40").text)
    silent = text(client.get("/why?target=gameshelf-shop&metric=memory&at=2026-11-23T14:29").text)
    assert "no complete answer within 10 s" in silent
    assert "No data from gameshelf-shop" in silent


def test_an_unknown_series_and_a_bad_time_are_told(client: FlaskClient) -> None:
    """Neither is an empty page."""
    assert "Nothing is kept of this metric" in client.get("/why?target=x&metric=y").text
    assert client.get("/why?at=soon").status_code == 400


@pytest.mark.parametrize("at", ["0001-01-01", "9999-12-31T23:59", "1900-02-03T04:05+14:00"])
def test_a_minute_that_nobody_lived_is_no_error(client: FlaskClient, at: str) -> None:
    """The nearest that there is."""
    page = client.get("/why", query_string={"target": "gameshelf-api", "metric": "memory", "at": at})
    assert page.status_code == 200
    assert ("1980-01-01" if at < "2" else "2026-11-23") in page.text
    assert client.get("/why").status_code == 200


def test_every_reason_of_a_verdict_exists_in_both_languages() -> None:
    """A reason is a sentence of the catalogue."""
    threshold = Threshold((Level(Severity.WARNING, 1, 0),))
    assert threshold.levels
    reasons = [*(reason.value for reason in Reason), *_SAID.values(), UNMEASURED]
    reasons += ["usual", "unusual", "not yet usual again for long enough", "not enough data"]
    reasons += ["within the budget", "the budget burns too fast"]
    assert [one for one in reasons if f"verdict.{one.replace(' ', '_')}" not in CATALOGUE] == []


def higher(_: str) -> Table:
    """Return a table that raises less."""
    level = Level(Severity.CRITICAL, 93, 80)
    rule = replace(RULES[0], detector=Threshold((level,), times=2))
    return Table((rule, RULES[1]), TARGETS)


def test_other_rules_are_tried_beside_what_happened(told: Told) -> None:
    """The same table finds the same, another one what it would have raised."""
    same = build(told.story, replace(SITE, table=lambda _: Table(RULES, TARGETS))).test_client()
    form = {"rules": "rules: {}", "span": "24h"}
    page = text(same.post("/replay", data=form).text)
    assert re.search(r"Happened: (\d+), would be: \1", page)
    assert "changed: 0 raised: 0 missed: 0 spared: 0 unknown: 0" in page
    other = build(told.story, replace(SITE, table=higher)).test_client()
    page = other.post("/replay", data=form).text
    assert "changed: 1" in text(page)
    assert f'href="/incidents/{told.leak}"' in page
    assert "nobody read the target" in text(page)


def test_the_form_begins_with_the_rows_in_force(client: FlaskClient) -> None:
    """As config.yaml writes them."""
    page = client.get("/replay").text
    assert "memory: {warning: 70, critical: 85, leave: {warning: 65, critical: 80}, times: 2}" in page


def test_a_bad_table_is_told_with_its_place(told: Told) -> None:
    """As a file's problems are, escaped."""

    def bad(_: str) -> Table:
        raise BadTable("rules:2:11: rules.<memory>.warning: a number is needed")

    client = build(told.story, replace(SITE, table=bad)).test_client()
    page = client.post("/replay", data={"rules": "<script>"}).text
    assert "rules:2:11: rules.&lt;memory&gt;.warning: a number is needed" in page
    assert "<script>" not in page.replace('<script src="', "")
    assert client.post("/replay", data={"rules": "x" * 13_000}).status_code == 400
    assert client.post("/replay", data={"span": "1y"}).status_code == 400


def test_one_replay_at_a_time(told: Told) -> None:
    """A second one is asked to come back; it does not queue up threads."""
    client = build(told.story, replace(SITE, table=higher)).test_client()
    with looking_back._busy:
        page = client.post("/replay", data={"rules": ""}).text
    assert "Another replay is running" in page
    assert "Another replay is running" not in client.post("/replay", data={"rules": ""}).text


def test_a_replay_without_time_says_so(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was not judged is unknown."""
    monkeypatch.setattr(looking_back, "SECONDS", -1.0)
    client = build(told.story, replace(SITE, table=higher)).test_client()
    assert "There was no time for" in client.post("/replay", data={"rules": ""}).text
