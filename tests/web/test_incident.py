"""One incident's page: its story in one order, its chart, its payloads."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from flask.testing import FlaskClient

from relay.core.delivery import DeliveryError, Failure
from relay.core.model import Severity
from relay.core.routing import Silence
from relay.store.incidents import Filter
from relay.store.transactions import Transaction
from tests.web.conftest import SITE, Enter, Told, build
from tests.web.stories import MINUTE, NOW, SECOND, TARGETS, Story, values, webhook


def story_of(page: str) -> list[str]:
    """Return the lines of a timeline as words."""
    lines = re.findall(r'<li class="entry.*?</li>', page, re.S)
    return [" ".join(re.sub(r"<[^>]*>", " ", line).split()) for line in lines]


def newest(story: Story, **which: str) -> str:
    """Return the id of the newest incident."""
    with story.reader.read() as tx:
        return tx.incidents(Filter(**which), limit=1)[0].id  # type: ignore[arg-type]


def test_the_headline_says_what_and_since_when(told: Told, client: FlaskClient) -> None:
    """Severity in word and shape, title, what was measured, beginning and duration."""
    page = client.get(f"/incidents/{told.leak}").text
    assert "<h1><bdi>Memory over its threshold on gameshelf-api</bdi></h1>" in page
    assert '<use href="#shape-critical"/></svg>Critical</span>' in page
    assert "86.5 % against the Critical threshold of 85 %" in page
    assert "<b>for 33 min</b>" in page


def test_the_timeline_tells_everything_in_one_order(told: Told, client: FlaskClient) -> None:
    """What came in, what changed, what was to be told, and each attempt with its status, time and reason."""
    assert story_of(client.get(f"/incidents/{told.leak}").text) == [
        "13:58:00 71.4 % against the Warning threshold of 70 %"
        " found by rule memory · happened 2026-11-23 13:57:00",
        "13:58:00 Opened as Warning change 1",
        "13:58:00 To be told on discord delivered slack delivered",
        "13:58:01 slack asked to come back later"
        " change 1 · attempt 1 · HTTP 429 · 90 ms · come back in 45 s · rate limited",
        "13:59:01 discord delivered change 1 · attempt 1 · HTTP 204 · 300 ms · told 1 min 1 s after the change",
        "13:59:01 slack delivered change 1 · attempt 2 · HTTP 200 · 180 ms · told 1 min 1 s after the change",
        "14:19:00 86.5 % against the Critical threshold of 85 %"
        " found by rule memory · happened 2026-11-23 14:18:00",
        "14:19:00 Warning → Critical change 2",
        "14:19:00 To be told on discord parked slack delivered",
        "14:19:01 slack delivered change 2 · attempt 1 · HTTP 200 · 180 ms",
    ]


def test_parked_uncertain_and_superseded_are_told(told: Told, client: FlaskClient) -> None:
    """A delivery that waits for an operator, an attempt without an answer, an event that came too late to matter."""
    lines = story_of(client.get(f"/incidents/{newest(told.story, source='clever-cloud')}").text)
    assert any("changed nothing: newer news came first · receipt · payload" in line for line in lines)
    assert any("discord refused for good" in line and "HTTP 404" in line for line in lines)
    assert any(
        "slack no clear answer" in line and "10000 ms · no answer within 10 s" in line for line in lines
    )
    assert any("discord parked slack delivered" in line for line in lines)


def test_held_and_given_up_are_told(story: Story, enter: Enter) -> None:
    """A silence says until when it holds; a message that was given up says why."""
    story.silence(Silence((("target", "quiet"),), NOW - MINUTE, NOW + 90 * MINUTE))
    story.receive(webhook(NOW, target="quiet", title="Silenced"))
    story.receive(webhook(NOW, target="loud", title="Not taken"))
    story.deliver(
        NOW + SECOND, DeliveryError(Failure.PERMANENT, "the message is too long", status=400), on="slack"
    )
    client = enter()
    silenced = story_of(client.get(f"/incidents/{newest(story, target='quiet')}").text)
    assert silenced[-1].count("held until 2026-11-23 16:00:00 by a silence") == 2
    refused = story_of(client.get(f"/incidents/{newest(story, target='loud')}").text)
    assert any("slack given up" in line and "the message is too long" in line for line in refused)


def test_the_chart_shows_the_metric_and_its_thresholds(told: Told, client: FlaskClient) -> None:
    """As SVG made here, once for wide and once for narrow windows, described in words and as a table."""
    page = client.get(f"/incidents/{told.leak}").text
    assert page.count('role="img"') == 2
    assert "Critical 85 %</text>" in page
    assert "Warning 70 %</text>" in page
    assert "at least 61.3 %, at most 94.4 %. Thresholds: Warning 70 %, Critical 85 %." in page
    assert re.search(r"<details id=\"values\">.*<td class=\"number\">94.4 %</td>", page, re.S)


def test_an_incident_without_a_metric_has_no_chart(told: Told, client: FlaskClient) -> None:
    """A deployment is not measured."""
    assert (
        '<svg class="chart' not in client.get(f"/incidents/{newest(told.story, source='clever-cloud')}").text
    )


def test_no_data_within_the_time_is_drawn_as_a_gap(enter: Enter, story: Story) -> None:
    """And no line is drawn through it."""
    story.know(*TARGETS)
    for minute in range(-60, 1):
        if not -40 <= minute < -20:
            high = {"memory": 90.0 if minute > -50 else 50.0}
            story.poll(NOW + minute * MINUTE, {"gameshelf-api": values(minute) | high})
    page = enter().get(f"/incidents/{newest(story, source='poll')}").text
    assert page.count('class="gap"') == 2
    assert (
        len(re.findall(r'<svg class="chart wide".*?</svg>\n<', page, re.S)[0].split('<path class="line"'))
        == 3
    )


def test_payloads_are_shown_word_for_word(told: Told, client: FlaskClient) -> None:
    """Indented where they are JSON, with what the intake noted, and to be downloaded as they came."""
    page = client.get(f"/incidents/{newest(told.story, source='clever-cloud')}").text
    assert "&#34;cause&#34;: &#34;exit code 1&#34;" in page
    assert "Note: the field data.cause is not one that is known" in page
    address = re.search(r'href="(/receipts/\w+/raw)"', page)
    assert address is not None
    raw = client.get(address[1])
    assert raw.content_type == "text/plain; charset=utf-8"
    assert raw.headers["Content-Disposition"].startswith("attachment")
    assert raw.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in raw.headers["Content-Security-Policy"]
    assert raw.data.startswith(b'{"event":"DEPLOYMENT_')


def test_facts_and_labels_are_listed(told: Told, client: FlaskClient) -> None:
    """An address among them can be followed, without telling it where from."""
    page = client.get(f"/incidents/{newest(told.story, source='clever-cloud')}").text
    assert "<dt><bdi>commit</bdi></dt><dd><bdi>4f2a1c9e</bdi></dd>" in page
    assert '<a href="https://console.example.org/app_3f1c/logs" rel="noreferrer noopener external">' in page


def test_a_trouble_that_came_back_is_linked_both_ways(story: Story, enter: Enter) -> None:
    """The earlier incident leads to the later one and back."""
    for hours in (3, 1):
        at = NOW - timedelta(hours=hours)
        story.receive(webhook(at))
        story.receive(webhook(at + MINUTE, Severity.OK))
    with story.reader.read() as tx:
        later, earlier = tx.incidents(Filter())
    client = enter()
    assert (
        f'Followed by a later incident: <a href="/incidents/{later.id}">'
        in client.get(f"/incidents/{earlier.id}").text
    )
    assert (
        f'Follows an earlier incident: <a href="/incidents/{earlier.id}">'
        in client.get(f"/incidents/{later.id}").text
    )


def test_a_huge_timeline_comes_in_parts(story: Story, enter: Enter) -> None:
    """The newest hundred changes, and a way to those before; each change is shown once."""
    begin = NOW - timedelta(hours=20)

    def flap(tx: Transaction) -> None:
        for number in range(450):
            severity = Severity.CRITICAL if number % 2 else Severity.WARNING
            event = webhook(begin + number * MINUTE, severity)
            story.take(tx, replace(event, id=f"e{number}"))

    story.step(flap)
    client, address, seen = enter(), f"/incidents/{newest(story)}", []
    pages = came = 0
    while address:
        page = client.get(address).text
        pages += 1
        assert len(page) < 400_000
        came += sum("came in from clever-cloud" in line for line in story_of(page))
        seen += [int(number) for line in story_of(page) for number in re.findall(r" change (\d+)$", line)]
        found = re.search(r'href="([^"]*before=\d+)"', page)
        address = found[1] if found else ""
    assert pages == 5
    assert came == 450
    assert sorted(seen) == list(range(1, 451))


def test_a_delivery_that_is_refused_for_hours_stays_readable(story: Story, enter: Enter) -> None:
    """Of a thousand attempts the newest are shown, and the page says so."""
    story.receive(webhook(NOW - timedelta(hours=9)))
    busy = DeliveryError(Failure.THROTTLED, "busy", status=429, retry_after=5 * SECOND)
    for number in range(700):
        story.deliver(NOW - timedelta(hours=9) + number * 30 * SECOND, busy, on="slack")
    page = enter().get(f"/incidents/{newest(story)}").text
    assert "the oldest lines of this part are left out" in page
    assert len(story_of(page)) < 620
    assert "attempt 700 ·" in page


def test_an_unknown_incident_is_a_friendly_404(client: FlaskClient) -> None:
    """Whatever is asked for."""
    for wrong in ("nothing", "a" * 200, "..%2f..%2fetc", "%00", "caf%C3%A9", "'; drop table incidents"):
        answer = client.get(f"/incidents/{wrong}")
        assert answer.status_code == 404, wrong
        assert "There is no such" in answer.text


def test_the_rule_that_raised_it_is_kept_whatever_the_table_says_now(told: Told, enter: Enter) -> None:
    """Its values, its file and line, and the digest of the configuration, after a reload with other rules too."""
    client = build(told.story, replace(SITE, rules=())).test_client()
    page = client.get(f"/incidents/{told.leak}").text
    assert re.search(r"<dt><bdi>leave.critical</bdi></dt><dd><bdi>80</bdi></dd>", page)
    assert "config.yaml:72" in page
    assert '<span class="id">5e1f5e1f5e1f</span>' in page
    rule = client.get(f"/api/v1/incidents/{told.leak}").json["rule"]
    assert (rule["name"], rule["kind"], rule["metric"]) == ("memory", "threshold", "memory")
    assert (rule["file"], rule["line"], rule["config"]) == ("config.yaml", 72, "5e1f" * 16)
    assert rule["settings"] == {
        "warning": "70",
        "leave.warning": "65",
        "critical": "85",
        "leave.critical": "80",
        "for": "0s",
        "times": "2",
        "release": "0s",
        "damping": "0s",
        "gap": "5m",
        "below": "false",
    }


def test_what_came_in_from_outside_has_no_rule(told: Told, client: FlaskClient) -> None:
    """A webhook was not found by a rule of ours."""
    identity = newest(told.story, source="clever-cloud")
    assert client.get(f"/api/v1/incidents/{identity}").json["rule"] is None
    assert "Raised by the rule" not in client.get(f"/incidents/{identity}").text
