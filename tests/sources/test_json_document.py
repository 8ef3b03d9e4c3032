"""Numbers from JSON documents: one path leads to a number or to nothing, one body is JSON or a reason."""

from __future__ import annotations

import json
from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.core.text import Language, say
from relay.sources.json_document import DocumentError, at_path, number, parse
from tests.far_end import closed_port, dripping, page, silent
from tests.sources.reading import read, read_from, told, why

STATS = {
    "cache": {"history_entries": 120, "estimated_memory_kb": "48.5", "full": False},
    "items": [{"value": 7}],
}
UNREADABLE = "the answer could not be read: "


def test_numbers_are_read_by_their_paths():
    paths = {"history": "cache.history_entries", "kb": "cache.estimated_memory_kb", "full": "cache.full"}
    result = read(
        page(json.dumps(STATS).encode()), "json", "history", paths={**paths, "first": "items.0.value"}
    )
    assert told(result) == {("history", ()): 120, ("kb", ()): 48.5, ("full", ()): 0, ("first", ()): 7}


def test_what_leads_to_no_number_is_left_out():
    """The caller knows which names it misses, and says so."""
    paths = {"a": "cache", "b": "cache.none", "c": "items.1.value", "d": "items.x", "e": "cache.full.deeper"}
    assert told(read(page(json.dumps(STATS).encode()), "json", "a", paths=paths)) == {}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a.b", 1),
        (r"a\.b", 2),
        ("list.0", 3),
        ("list.00", 3),
        ("list.2", None),
        ("list.-1", None),
        ("list.²", None),
        ("list." + "9" * 5000, None),
        ("0", 5),
        ("a..b", None),
        ("", None),
        ("list.length", None),
    ],
)
def test_paths(path, found):
    assert at_path({"a": {"b": 1}, "a.b": 2, "list": [3, 4], "0": 5}, path) == found


@pytest.mark.parametrize(
    ("found", "value"),
    [
        (5, 5),
        (-0.5, -0.5),
        (True, 1),
        (False, 0),
        ("12.5", 12.5),
        (" 1e3\n", 1000),
        ("12 MB", None),
        ("1_000", None),
        ("nan", None),
        ("inf", None),
        ("1e999", None),
        ("٣", None),
        ("..", None),
        ("", None),
        ("1" * 10_000, None),
        (10**400, None),
        (float("inf"), None),  # what JSON's 1e999 becomes
        (None, None),
        ([5], None),
        ({"value": 5}, None),
    ],
)
def test_numbers(found, value):
    assert number(found) == value


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "no JSON at line 1, column 1"),
        (b"<html>", "no JSON at line 1, column 1"),
        (b'{"a": 1,\n "b" 2}', "no JSON at line 2, column 6"),
        (b'{"a": 1} x', "no JSON at line 1, column 10"),
        (b'{"a": 1', "no JSON at line 1, column 8"),
        (b'{"a": NaN}', "it holds a number that is none in JSON"),
        (b'{"a": -Infinity}', "it holds a number that is none in JSON"),
        (b'{"a": ' + b"1" * 5_000 + b"}", "it holds a number that is none in JSON"),
        (b'{"a": 1, "a": 2}', "a key stands twice in one object"),
        (b'{"a": "\xe9"}', "it is not UTF-8"),
        ('{"a": 1}'.encode("utf-16"), "it is not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_json_says_why(body, reason):
    with pytest.raises(DocumentError) as caught:
        parse(body)
    assert say(caught.value.reason, Language.ENGLISH) == reason
    assert why(read(page(body), "json", "a", paths={"a": "a"})) == UNREADABLE + reason


@pytest.mark.parametrize(
    "body",
    [b'\xef\xbb\xbf{"a": 1}', b' {"a": 1}\r\n', b'{"a": 1e0, "b": "\\ud800"}', b'{"b": {"a": 2}, "a": 1}'],
)
def test_odd_json_is_read(body):
    assert told(read(page(body), "json", "a", paths={"a": "a"})) == {("a", ()): 1}


@pytest.mark.parametrize(
    ("answering", "reason"),
    [
        (silent, "no complete answer within 1 s"),
        (dripping(b"HTTP/1.1 200 OK\r\n\r\n"), "no complete answer within 1 s"),
        (page(b"[" + b"1," * 600 + b"1]"), "the answer is larger than 1 kB"),
        (page(b"{}", 404), "the source answered HTTP 404"),
    ],
)
def test_what_brings_no_data_says_why(answering, reason):
    assert why(read(answering, "json", "a", paths={"a": "a"}, cap=1000)) == reason


def test_no_connection_says_why():
    url = f"http://127.0.0.1:{closed_port()}/"
    assert why(read_from(url, "json", "a", paths={"a": "a"})) == "no connection (connection refused)"


documents = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()
    ),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
)


@given(documents, st.text(st.sampled_from("ab0.\\1"), max_size=8))
def test_law_a_number_is_finite_whatever_the_document_and_the_path(document, path):
    value = number(at_path(document, path))
    assert value is None or isfinite(value)


@given(st.one_of(st.binary(), documents.map(lambda document: json.dumps(document)[:-1].encode())))
def test_law_a_body_is_json_or_refused(body):
    try:
        document = parse(body)
    except DocumentError:
        return
    assert document == json.loads(body)


@given(documents)
def test_law_what_json_writes_is_read(document):
    assert parse(json.dumps(document, allow_nan=False).encode()) == document
