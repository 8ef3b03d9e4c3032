"""What holds for every page: language, refreshing, faults, and nothing inline."""

from __future__ import annotations

import json
import logging
import re
from datetime import datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient

import relay.web
from relay.core.catalogue import CATALOGUE
from relay.core.text import text
from relay.store import StoreUnavailable
from relay.web.pages import create_app
from tests.web.conftest import SITE, Enter, Told
from tests.web.stories import MINUTE, NOW, TARGETS, Story, values, webhook

WEB = Path(relay.web.__file__).parent


def paths(told: Told) -> list[str]:
    """Return the address of every kind of page."""
    return [
        "/incidents",
        f"/incidents/{told.leak}",
        "/targets",
        "/channels",
        "/deliveries",
        "/deliveries?state=given_up",
        f"/receipts/{told.receipt}",
        "/why",
        "/why?target=gameshelf-api&metric=memory&at=2026-11-23T14:19",
        "/replay",
        "/nothing",
        "/incidents?since=x",
    ]


def test_the_language_is_the_visitors(told: Told) -> None:
    """Chosen by a link, else asked for by the browser, else the configured one."""
    visitor = told.app.test_client()
    assert '<html lang="en">' in visitor.get("/targets").text
    french = visitor.get("/targets", headers={"Accept-Language": "fr-CA,fr;q=0.8,en;q=0.1"})
    assert '<html lang="fr">' in french.text
    assert "<h1>Cibles</h1>" in french.text
    chosen = visitor.get("/language/fr?to=/targets")
    assert chosen.location == "/targets"
    assert '<html lang="fr">' in visitor.get("/targets").text
    assert "Mémoire : seuil dépassé sur gameshelf-api" in visitor.get(f"/incidents/{told.leak}").text
    assert visitor.get("/language/xx").status_code == 404
    visitor.set_cookie("language", "<script>")
    assert '<html lang="en">' in visitor.get("/targets").text


def test_a_page_has_no_sentence_of_its_own(told: Told) -> None:
    """Every word is the catalogue's or came from outside: no key is shown, in neither language."""
    visitor = told.app.test_client()
    for language in ("en", "fr"):
        for path in paths(told):
            page = visitor.get(path, headers={"Accept-Language": language}).text
            assert "page." not in re.sub(r"<[^>]*>", " ", page).replace("page.html", ""), path


def test_every_sentence_of_the_pages_is_used() -> None:
    """What no template and no module names any more can go."""
    written = "\n".join(file.read_text() for file in WEB.rglob("*") if file.suffix in (".py", ".html"))
    groups = ("error", "outcome", "delivery", "attempt", "life", "language", "filter.state", "nav")
    groups += ("why.answer", "why.missing", "replay.fate", "chart.period")
    prefixes = tuple(f"page.{group}." for group in groups)
    unused = [
        key for key in CATALOGUE
        if key.startswith("page.") and not key.startswith(prefixes) and f'"{key}"' not in written
        and f"'{key}'" not in written
    ]  # fmt: skip
    assert unused == []


def test_nothing_is_inline(told: Told, client: FlaskClient) -> None:
    """The policy forbids it, so a page that holds it is broken."""
    for path in paths(told):
        page = client.get(path).text
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?! src)|javascript:", page), path
        assert all(address.startswith("/static/") for address in re.findall(r'src="([^"]*)"', page))


def test_what_did_not_change_is_answered_with_304(story: Story, enter: Enter) -> None:
    """And what did change with the page."""
    client = enter()
    first = client.get("/incidents")
    tag = {"If-None-Match": first.headers["ETag"]}
    again = client.get("/incidents", headers=tag)
    assert (again.status_code, again.data) == (304, b"")
    story.receive(webhook(NOW))
    changed = client.get("/incidents", headers=tag)
    assert changed.status_code == 200
    assert changed.headers["ETag"] != first.headers["ETag"]


def test_static_files_are_named_by_their_content(client: FlaskClient) -> None:
    """So that a browser keeps them for good and never keeps an old one."""
    page = client.get("/incidents").text
    names = re.findall(r'"(/static/[^"]*)"', page)
    assert len(names) == 4
    for name in names:
        with client.get(name) as answer:
            assert answer.status_code == 200
            assert "max-age=31536000" in answer.headers["Cache-Control"]


def test_the_script_of_others_comes_with_its_licence() -> None:
    """htmx is vendored: its version stands in its name."""
    assert "Zero-Clause BSD" in (WEB / "static" / "htmx-LICENSE.txt").read_text()
    assert 'version:"2.0.11"' in (WEB / "static" / "htmx-2.0.11.min.js").read_text()
    settings = re.search(r"htmx-config\" content='([^']*)'", (WEB / "templates" / "base.html").read_text())
    assert settings is not None
    assert json.loads(settings[1])["allowEval"] is False


class Broken:
    """A reader of a store that fails in a given way."""

    def __init__(self, fault: Exception) -> None:
        self.fault = fault

    def read(self) -> None:
        raise self.fault


@pytest.mark.parametrize("path", ["/incidents", "/api/v1/incidents"])
def test_a_store_that_is_away_is_a_503(path: str) -> None:
    """It says to come back, and not what is wrong inside."""
    app = create_app(SITE, Broken(StoreUnavailable("SQLite: /secret/path")), lambda: NOW)  # type: ignore[arg-type]
    answer = app.test_client().get(path)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "2"
    assert "secret" not in answer.text


@pytest.mark.parametrize("path", ["/incidents", "/api/v1/incidents"])
def test_a_fault_is_a_500_without_internals(path: str, caplog: pytest.LogCaptureFixture) -> None:
    """The page says where to look, the log says what it was."""
    app = create_app(SITE, Broken(ValueError("the inner workings")), lambda: NOW)  # type: ignore[arg-type]
    with caplog.at_level(logging.ERROR):
        answer = app.test_client().get(path)
    assert answer.status_code == 500
    assert "relay&#39;s log" in answer.text or "relay's log" in answer.text
    assert "inner workings" not in answer.text
    assert "inner workings" in caplog.text


def test_a_wrong_method_says_which_are_right(client: FlaskClient) -> None:
    """On a page and in the API."""
    for path in ("/incidents", "/api/v1/incidents"):
        answer = client.post(path)
        assert answer.status_code == 405
        assert "GET" in answer.headers["Allow"]


def test_targets_show_values_thresholds_and_age(client: FlaskClient) -> None:
    """What was measured last, against what, when; an old value is marked as old."""
    page = client.get("/targets").text
    api, new, shop, worker = re.findall(r'<section class="card target".*?</section>', page, re.S)
    assert re.search(r"Memory</bdi>.*Critical</span></a>.*<b>94.4 %</b>.*&gt; 70 %.*&gt; 85 %", api, re.S)
    assert '2026-11-23</span> <span class="clock">14:30:00</span></time> (just now)' in api
    assert "Never read" in new
    assert shop.count("old value") == 3
    assert "no complete answer within 10 s" in shop
    assert "within its thresholds" in worker
    assert "no threshold" in worker
    assert api.count('class="spark"') == 3


def test_a_target_that_nobody_reads_any_more_is_not_fine(told: Told) -> None:
    """When the scheduler stands still the last values grow old, and the page says so."""
    later: datetime = NOW.replace(hour=16)
    page = create_app(SITE, told.story.reader, lambda: later).test_client().get("/targets").text
    assert "Fine" not in page
    assert page.count('<span class="badge no-data">') >= 3


def test_one_read_without_data_is_not_fine(story: Story, enter: Enter) -> None:
    """Long before it is trouble, the page does not call it fine."""
    story.know(*TARGETS)
    story.poll(NOW - MINUTE, {"gameshelf-api": values(0)})
    assert 'badge ok">' in enter().get("/targets").text
    story.poll(NOW, {"gameshelf-api": text("nodata.status", status=500)})
    page = enter().get("/targets").text
    assert 'badge ok">' not in page
    assert "the source answered HTTP 500 (reads without data: 1)" in " ".join(
        re.sub("<[^>]*>", "", page).split()
    )


def test_channels_show_their_state_and_what_waits(client: FlaskClient) -> None:
    """A parked one says why and how to mend it."""
    page = client.get("/channels").text
    discord, slack = re.findall(r'<li class="card">.*?</li>', page, re.S)
    assert "Parked" in discord
    assert "the webhook no longer exists" in discord
    assert "relay send-test discord" in discord
    assert re.findall(r"<dd>(?:<a [^>]*>)?(\d+)(?:</a>)?</dd>", discord) == ["2", "1", "0"]
    assert "Takes messages" in slack
