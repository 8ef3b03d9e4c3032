"""Core values as JSON and back: nothing is lost or changed, whatever came in."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from relay.core.model import Event, Incident, Labels, Reading, Readings, Severity
from relay.core.text import Language, Quantity, Text, say, verbatim
from relay.store.documents import (
    moment,
    read_event,
    read_incident,
    read_labels,
    read_readings,
    read_reason,
    read_text,
    stamp,
    write_event,
    write_incident,
    write_labels,
    write_readings,
    write_reason,
    write_text,
)
from tests.building import event

# Any character: NUL, controls, halves of characters. Two halves that meet are one character, as JSON has it.
characters = st.characters(exclude_categories=()) | st.sampled_from(
    ["\x00", "\ud800", "\u2028", '"', "\\", "{", "%"]
)
words = st.text(characters).map(
    lambda said: said.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
)
times = st.datetimes(datetime(1700, 1, 1), datetime(2242, 1, 1), timezones=st.just(UTC)).map(
    lambda at: at.replace(fold=0)
)
numbers = st.floats(allow_nan=False)
spans = st.timedeltas(timedelta(days=-36_500), timedelta(days=36_500))
pairs: st.SearchStrategy[Labels] = st.dictionaries(words, words, max_size=3).map(
    lambda said: tuple(said.items())
)
texts = st.recursive(
    st.builds(verbatim, words),
    lambda inner: st.builds(
        lambda key, args: Text(key, tuple(sorted(args.items()))),
        words,
        st.dictionaries(
            words,
            words
            | numbers
            | st.integers(-(2**53), 2**53)
            | spans
            | inner
            | st.builds(Quantity, numbers, words),
            max_size=3,
        ),
    ),
    max_leaves=4,
)
severities = st.sampled_from(Severity)
maybe_times = st.none() | times
events = st.builds(
    Event,
    id=words,
    fingerprint=words,
    severity=severities,
    kind=words,
    source=words,
    target=words,
    title=texts,
    summary=texts,
    occurred_at=times,
    received_at=times,
    labels=pairs,
    facts=pairs,
    value=st.none() | numbers,
    threshold=st.none() | numbers,
    unit=words,
    ends_at=maybe_times,
    momentary=st.booleans(),
    repeats=st.lists(words, max_size=3).map(tuple),
    as_of=maybe_times,
)
incidents = st.builds(
    Incident,
    id=words,
    fingerprint=words,
    severity=severities,
    peak=severities,
    source=words,
    kind=words,
    target=words,
    title=texts,
    summary=texts,
    opened_at=times,
    updated_at=times,
    sequence=st.integers(1, 2**31),
    labels=pairs,
    facts=pairs,
    value=st.none() | numbers,
    threshold=st.none() | numbers,
    unit=words,
    resolved_at=maybe_times,
    ends_at=maybe_times,
    follows=st.none() | words,
    late=st.booleans(),
)


@given(events)
def test_an_event_comes_back_as_it_was(one: Event) -> None:
    assert read_event(write_event(one)) == one


@given(incidents)
def test_an_incident_comes_back_as_it_was(one: Incident) -> None:
    assert read_incident(write_incident(one)) == one


@given(texts)
def test_a_sentence_comes_back_as_it_was(one: Text) -> None:
    assert read_text(write_text(one)) == one


@given(pairs, pairs)
def test_labels_come_back_and_are_equal_when_their_documents_are(one: Labels, other: Labels) -> None:
    assert read_labels(write_labels(one)) == one
    assert (write_labels(one) == write_labels(other)) == (one == other)


@given(times, st.lists(st.builds(Reading, words, st.floats(), pairs), max_size=5))
def test_readings_come_back_with_every_odd_number(at: datetime, values: list[Reading]) -> None:
    readings = Readings(at, tuple(values))
    assert repr(read_readings(write_readings(readings))) == repr(readings)  # by words, as NaN is not NaN


def test_no_readings_are_none() -> None:
    assert read_readings("") is None


@given(times)
def test_a_time_is_kept_to_the_microsecond(at: datetime) -> None:
    assert moment(stamp(at)) == at


@given(st.datetimes(timezones=st.just(UTC)))
@example(datetime.max.replace(tzinfo=UTC))
@example(datetime.min.replace(tzinfo=UTC))
def test_any_time_that_a_sender_may_claim_can_be_read_again(at: datetime) -> None:
    """A wrong end in the year 9999 once made its incident unreadable."""
    assert abs(moment(stamp(at)) - at) <= timedelta(seconds=1)


def test_documents_are_storable_everywhere() -> None:
    """Neither NUL nor halves of characters stand in them: PostgreSQL takes none."""
    document = write_event(event(title=verbatim("\x00\ud800"), facts=(("\x00", "\udfff"),)))
    assert document.isascii()
    assert "\x00" not in document


def test_a_newer_versions_document_is_read() -> None:
    written = json.loads(write_event(event()))
    assert read_event(json.dumps({**written, "mood": {"new": ["field"]}})) == event()


def test_an_older_versions_document_is_read() -> None:
    written = json.loads(write_event(event()))
    for added_since in ("as_of", "repeats", "momentary", "ends_at", "unit", "facts"):
        written.pop(added_since, None)
    assert read_event(json.dumps(written)) == event()


@given(st.none() | texts)
def test_the_reason_of_a_failure_comes_back_as_it_was(one: Text | None) -> None:
    assert read_reason(write_reason(one)) == one


@pytest.mark.parametrize(
    "words", ["Slack answered HTTP 404", '{"key":', '{"key":1}', '{"key":"x","args":7}', "[1]"]
)
def test_a_reason_that_an_older_version_kept_is_read_as_its_words(words: str) -> None:
    """In English as it was written; nothing that stands there makes a page fail."""
    found = read_reason(words)
    assert found is not None
    assert say(found, Language.FRENCH).startswith(words[:1])
