"""The list of incidents: open first, then history, by filter and by keyset."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from relay.core.model import Severity
from tests.web.conftest import Enter
from tests.web.stories import MINUTE, NOW, Story, webhook


def titles(page: str) -> list[str]:
    """Return the headlines of a list, in its order."""
    return re.findall(r'<a id="i-[^>]*><bdi>([^<]*)</bdi>', page)


def next_page(page: str) -> str | None:
    found = re.search(r'<a href="([^"]*after=[^"]*)">', page)
    return found[1].replace("&amp;", "&") if found else None


def test_the_first_page_leads_to_the_incidents(client: FlaskClient) -> None:
    """Whoever types the bare address sees them."""
    assert client.get("/").location == "/incidents"


def test_open_incidents_come_first(client: FlaskClient) -> None:
    """Then the history, newest first; how many are open stands above and in the title."""
    page = client.get("/incidents").text
    assert titles(page)[:4] == [
        "No data from gameshelf-shop",
        "The channel discord is parked",
        "Deployment of gameshelf-api failed",
        "Memory over its threshold on gameshelf-api",
    ]
    assert len(titles(page)) == 12
    assert page.index("Open</h2>") < page.index("History</h2>")
    assert "<title>(4) Incidents" in page
    assert re.search(r"<b>3</b> Critical.*<b>1</b> Warning", page, re.S)


def test_every_target_gives_a_sign_of_life(client: FlaskClient) -> None:
    """No data and never read are states of their own, and are never shown as fine."""
    page = client.get("/incidents").text
    lives = dict(re.findall(r"<bdi>(gameshelf-\w+)</bdi></a> <span class=\"badge ([\w-]+)\"", page))
    assert lives == {
        "gameshelf-api": "critical",
        "gameshelf-new": "never-read",
        "gameshelf-shop": "no-data",
        "gameshelf-worker": "ok",
    }
    assert 'since <time datetime="2026-11-23T14:22:00Z">' in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=open", 4),
        ("state=over", 8),
        ("severity=critical", 6),
        ("severity=warning", 12),
        ("target=gameshelf-shop", 1),
        ("source=relay", 1),
        ("source=poll&state=open", 2),
        ("since=2026-11-20&until=2026-11-22", 2),
        ("since=2026-11-23T14:10:00%2B00:00", 2),
        ("q=memory+THRESHOLD", 1),
        ("q=mémoire", 1),  # the other language is searched too
        ("q=a%25b", 0),  # no wildcard
        ("q=nothing+such", 0),
        (
            "q=memory+over+its+threshold+on+gameshelf-api+poll+memory+memory",
            0,
        ),  # the last words are one phrase
        ("q=d+e+f+l+o+y+m+deployment+of+gameshelf-api", 3),
        ("state=&severity=&target=&q=+", 12),  # what a form sends when nothing was filled in
    ],
)
def test_filters(client: FlaskClient, query: str, found: int) -> None:
    """Each narrows the list; together they narrow it further."""
    answer = client.get(f"/incidents?{query}")
    assert answer.status_code == 200
    assert len(titles(answer.text)) == found


def test_the_form_keeps_what_was_asked(client: FlaskClient) -> None:
    """A visitor sees the filter that holds, and can clear it."""
    page = client.get("/incidents?state=over&q=credits&since=2026-11-01").text
    assert '<option value="over" selected>' in page
    assert 'value="credits"' in page
    assert 'value="2026-11-01T00:00"' in page
    assert '<a href="/incidents">Clear filters</a>' in page


def test_paging_shows_every_incident_once(story: Story, enter: Enter) -> None:
    """Page after page by its token, whatever arrives meanwhile."""
    for number in range(120):
        at = NOW - (number + 1) * MINUTE
        story.receive(
            webhook(at, Severity.WARNING, name=f"n{number}", title=f"Notice {number}", momentary=True)
        )
    client = enter()
    page = client.get("/incidents").text
    story.receive(webhook(NOW, Severity.WARNING, name="new", title="Newcomer", momentary=True))
    seen = titles(page)
    while (following := next_page(page)) is not None:
        page = client.get(following).text
        seen += titles(page)
    assert seen == [f"Notice {number}" for number in range(120)]


def test_many_open_incidents_have_pages_too(story: Story, enter: Enter) -> None:
    """The first page shows the newest of them and leads to all."""
    for number in range(130):
        story.receive(webhook(NOW - number * MINUTE, name=f"n{number}", title=f"Trouble {number}"))
    client = enter()
    page = client.get("/incidents").text
    following = next_page(page)
    assert following is not None
    assert following.startswith("/incidents?state=open&after=")
    seen = titles(page) + titles(client.get(following).text)
    assert seen == [f"Trouble {number}" for number in range(130)]


@pytest.mark.parametrize(
    ("query", "where", "mending"),
    [
        ("after=nonsense", "after", "begin again without it"),
        ("after=99999999999999999.a", "after", "begin again without it"),
        ("since=yesterday", "since", "2026-11-23T14:00:00Z"),
        ("until=2026-02-30", "until", "2026-11-23T14:00:00Z"),
        ("since=0001-01-01T00:00:00%2B23:59", "since", "2026-11-23T14:00:00Z"),
        ("state=closed", "state", "open, over"),
        ("severity=bad", "severity", "info, warning, critical"),
        ("q=" + "a" * 301, "q", "300"),
        ("target=a%00b", "target", "NUL"),
    ],
)
def test_what_is_not_understood_is_said(client: FlaskClient, query: str, where: str, mending: str) -> None:
    """A page says which parameter is wrong and how to mend it; it never shows everything instead."""
    answer = client.get(f"/incidents?{query}")
    assert answer.status_code == 400
    assert f"In the address: {where}" in answer.text
    assert mending in answer.text


def test_an_empty_store_says_so(enter: Enter) -> None:
    """Nothing yet is no error."""
    page = enter(targets=()).get("/incidents").text
    assert "Nothing is open" in page
    assert "No incident yet." in page
