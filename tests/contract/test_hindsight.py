"""Looking back, as every store promises it: samples in pages, misses, and what was open in a span of time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from relay.core.detectors.absent import Silent
from relay.core.model import Sample, Series, Severity
from relay.core.text import text
from relay.store import Backend
from relay.store.reader import Reader
from tests.building import HOUR, MINUTE, NOON, event
from tests.contract.stores import STORES, writing
from tests.contract.test_store import take

API = Series("api", "memory", (("instance", "a"),))


@pytest.fixture(params=STORES)
def backend(request: pytest.FixtureRequest) -> Backend:
    made = STORES[request.param](request)()
    made.migrate()
    return made


@pytest.fixture
def reader(backend: Backend) -> Iterator[Reader]:
    reader = Reader(backend)
    yield reader
    reader.close()


def test_samples_come_in_pages_the_oldest_first(backend: Backend, reader: Reader) -> None:
    """From a moment on, before another, and of too many the oldest."""
    with writing(backend) as tx:
        for minute in range(10):
            tx.add_sample(API, "%", Sample(NOON + minute * MINUTE, minute))
        tx.add_sample(Series("api", "cpu"), "%", Sample(NOON, 99))
    with reader.read() as tx:
        page = tx.samples_from(API, NOON + MINUTE, NOON + 9 * MINUTE, 3)
        assert [sample.value for sample in page] == [1, 2, 3]
        rest = tx.samples_from(API, page[-1].at + timedelta(microseconds=1), NOON + 9 * MINUTE, 100)
        assert [sample.value for sample in rest] == [4, 5, 6, 7, 8]
        kept = {one.series: (one.first_at, one.last_at) for one in tx.kept_series()}
    assert kept == {API: (NOON, NOON + 9 * MINUTE), Series("api", "cpu"): (NOON, NOON)}


def test_misses_are_kept_with_their_reason_and_forgotten_in_pieces(backend: Backend, reader: Reader) -> None:
    """The number in a row, 0 for the read that ended it; the oldest go first."""
    why = text("nodata.why.refused")
    with writing(backend) as tx:
        for number in (1, 2):
            tx.keep_miss("api", NOON + number * MINUTE, Silent(number, NOON, why))
        tx.keep_miss("api", NOON + 3 * MINUTE, Silent())
        tx.keep_miss("other", NOON, Silent(1, NOON, why))
    with reader.read() as tx:
        found = tx.misses("api", NOON, NOON + HOUR, 100)
    assert [(miss.number, miss.reason) for miss in found] == [(1, why), (2, why), (0, None)]
    with writing(backend) as tx:
        tx.forget_misses(NOON + 3 * MINUTE, 2)
    with reader.read() as tx:
        assert [miss.number for miss in tx.misses("api", NOON, NOON + HOUR, 100)] == [2, 0]
        assert tx.misses("other", NOON, NOON + HOUR, 100) == []


def test_what_was_open_in_a_span_is_found_in_order_and_in_pages(backend: Backend, reader: Reader) -> None:
    """Opened before it and still open, or over within it; not what was over before, and not other sources."""
    with writing(backend) as tx:
        for name, hours, over in (
            ("gone", 0, 1),
            ("across", 0, 4),
            ("within", 3, 4),
            ("open", 1, None),
            ("after", 9, None),
        ):
            take(tx, event(Severity.WARNING, NOON + hours * HOUR, fingerprint=name))
            if over is not None:
                take(tx, event(Severity.OK, NOON + over * HOUR, fingerprint=name))
        take(tx, event(Severity.WARNING, NOON + 3 * HOUR, fingerprint="foreign", source="generic"))
    with reader.read() as tx:
        first = tx.found_between("poll", NOON + 2 * HOUR, NOON + 5 * HOUR, None, 2)
        rest = tx.found_between("poll", NOON + 2 * HOUR, NOON + 5 * HOUR, first[-1], 2)
        last = tx.last_of("across", NOON + HOUR)
        assert tx.last_of("across", NOON) is None
    assert [one.fingerprint for one in (*first, *rest)] == ["across", "open", "within"]
    assert last is not None
    assert last.fingerprint == "across"


def test_an_event_keeps_the_rule_that_found_it(backend: Backend, reader: Reader) -> None:
    """Word for word, as pairs."""
    rule = (("rule", "memory"), ("warning", "70"), ("file", "config.yaml"), ("line", "7"))
    found = event(rule=rule)
    with writing(backend) as tx:
        change = take(tx, found)
    assert change is not None
    with reader.read() as tx:
        kept = tx.event_of(change.incident.id, 1)
        assert tx.event_of(change.incident.id, 2) is None
        assert tx.event_of("nothing", 1) is None
    assert kept is not None
    assert kept.rule == rule


def test_a_change_is_told_at_the_time_as_of_which_it_was_known(backend: Backend, reader: Reader) -> None:
    """A sample that its source brought late is judged again by its own time; and none is left out of many."""
    with writing(backend) as tx:
        first = take(tx, event(Severity.WARNING, NOON + HOUR, as_of=NOON, occurred_at=NOON))
        assert first is not None
        for number in range(1, 1_200):
            worse = Severity.CRITICAL if number % 2 else Severity.WARNING
            take(tx, event(worse, NOON + HOUR + number * MINUTE))
    with reader.read() as tx:
        moments = list(tx.every_moment(first.incident.id))
    assert [moment.sequence for moment in moments] == list(range(1, 1_201))
    assert (moments[0].at, moments[1].at) == (NOON, NOON + HOUR + MINUTE)


def test_the_event_of_a_change_is_found(backend: Backend, reader: Reader) -> None:
    """As it was told, whatever the incident carries since."""
    first, second = event(facts=(("limit_at", "soon"),)), event(Severity.CRITICAL, NOON + MINUTE)
    with writing(backend) as tx:
        take(tx, first)
        take(tx, second)
    with reader.read() as tx:
        found = tx.last_of(first.fingerprint, NOON + HOUR)
        assert found is not None
        assert [tx.event_of(found.id, number) for number in (1, 2, 3)] == [first, second, None]
        assert tx.event_of("f" * 32, 1) is None
