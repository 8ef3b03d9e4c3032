"""Hostile text and numbers from outside: shown as what they are, obeyed never."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import partial
from html.parser import HTMLParser
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relay.core.model import Sample, Series
from relay.core.text import Text, text
from relay.store.incidents import Filter
from relay.store.transactions import Transaction
from relay.web.payload import LONGEST, shown
from relay.web.visible import is_link, visible
from tests.web.conftest import Enter
from tests.web.stories import MINUTE, NOW, TARGETS, Story, values, webhook

PROBES = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "\x00\x07\x1b[31m\x7f\x85",
    "\u202egnp.exe\u2066\u200b\ufeff",
    "مرحبا שלום",
    "a" * 3000,
    "\ud800 half a pair",
    "%s %(x)s {0} {words}",
    "",
)


class Checker(HTMLParser):
    """Collects what a browser would run or load from elsewhere."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            address = (value or "").strip().lower()
            if name.startswith("on") or name == "style":
                self.found.append(f"{tag} {name}")
            if name in ("href", "src", "action", "hx-get") and not re.match(r"/|#|https://|\?", address):
                self.found.append(f"{tag} {name}={value}")
        if tag == "script" and not any(name == "src" for name, _ in attrs):
            self.found.append("script")


@pytest.fixture
def hostile(story: Story, enter: Enter) -> FlaskClient:
    """Return a visitor of a store whose every text is a probe."""
    for number, probe in enumerate(PROBES):
        name = probe.replace("\ud800", "")  # no store takes one in a name
        event = webhook(
            NOW - number * MINUTE,
            name=f"n{number}",
            target=name,
            title=probe,
            summary=probe,
            kind=name,
            source=name or "x",
            labels=((probe, probe),),
            facts=((probe, probe), ("link", probe), ("page", f"https://example.org/{number}")),
            unit=probe[:50],
            value=1e308,
            threshold=-1e308,
        )
        story.receive(event, probe.encode("utf-8", "surrogatepass"), note=name, intake=name or "x")
    return enter()


def every_page(client: FlaskClient, story: Story) -> dict[str, str]:
    with story.reader.read() as tx:
        ids = [incident.id for incident in tx.incidents(Filter())]
    addresses = ["/incidents", "/targets", "/channels", *(f"/incidents/{one}" for one in ids)]
    answers = {address: client.get(address) for address in addresses}
    assert {answer.status_code for answer in answers.values()} == {200}
    return {address: answer.text for address, answer in answers.items()}


def test_nothing_from_outside_runs(hostile: FlaskClient, story: Story) -> None:
    """No script, no handler, no address of a foreign scheme, in any place of any page."""
    for address, page in every_page(hostile, story).items():
        assert Checker(page).found == [], address


def test_nothing_from_outside_hides(hostile: FlaskClient, story: Story) -> None:
    """Control characters and overrides of the direction are shown as marks."""
    for address, page in every_page(hostile, story).items():
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]", page), address


def test_the_api_takes_it_too(hostile: FlaskClient) -> None:
    """Valid JSON, whatever the texts hold."""
    page = hostile.get("/api/v1/incidents").get_json()
    assert len(page["incidents"]) == len(PROBES)
    for one in page["incidents"]:
        assert hostile.get(f"/api/v1/incidents/{one['id']}").status_code == 200


@pytest.mark.parametrize("probe", PROBES)
def test_a_hostile_query_is_shown_as_it_is(hostile: FlaskClient, probe: str) -> None:
    """In the form and in the links, or refused; the answer is never a fault."""
    asked = {
        name: probe.replace("\ud800", "?") for name in ("q", "target", "source", "since", "state", "after")
    }
    for name, value in asked.items():
        answer = hostile.get("/incidents", query_string={name: value})
        assert answer.status_code in (200, 400)
        assert Checker(answer.text).found == []
        assert hostile.get("/api/v1/incidents", query_string={name: value}).status_code in (200, 400)
        assert hostile.get("/api/v1/incidents", query_string={value[:40]: name}).status_code in (200, 400)


@pytest.mark.parametrize(
    "numbers",
    [
        [1e308, -1e308],
        [1e-320, 0.0],
        [0.0, 0.0],
        [1e16, 1e16 + 2],
        [-5.0, -5.0],
        [70.0, 70.0000001],
    ],
)
def test_any_numbers_can_be_drawn(story: Story, enter: Enter, numbers: list[float]) -> None:
    """A metric may be huge, tiny or always the same."""
    story.know(*TARGETS)
    for minute in range(10):
        memory = numbers[minute % len(numbers)]
        story.poll(NOW - (10 - minute) * MINUTE, {"gameshelf-api": values(minute) | {"memory": 99.0}})
        series, at = Series("gameshelf-api", "memory"), NOW - (10 - minute) * MINUTE + MINUTE / 2
        story.step(partial(Transaction.add_sample, series=series, unit="%", sample=Sample(at, memory)))
    with story.reader.read() as tx:
        found = tx.incidents(Filter())[0]
    client = enter()
    page = client.get(f"/incidents/{found.id}")
    assert page.status_code == 200
    assert not re.search(r'\sd="[^"]*(nan|inf)', page.text)
    assert client.get("/targets").status_code == 200
    assert client.get("/api/v1/samples?target=gameshelf-api&metric=memory").status_code == 200


@given(body=st.binary(max_size=300) | st.text(max_size=300).map(lambda words: words.encode()))
@settings(max_examples=200, deadline=None)
def test_any_body_can_be_shown(body: bytes) -> None:
    """Bounded, and without a character that can't be seen."""
    words = shown(body).words
    assert visible(words) == words


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(value=json_values, spaced=st.booleans())
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_indented_json_says_the_same(value: Any, spaced: bool) -> None:
    """Only white space between its parts changes."""
    body = json.dumps(value, indent=3 if spaced else None).encode()
    result = shown(body)
    assert result.is_json
    assert json.loads(result.words) == value


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 900 + b"1," * 400_000 + b"1" + b"]" * 900,
        b"[" * 100_000,
        b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
        b'"' + b"x" * 1_000_000 + b'"',
        b'["' + b"\\u0041" * 100_000 + b'"]',
        b"9" * 1_000_000,
        b"\xff" * 1_000_000,
    ],
)
def test_a_huge_body_is_cut(body: bytes) -> None:
    """However it is built, a page stays small and says that it shows the beginning."""
    result = shown(body)
    assert result.is_cut
    assert len(result.words) <= 3 * LONGEST


def test_only_web_addresses_become_links() -> None:
    """Nothing else may be followed."""
    assert is_link("https://example.org/a?b=c#d")
    for wrong in (
        "javascript:alert(1)",
        "data:text/html,x",
        "//example.org",
        "https://a b",
        " https://a",
        "ftp://a",
    ):
        assert not is_link(wrong)


def test_a_sentence_without_its_arguments_is_still_shown(story: Story, enter: Enter) -> None:
    """A newer version may have written it, and so may a sentence that this one does not know."""
    story.receive(replace(webhook(NOW), title=Text("sentence.of.tomorrow"), summary=text("nodata.timeout")))
    page = enter().get("/incidents").text
    assert "sentence.of.tomorrow" in page
    assert "{limit}" in page
