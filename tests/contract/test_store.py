"""What every store promises: one suite, run on each of ``STORES``."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from relay.core import incidents, routing
from relay.core.delivery import Delivery, DeliveryError, DeliveryState, Failure, RemoteRef, delivery_id
from relay.core.detectors.absent import Silent
from relay.core.identity import received
from relay.core.incidents import Past, Policy
from relay.core.model import (
    Change,
    ChangeKind,
    Event,
    NoData,
    Reading,
    Readings,
    Receipt,
    Sample,
    Series,
    Severity,
    labels,
)
from relay.core.routing import SILENCE, Route
from relay.core.text import text, verbatim
from relay.pipeline.setup import Setup
from relay.pipeline.taking import Taken, take_request
from relay.store import Backend
from relay.store.deliveries import Attempt, Claim
from relay.store.incidents import Filter, Place
from relay.store.reader import Reader
from relay.store.transactions import ReadTransaction, Transaction
from tests.building import HOUR, MINUTE, NOON, SECOND, event
from tests.contract.stores import STORES, writing

OK, WARNING, CRITICAL = Severity.OK, Severity.WARNING, Severity.CRITICAL
PENDING, PARKED = DeliveryState.PENDING, DeliveryState.PARKED
LEASE = timedelta(seconds=30)


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


def take(
    tx: Transaction, one: Event, routes: Sequence[Route] = (), silences: Sequence[routing.Silence] = ()
) -> Change | None:
    """The road of one event, as short as it can be."""
    seen, past = tx.known(one)
    if seen:
        return None
    decided = incidents.apply(past, one, Policy())
    if not isinstance(decided, Change):
        tx.keep_event(one, None, decided.value, None)
        return None
    tx.keep_event(one, None, decided.kind.value, decided.incident.id)
    tx.save_change(decided)
    tx.enqueue(routing.plan(decided, routes, silences, one.received_at))
    return decided


CHAT = (Route("chat", ("slack",)),)


def opened(backend: Backend, *events: Event, channels: Sequence[str] = ("slack",)) -> None:
    """Take events that are told on ``channels``."""
    with writing(backend) as tx:
        for channel in channels:
            tx.know_channel(channel, "settings", NOON)
        for one in events:
            take(tx, one, [Route("all", tuple(channels))])


def claimed(
    backend: Backend, at: datetime = NOON, owner: str = "one", channel: str = "slack"
) -> Claim | None:
    with writing(backend) as tx:
        return tx.claim(channel, owner, at, LEASE)


def recorded(
    backend: Backend,
    claim: Claim,
    after: Delivery | DeliveryError | None = None,
    at: datetime = NOON,
    remote: RemoteRef | None = None,
) -> bool:
    """Record a success, or the given failure or state."""
    if after is None:
        after = claim.turn.delivery.delivered()
    if isinstance(after, DeliveryError):
        after = claim.turn.delivery.failed(after, at)
    with writing(backend) as tx:
        return tx.record(claim, after, Attempt(at, after.state.value, SECOND), remote)


def states(reader: Reader, incident_id: str) -> list[tuple[int, DeliveryState]]:
    with reader.read() as tx:
        return [(one.sequence, one.state) for one in tx.deliveries(incident_id)]


# Events and receipts


def test_an_event_is_kept_word_for_word_once(backend: Backend, reader: Reader) -> None:
    one = event(CRITICAL, facts=labels({"commit": "é\ud83d"}), ends_at=NOON + HOUR, value=95.5)
    with writing(backend) as tx:
        assert tx.known(one) == (False, Past())
        tx.keep_event(one, "receipt", "opened", "incident")
        assert tx.known(one)[0]
        assert not tx.add_event(replace(one, summary=verbatim("other")), "later")
    with reader.read() as read:
        (kept,) = read.newest_events(10)
        assert (kept.event, kept.receipt_id, kept.outcome, kept.incident_id) == (
            one,
            "receipt",
            "opened",
            "incident",
        )
        assert read.events_of_receipt("receipt") == [kept]
        assert read.has_event(one.id)


def test_an_undated_body_is_a_repeat_of_each_id_it_may_be_stored_under(backend: Backend) -> None:
    with writing(backend) as tx:
        assert tx.add_event(event(id="minute-1"), None)
        assert not tx.add_event(event(id="minute-2", repeats=("minute-1", "minute-2")), None)
        assert tx.add_event(event(id="minute-9", repeats=("minute-8", "minute-9")), None)


def test_the_newest_news_leaves_information_out(backend: Backend) -> None:
    with writing(backend) as tx:
        assert tx.newest_at("poll/api/memory") is None
        tx.add_event(event(OK, NOON), None)
        tx.add_event(event(Severity.INFO, NOON + HOUR), None)
        tx.add_event(event(OK, NOON + HOUR, fingerprint="other"), None)
        tx.add_event(event(WARNING, NOON - HOUR, as_of=NOON + MINUTE), None)
        assert tx.newest_at("poll/api/memory") == NOON + MINUTE


def request(tx: Transaction, id: str, at: datetime, *events: Event) -> Taken:
    return take_request(tx, Receipt(id, "generic", at, b"{}"), events, Setup(), at)


def test_what_only_repeats_a_request_belongs_to_it(backend: Backend, reader: Reader) -> None:
    """Under whichever id it is stored. What brings anything new, or is news again, is a request of its own."""
    known = event(WARNING, id="minute-1", ends_at=NOON + MINUTE)
    later = event(WARNING, NOON + SECOND, id="minute-2", repeats=("minute-1",), ends_at=NOON + MINUTE)
    with writing(backend) as tx:
        assert request(tx, "first", NOON, known).receipt_id == "first"
        again = request(tx, "second", NOON + SECOND, later)
        assert (again.is_repeat, again.receipt_id) == (True, "first")
        more = request(tx, "third", NOON + SECOND, later, event(CRITICAL, id="new", fingerprint="new"))
        assert (more.is_repeat, more.receipt_id) == (False, "third")
        tx.add_event(event(OK, NOON + MINUTE, id="over"), None)
        request(tx, "end", NOON + 2 * MINUTE, event(OK, NOON + 2 * MINUTE))
        renewed = replace(later, received_at=NOON + HOUR, ends_at=NOON + 2 * HOUR)
        assert request(tx, "fourth", NOON + HOUR, renewed).receipt_id == "fourth"
        assert request(tx, "fifth", NOON + HOUR, renewed).receipt_id == "first"
        assert request(tx, "nothing", NOON).receipt_id == "nothing"
        # Found by a poll first: one request for all that repeat it.
        tx.add_event(event(WARNING, id="polled", fingerprint="polled"), None)
        polled = event(WARNING, NOON + MINUTE, id="polled", fingerprint="polled")
        repeats = {request(tx, f"r{number}", NOON + MINUTE, polled).receipt_id for number in range(3)}
        assert len(repeats) == 1
        # More than one statement takes by place, and those under which nothing is stored come first.
        many = [event(WARNING, id=f"z{n:03}", repeats=(f"a{n:03}",), fingerprint=f"z{n}") for n in range(250)]
        assert request(tx, "many", NOON, *many).receipt_id == "many"
        assert request(tx, "again", NOON + SECOND, *many).receipt_id == "many"
    with reader.read() as read:
        assert [name for name in ("second", "fifth", "nothing", "r0", "again") if read.receipt(name)] == [
            "nothing"
        ]
        assert [read.receipt(name) is not None for name in repeats] == [True]
        assert [len(read.events_of_receipt(name)) for name in ("first", "third", "fourth")] == [1, 1, 1]


def test_a_receipt_keeps_its_first_body(backend: Backend, reader: Reader) -> None:
    first = Receipt("id", "generic", NOON, b"\x00\xff{", "text/plain", "note")
    with writing(backend) as tx:
        tx.add_receipt(first)
        tx.add_receipt(replace(first, body=b"other"))
    with reader.read() as read:
        assert read.receipt("id") == first
        assert read.receipt("none") is None


@pytest.mark.parametrize(
    "odd",
    ["\ud800", "a\udfffb", "\x00", "é\u0000\U0001f600", "'; drop table events; --", "%s %(id)s {ts} :a ?"],
)
def test_odd_text_fails_nothing(backend: Backend, reader: Reader, odd: str) -> None:
    """Halves of characters and NUL come in as JSON escapes."""
    one = event(
        WARNING,
        fingerprint=f"f{odd}",
        target=odd,
        kind=odd,
        source=odd,
        title=verbatim(odd),
        summary=text("nodata.title", target=odd),
        labels=((odd, odd),),
    )
    with writing(backend) as tx:
        tx.add_receipt(Receipt("id", odd, NOON, b"", odd, odd))
        change = take(tx, one)
        assert change is not None
        series = Series(odd, odd, ((odd, odd),))
        assert tx.add_sample(series, odd, Sample(NOON, 1))
        assert [sample.value for sample in tx.samples(series, NOON)] == [1]
        again = replace(one, id="again", occurred_at=NOON + MINUTE, received_at=NOON + MINUTE)
        other = take(tx, again)
        assert other is not None
        assert other.kind is ChangeKind.UPDATED  # its fingerprint is found again
    with reader.read() as read:
        kept = read.incident(change.incident.id)
        assert kept is not None
        assert (kept.title, kept.labels, kept.target) == (one.title, one.labels, odd)
        assert read.incidents(Filter(words=(odd,))) is not None


def racing(work: Callable[[int], object], racers: int = 8) -> list[object]:
    """Run ``work`` in threads that start together."""
    start = threading.Barrier(racers)

    def run(number: int) -> object:
        start.wait()
        return work(number)

    with ThreadPoolExecutor(racers) as pool:
        return list(pool.map(run, range(racers)))


def test_eight_that_race_with_one_event_open_one_incident_with_one_delivery(
    backend: Backend, reader: Reader
) -> None:
    opened(backend)

    def work(number: int) -> bool:
        with writing(backend) as tx:
            return take(tx, event(), CHAT) is not None

    assert sorted(racing(work), key=bool) == [False] * 7 + [True]
    with reader.read() as read:
        assert len(read.incidents(Filter())) == 1
        assert read.delivery_counts() == {"pending": 1}


def test_eight_that_race_with_different_events_of_one_trouble_open_one_incident(
    backend: Backend, reader: Reader
) -> None:
    opened(backend)

    def work(number: int) -> None:
        with writing(backend) as tx:
            take(tx, event(WARNING, id=f"event-{number}"), CHAT)

    racing(work)
    with reader.read() as read:
        (incident,) = read.incidents(Filter())
        assert incident.sequence == 8
        assert [one.sequence for one in read.moments(incident.id)] == list(range(1, 9))


def test_a_store_holds_at_most_one_open_incident_of_a_trouble(backend: Backend) -> None:
    """Even for a caller that did not look first."""
    first, second = (incidents.apply(Past(), event(id=name), Policy()) for name in ("first", "second"))
    assert isinstance(first, Change)
    assert isinstance(second, Change)
    with writing(backend) as tx:
        tx.save_change(first)
    with pytest.raises(Exception, match=r"(?i)unique"), writing(backend) as tx:
        tx.save_change(second)


@pytest.mark.parametrize("name", STORES)
def test_starting_processes_may_race_for_the_schema(name: str, request: pytest.FixtureRequest) -> None:
    for _ in range(6):
        open_store = STORES[name](request)
        racing(lambda number, open_store=open_store: open_store().migrate())  # type: ignore[misc]
        backend = open_store()
        opened(backend, event())
        backend.migrate()  # and again later, without harm
        with writing(backend) as tx:
            assert tx.delivery_counts() == {"pending": 1}


# Incidents


def test_the_past_is_the_open_incident_else_the_one_that_changed_last(backend: Backend) -> None:
    """A sender that keeps an alert's start makes incidents that begin at the same time."""
    with writing(backend) as tx:
        assert tx.past("poll/api/memory") == Past()
        order = []
        for number in range(6):
            at = NOON + number * HOUR
            begun = take(tx, event(WARNING, NOON, id=f"{(number * 7) % 10}", as_of=at, received_at=at))
            over = take(tx, event(OK, at + MINUTE, id=f"over-{number}"))
            assert begun is not None
            assert over is not None
            assert begun.kind is ChangeKind.OPENED
            assert begun.incident.follows == (order[-1] if order else None)
            order.append(begun.incident.id)
            past = tx.past("poll/api/memory")
            assert past == Past(over.incident, at + MINUTE)
            assert tx.open_incident("poll/api/memory") is None


def test_an_end_that_is_put_off_is_put_off_everywhere(backend: Backend) -> None:
    with writing(backend) as tx:
        change = take(tx, event(ends_at=NOON + MINUTE))
        assert change is not None
        assert [one.id for one in tx.ended(NOON + MINUTE)] == [change.incident.id]
        tx.prolong(change.incident, NOON + HOUR)
        assert tx.ended(NOON + MINUTE) == []
        kept = tx.incident(change.incident.id)
        assert kept is not None
        assert kept.ends_at == NOON + HOUR
        take(tx, event(OK, NOON + MINUTE))
        assert tx.ended(NOON + 9 * HOUR) == []


def many(backend: Backend, count: int, first: int = 0) -> None:
    """Incidents of their own, several of which begin at the same moment."""
    with writing(backend) as tx:
        for number in range(first, first + count):
            at = NOON + (number // 3) * MINUTE
            take(
                tx,
                event(
                    WARNING, at, id=f"{number:03}", fingerprint=f"trouble-{number}", target=f"t{number % 2}"
                ),
            )


def test_paging_is_complete_and_without_duplicates_while_incidents_come_in(
    backend: Backend, reader: Reader
) -> None:
    many(backend, 40)
    seen: list[str] = []
    place: Place | None = None
    while True:
        with reader.read() as read:
            page = read.incidents(Filter(), place, limit=7)
        if not page:
            break
        seen += [incident.id for incident in page]
        place = Place(page[-1].opened_at, page[-1].id)
        many(backend, 5, first=100 + len(seen))  # newer ones, on the page before
    first = [received(NOON + (number // 3) * MINUTE, f"{number:03}") for number in range(40)]
    assert seen == sorted(first, reverse=True)


@pytest.mark.parametrize(
    ("which", "found"),
    [
        (Filter(), ["c", "b", "a"]),
        (Filter(is_open=True), ["c", "a"]),
        (Filter(is_open=False), ["b"]),
        (Filter(at_least=CRITICAL), ["b"]),  # by peak
        (Filter(target="api"), ["a"]),
        (Filter(source="poll"), ["c", "b", "a"]),
        (Filter(source="other"), []),
        (Filter(since=NOON + MINUTE), ["c", "b"]),
        (Filter(until=NOON + MINUTE), ["a"]),
        (Filter(words=("100%",)), ["a"]),
        (Filter(words=("under_score",)), ["b"]),  # not "underXscore" of c
        (Filter(words=("wow!",)), ["b"]),
        (Filter(words=("WOW!", "Score")), ["b"]),  # all words, in any case
        (Filter(words=("%",)), ["a"]),
        (Filter(words=("_",)), ["b"]),
        (Filter(words=("é",)), ["c"]),
        (Filter(words=("É",)), ["c"]),
        (Filter(words=("'",)), []),
        (Filter(words=("",)), ["c", "b", "a"]),
        # What a database would refuse, nobody looks for.
        (Filter(words=("x" * 100_000,)), []),
        (Filter(words=("wow",) * 5_000), ["b"]),
        (Filter(words=("%" * 60_000,)), []),
    ],
)
def test_filters_and_search(backend: Backend, reader: Reader, which: Filter, found: list[str]) -> None:
    with writing(backend) as tx:
        take(tx, event(WARNING, NOON, id="a", fingerprint="a", summary=verbatim("at 100% now")))
        take(
            tx,
            event(
                CRITICAL,
                NOON + MINUTE,
                id="b",
                fingerprint="b",
                target="b",
                summary=verbatim("wow! under_score"),
            ),
        )
        take(
            tx,
            event(
                OK,
                NOON + MINUTE,
                id="b-over",
                fingerprint="b",
                target="b",
                summary=verbatim("wow! under_score"),
            ),
        )
        take(
            tx,
            event(
                WARNING,
                NOON + 2 * MINUTE,
                id="c",
                fingerprint="c",
                target="c",
                summary=verbatim("underXscore Été"),
            ),
        )
    with reader.read() as read:
        assert [incident.fingerprint for incident in read.incidents(which)] == found


def test_a_read_is_one_view(backend: Backend, reader: Reader) -> None:
    opened(backend, event())
    with reader.read() as read:
        assert read.count_open() == {WARNING: 1}
        opened(backend, event(CRITICAL, fingerprint="other"))
        assert read.count_open() == {WARNING: 1}
    with reader.read() as read:
        assert read.count_open() == {WARNING: 1, CRITICAL: 1}


def test_what_is_open_is_counted_by_its_present_severity(backend: Backend, reader: Reader) -> None:
    """Through every kind of change, and as another process sees it; what is undone was never counted."""

    def counted() -> dict[Severity, int]:
        with reader.read() as read:
            return read.count_open()

    def later(severity: Severity, minutes: int) -> Event:
        return event(severity, NOON + minutes * MINUTE, id=str(minutes))

    assert counted() == {}
    opened(backend, later(WARNING, 0), event(CRITICAL, fingerprint="other"))
    assert counted() == {WARNING: 1, CRITICAL: 1}
    opened(backend, later(CRITICAL, 1))
    assert counted() == {CRITICAL: 2}
    opened(backend, later(OK, 2))
    assert counted() == {CRITICAL: 1}
    opened(backend, later(WARNING, 3))
    with suppress(ZeroDivisionError), writing(backend) as tx:
        take(tx, later(OK, 4))
        assert tx.count_open() == {CRITICAL: 1}
        raise ZeroDivisionError
    assert counted() == {WARNING: 1, CRITICAL: 1}
    with writing(backend) as tx:
        tx._database.run("delete from incidents")
    assert counted() == {}


def test_open_troubles_of_a_source_are_told_in_short_the_worst_first(
    backend: Backend, reader: Reader
) -> None:
    """The canary's rule is named as those of polls are."""
    for number, (severity, name, source) in enumerate(
        [
            (WARNING, "poll/a/cpu", "poll"),
            (CRITICAL, "poll/b/cpu", "poll"),
            (CRITICAL, "poll/c/cpu", "canary"),
            (CRITICAL, "generic/key/poll/", "generic"),
            (CRITICAL, "poll0", "poll0"),
        ]
    ):
        opened(backend, event(severity, id=str(number), fingerprint=name, source=source))
    opened(backend, event(OK, NOON + MINUTE, id="over", fingerprint="poll/a/cpu"))
    opened(backend, event(WARNING, id="again", fingerprint="poll/z/cpu"))
    with reader.read() as read:
        found = [(one.fingerprint, one.severity) for one in read.open_troubles("poll")]
    assert found == [("poll/b/cpu", CRITICAL), ("poll/z/cpu", WARNING)]


def test_a_reader_writes_nothing(backend: Backend, reader: Reader) -> None:
    opened(backend)
    with pytest.raises(Exception, match=r"(?i)read-?only"), reader.read() as read:  # noqa: PT012
        assert isinstance(read, ReadTransaction)
        Transaction(read._database).know_targets(["new"], NOON)
    with reader.read() as read:
        assert read.newest_events(1) == []


def test_a_view_that_fails_leaves_the_reader_usable(backend: Backend, reader: Reader) -> None:
    opened(backend, event())
    with pytest.raises(ZeroDivisionError), reader.read():
        raise ZeroDivisionError
    with reader.read() as read:
        assert read.count_open() == {WARNING: 1}


# The outbox


def test_planning_again_puts_nothing_twice_in_the_outbox(backend: Backend) -> None:
    opened(backend)
    with writing(backend) as tx:
        change = take(tx, event(), CHAT)
        assert change is not None
        deliveries = routing.plan(change, CHAT, (), NOON)
        tx.enqueue(deliveries)
        assert tx.deliveries(change.incident.id) == deliveries


def test_a_claim_is_one_senders_until_its_lease_ends(backend: Backend) -> None:
    opened(backend, event())
    first = claimed(backend)
    assert first is not None
    assert claimed(backend, NOON + LEASE - SECOND, "two") is None
    second = claimed(backend, NOON + LEASE, "two")
    assert second is not None
    assert second.turn.delivery.id == first.turn.delivery.id
    assert second.token > first.token
    # The first may have sent before it died: the second message says that it may be a repeat.
    assert (first.turn.delivery.uncertain, second.turn.delivery.uncertain) == (False, True)


def test_a_sender_that_woke_late_writes_nothing(backend: Backend, reader: Reader) -> None:
    opened(backend, event())
    first, second = claimed(backend), claimed(backend, NOON + LEASE, "two")
    assert first is not None
    assert second is not None
    assert not recorded(backend, first, DeliveryError(Failure.PERMANENT, "late"), NOON + HOUR)
    incident = first.turn.incident.id
    assert states(reader, incident) == [(1, PENDING)]
    assert recorded(backend, second)
    assert not recorded(backend, first, DeliveryError(Failure.GONE, "late"), NOON + HOUR)
    assert states(reader, incident) == [(1, DeliveryState.DELIVERED)]
    with reader.read() as read:  # its attempts are kept all the same: they were made
        (attempts,) = read.attempts(incident).values()
        assert [one.number for one in attempts] == [1, 2, 3]


def test_a_late_sender_whose_lease_nobody_took_is_heard(backend: Backend) -> None:
    opened(backend, event())
    claim = claimed(backend)
    assert claim is not None
    assert recorded(backend, claim, at=NOON + HOUR)


def test_eight_that_race_for_one_delivery_get_it_once(backend: Backend) -> None:
    opened(backend, event())
    claims = racing(lambda number: claimed(backend, owner=str(number)))
    assert sum(claim is not None for claim in claims) == 1


def test_nothing_overtakes_within_an_incident_and_channel(backend: Backend, reader: Reader) -> None:
    """The end waits behind a beginning that is parked; other incidents and channels do not."""
    opened(backend, event(), channels=("slack", "discord"))
    first = claimed(backend)
    assert first is not None
    recorded(backend, first, DeliveryError(Failure.GONE, "HTTP 404"))
    opened(
        backend,
        event(OK, NOON + SECOND),
        event(WARNING, NOON + SECOND, fingerprint="other"),
        channels=("slack", "discord"),
    )
    at = NOON + 2 * SECOND
    other = claimed(backend, at)
    assert other is not None
    assert other.turn.incident.fingerprint == "other"
    recorded(backend, other)
    assert claimed(backend, at) is None
    discord = claimed(backend, at, channel="discord")
    assert discord is not None
    assert [one.sequence for one in discord.turn.moments] == [1, 2]
    with writing(backend) as tx:
        assert tx.ready_channels(at) == ["discord"]
        assert "slack" not in tx.due_times()  # whoever woke for it would find no work
        assert tx.unpark("slack", NOON + HOUR)
    later = claimed(backend, NOON + HOUR)
    assert later is not None
    assert [one.kind for one in later.turn.moments] == [ChangeKind.OPENED, ChangeKind.RESOLVED]


def test_news_brings_forward_what_waits_for_its_next_try(backend: Backend) -> None:
    """An escalation does not wait for hours behind an old retry; both are told together, in their order."""
    opened(backend, event(WARNING), event(WARNING, fingerprint="other"))
    for _ in range(2):
        first = claimed(backend)
        assert first is not None
        recorded(backend, first, DeliveryError(Failure.REFUSED, "HTTP 500", retry_after=HOUR))
    opened(backend, event(CRITICAL, NOON + SECOND))
    with writing(backend) as tx:
        assert tx.due_times()["slack"] == NOON + SECOND
    claim = claimed(backend, NOON + 2 * SECOND)
    assert claim is not None
    assert [one.sequence for one in claim.turn.moments] == [1, 2]
    assert claimed(backend, NOON + 2 * SECOND) is None  # the other incident's try stays where it was


def test_a_channel_that_is_well_again_brings_forward_its_retries_alone(backend: Backend) -> None:
    """Not what was never tried, as a silence may hold it; not another channel's."""
    opened(backend, event(), event(fingerprint="untried"), channels=("slack", "discord"))
    for channel in ("slack", "discord"):
        claim = claimed(backend, channel=channel)
        assert claim is not None
        recorded(backend, claim, DeliveryError(Failure.REFUSED, "HTTP 500", retry_after=HOUR))
    with writing(backend) as tx:
        assert tx.hurry("slack", NOON + MINUTE) == 1
        assert tx.hurry("slack", NOON + MINUTE) == 0


def test_what_waits_together_is_told_together(backend: Backend, reader: Reader) -> None:
    opened(backend, event(WARNING), event(CRITICAL, NOON + SECOND), event(OK, NOON + 2 * SECOND))
    claim = claimed(backend, NOON + MINUTE)
    assert claim is not None
    assert [one.sequence for one in claim.turn.moments] == [1, 2, 3]
    opened(backend, event(WARNING, NOON + 3 * SECOND))  # while it is being sent
    assert recorded(backend, claim, remote=RemoteRef((("id", "42"),)))
    incident = claim.turn.incident.id
    delivered, folded = DeliveryState.DELIVERED, DeliveryState.FOLDED
    assert states(reader, incident) == [(1, delivered), (2, folded), (3, folded), (4, PENDING)]
    newer = claimed(backend, NOON + MINUTE)
    assert newer is not None
    assert (newer.turn.told, newer.previous) == (True, RemoteRef((("id", "42"),)))
    assert [one.sequence for one in newer.turn.moments] == [4]


def test_repeated_reports_between_two_changes_are_part_of_the_story(backend: Backend) -> None:
    opened(backend, event(WARNING), event(WARNING, NOON + SECOND), event(OK, NOON + 2 * SECOND))
    claim = claimed(backend, NOON + MINUTE)
    assert claim is not None
    assert [one.kind for one in claim.turn.moments] == [
        ChangeKind.OPENED,
        ChangeKind.UPDATED,
        ChangeKind.RESOLVED,
    ]


@pytest.mark.parametrize(
    "failure", [Failure.REFUSED, Failure.UNCERTAIN, Failure.THROTTLED, Failure.PERMANENT, Failure.GONE]
)
def test_a_failure_takes_nothing_along(backend: Backend, reader: Reader, failure: Failure) -> None:
    """Only what was told is folded: a newer change outlives the one that could not be told."""
    opened(backend, event(WARNING), event(CRITICAL, NOON + SECOND))
    claim = claimed(backend, NOON + MINUTE)
    assert claim is not None
    recorded(backend, claim, DeliveryError(failure, "no"), NOON + MINUTE)
    assert dict(states(reader, claim.turn.incident.id))[2] is PENDING
    if failure is Failure.PERMANENT:
        newer = claimed(backend, NOON + MINUTE)
        assert newer is not None
        assert newer.turn.delivery.sequence == 2


def hold(backend: Backend, one: Event, until: datetime, by: str = SILENCE) -> None:
    """Take an event whose delivery is held."""
    with writing(backend) as tx:
        tx.know_channel("slack", "settings", NOON)
        change = take(tx, one)
        assert change is not None
        identity = delivery_id(change.incident.id, change.sequence, "slack")
        tx.enqueue(
            [
                Delivery(
                    identity, change.incident.id, change.sequence, "slack", one.received_at, until, held=by
                )
            ]
        )


def test_worse_news_brings_forward_what_was_held(backend: Backend) -> None:
    hold(backend, event(WARNING), NOON + 8 * HOUR, "quiet hours")
    hold(backend, event(WARNING, fingerprint="other"), NOON + 8 * HOUR, "quiet hours")
    assert claimed(backend, NOON + HOUR) is None
    opened(backend, event(CRITICAL, NOON + HOUR))
    claim = claimed(backend, NOON + HOUR)
    assert claim is not None
    assert [one.sequence for one in claim.turn.moments] == [1, 2]
    recorded(backend, claim)
    assert claimed(backend, NOON + HOUR) is None  # the other trouble stays held
    assert claimed(backend, NOON + 8 * HOUR) is not None


@pytest.mark.parametrize("outlived", [False, True])
def test_a_turn_is_silenced_only_when_a_silence_held_all_of_it(backend: Backend, outlived: bool) -> None:
    hold(backend, event(WARNING), NOON + HOUR)
    if outlived:
        opened(backend, event(OK, NOON + 2 * HOUR))
    else:
        hold(backend, event(OK, NOON + MINUTE), NOON + HOUR)
    claim = claimed(backend, NOON + 2 * HOUR)
    assert claim is not None
    assert claim.turn.silenced is not outlived


def test_a_parked_channel_keeps_what_waits_and_goes_on_where_it_stopped(
    backend: Backend, reader: Reader
) -> None:
    opened(backend, event(WARNING), event(WARNING, NOON + SECOND, fingerprint="other"))
    claim = claimed(backend)
    assert claim is not None
    with writing(backend) as tx:
        gone = DeliveryError(Failure.GONE, "HTTP 404")
        after = claim.turn.delivery.failed(gone, NOON)
        tx.record(claim, after, Attempt(NOON, "gone", SECOND, 404), None)
        tx.park_channel("slack", verbatim("HTTP 404"), NOON)
    opened(backend, event(OK, NOON + 2 * SECOND))
    at = NOON + HOUR
    with writing(backend) as tx:
        assert tx.ready_channels(at) == []
    with reader.read() as read:
        assert read.due_times() == {}
        assert read.depth(at).oldest_due_at is None  # it waits for an operator, the relay is not behind
        (channel,) = read.channels()
        assert (channel.parked_at, channel.reason) == (NOON, verbatim("HTTP 404"))
        assert {one.state: one.number for one in read.waiting()} == {PENDING: 2, PARKED: 1}
    with writing(backend) as tx:
        assert tx.unpark("slack", at)
        assert not tx.unpark("slack", at)
        assert tx.ready_channels(at) == ["slack"]
    told: list[list[int]] = []
    while (claim := claimed(backend, at)) is not None:
        told.append([one.sequence for one in claim.turn.moments])
        recorded(backend, claim)
    assert sorted(told) == [[1], [1, 2]]


def test_mended_settings_take_a_channel_up_and_try_again_at_once(backend: Backend) -> None:
    opened(backend, event())
    claim = claimed(backend)
    assert claim is not None
    recorded(backend, claim, DeliveryError(Failure.REFUSED, "HTTP 500", retry_after=5 * HOUR))
    hold(backend, event(fingerprint="held"), NOON + HOUR)
    with writing(backend) as tx:
        tx.park_channel("slack", verbatim("HTTP 404"), NOON)
        assert not tx.know_channel("slack", "settings", NOON + MINUTE)  # a mere restart mends nothing
        assert tx.know_channel("slack", "mended", NOON + MINUTE)
        assert tx.ready_channels(NOON + MINUTE) == ["slack"]
        assert tx.claim("slack", "one", NOON + MINUTE, LEASE) is not None
        assert (
            tx.claim("slack", "one", NOON + MINUTE, LEASE) is None
        )  # a silence holds, whatever the settings


def test_an_old_instance_does_not_park_what_was_mended(backend: Backend, reader: Reader) -> None:
    """During a deployment the old instance may still fail with the old settings."""
    opened(backend, event())
    claim = claimed(backend, owner="old")
    assert claim is not None
    with writing(backend) as tx:
        tx.know_channel("slack", "mended", NOON)
        after = claim.turn.delivery.failed(DeliveryError(Failure.GONE, "HTTP 404"), NOON)
        tx.record(claim, after, Attempt(NOON, "gone", SECOND, 404), None)
        assert not tx.park_channel("slack", verbatim("HTTP 404"), NOON, identity="settings")
    assert claimed(backend, owner="new") is not None
    with writing(backend) as tx:
        assert tx.park_channel("slack", verbatim("HTTP 404"), NOON, identity="mended")


def test_a_channel_that_is_no_longer_configured_is_parked_and_comes_back_with_its_messages(
    backend: Backend, reader: Reader
) -> None:
    opened(backend, event(), channels=("slack", "discord"))
    with writing(backend) as tx:
        assert tx.retire_channels(["discord"], NOON) == ["slack"]
        assert tx.retire_channels(["discord"], NOON + HOUR) == []
        assert tx.ready_channels(NOON) == ["discord"]
    with reader.read() as read:
        assert {one.name: one.parked_at for one in read.channels()} == {"slack": NOON, "discord": None}
        assert [(one.channel, one.number) for one in read.waiting()] == [("discord", 1), ("slack", 1)]
    with writing(backend) as tx:
        assert tx.know_channel("slack", "settings", NOON + HOUR)
        assert tx.ready_channels(NOON + HOUR) == ["discord", "slack"]


def test_a_channel_is_left_alone_while_it_sends_and_until_its_pace_allows(backend: Backend) -> None:
    opened(backend, event())
    with writing(backend) as tx:
        tx.pace("slack", NOON + SECOND, NOON + LEASE)
        assert tx.ready_channels(NOON + 2 * SECOND) == []
        assert tx.due_times() == {"slack": NOON + LEASE}
        tx.settle_channel("slack", refused_at=None)
        assert tx.ready_channels(NOON) == []
        assert tx.ready_channels(NOON + SECOND) == ["slack"]
        tx.hold_channel("slack", NOON + HOUR)
        tx.hold_channel("slack", NOON + MINUTE)  # a shorter pause does not shorten a longer one
        tx.pace("slack", NOON + MINUTE, NOON)
        assert tx.ready_channels(NOON + HOUR - SECOND) == []
        assert tx.ready_channels(NOON + HOUR) == ["slack"]


def test_a_channel_that_crashed_while_it_sent_is_free_after_its_lease(backend: Backend) -> None:
    opened(backend, event())
    with writing(backend) as tx:
        assert tx.claim("slack", "dead", NOON, LEASE) is not None
        tx.pace("slack", NOON + SECOND, NOON + LEASE)
    with writing(backend) as tx:
        assert tx.due_times() == {"slack": NOON + LEASE}
        assert tx.ready_channels(NOON + LEASE) == ["slack"]
        assert tx.claim("slack", "alive", NOON + LEASE, LEASE) is not None


def test_a_channel_remembers_since_when_it_refuses(backend: Backend, reader: Reader) -> None:
    opened(backend, event())
    with writing(backend) as tx:
        tx.settle_channel("slack", refused_at=NOON, reason=verbatim("HTTP 500"))
        tx.settle_channel("slack", refused_at=NOON + HOUR, reason=verbatim("HTTP 502"))
        claim = tx.claim("slack", "one", NOON, LEASE)
        assert claim is not None
        assert (claim.turn.refusing_since, claim.turn.refusal) == (NOON, verbatim("HTTP 502"))
        tx.settle_channel("slack", refused_at=None)
        (channel,) = tx.channels()
        assert (channel.refusing_since, channel.reason) == (None, None)


def test_depth_counts_as_overdue_only_what_could_be_sent(backend: Backend) -> None:
    opened(backend, event(WARNING))
    with writing(backend) as tx:
        assert (tx.depth(NOON + HOUR).pending, tx.depth(NOON + HOUR).oldest_due_at) == (1, NOON)
    claim = claimed(backend)
    assert claim is not None
    recorded(backend, claim, DeliveryError(Failure.REFUSED, "HTTP 503", retry_after=3 * HOUR))
    opened(backend, event(OK, NOON + SECOND))
    hold(backend, event(fingerprint="held"), NOON + 3 * HOUR)
    with writing(backend) as tx:
        assert tx.depth(NOON + HOUR).oldest_due_at == NOON + SECOND  # news brought it forward
        tx.hold_channel("slack", NOON + 3 * HOUR)
        depth = tx.depth(NOON + HOUR)
        assert (depth.pending, depth.oldest_due_at) == (3, None)


# Targets and samples

EVERY = {"api": MINUTE}


def test_a_new_target_is_due_at_once_and_keeps_its_beat(backend: Backend) -> None:
    with writing(backend) as tx:
        tx.know_targets(["api"], NOON)
        for late in (0, 7, 3, 0):  # seconds
            (lease,) = tx.claim_targets(EVERY, "one", NOON + late * SECOND, LEASE, 10)
            assert tx.claim_targets(EVERY, "one", NOON + late * SECOND, LEASE, 10) == []
            assert tx.keep_read(lease, Silent(), Readings(NOON, ()))
            (state,) = tx.target_states()
            assert state.due_at == NOON + MINUTE  # not a minute after the late read
            tx.know_targets([], NOON)
            tx.know_targets(["api"], NOON)


@pytest.mark.parametrize("stopped", [59, 60, 61, 600, 86_400 * 30 + 13])
def test_after_a_stop_of_any_length_a_target_is_read_once(backend: Backend, stopped: int) -> None:
    with writing(backend) as tx:
        tx.know_targets(["api"], NOON)
        at = NOON + stopped * SECOND
        (lease,) = tx.claim_targets(EVERY, "one", at, LEASE, 10)
        tx.keep_read(lease, Silent(), Readings(at, ()))
        assert tx.claim_targets(EVERY, "one", at, LEASE, 10) == []
        (state,) = tx.target_states()
        assert at < state.due_at <= at + MINUTE
        assert (state.due_at - NOON) % MINUTE == timedelta(0)  # on the beat


def test_two_instances_read_a_target_once_and_only_its_reader_keeps_what_it_read(backend: Backend) -> None:
    with writing(backend) as tx:
        tx.know_targets(["api"], NOON)
        (slow,) = tx.claim_targets(EVERY, "one", NOON, LEASE, 10)
        assert tx.claim_targets(EVERY, "two", NOON, LEASE, 10) == []
        # Due again before the first is back: it is left until the lease is over.
        assert tx.claim_targets({"api": SECOND}, "two", NOON + 20 * SECOND, LEASE, 10) == []
        (taken,) = tx.claim_targets(EVERY, "two", NOON + MINUTE, LEASE, 10)
        assert taken.token > slow.token
        readings = Readings(NOON, (Reading("up", float("nan"), labels({"a": "b"})),))
        assert not tx.keep_read(slow, Silent(), readings)
        assert tx.last_poll("api").readings is None
        assert tx.keep_read(taken, Silent(), readings)
        assert tx.last_poll("api").readings is not None


def test_racing_instances_read_each_target_once(backend: Backend) -> None:
    names = [f"target-{number}" for number in range(30)]
    with writing(backend) as tx:
        tx.know_targets(names, NOON)

    def work(number: int) -> list[str]:
        with writing(backend) as tx:
            return [
                lease.target
                for lease in tx.claim_targets(dict.fromkeys(names, MINUTE), str(number), NOON, LEASE, 7)
            ]

    taken = [name for names in racing(work) for name in names]  # type: ignore[attr-defined]
    assert sorted(taken) == sorted(names)


def test_a_read_without_data_keeps_the_last_readings_and_counts_the_misses(backend: Backend) -> None:
    with writing(backend) as tx:
        tx.know_targets(["api"], NOON)
        (lease,) = tx.claim_targets(EVERY, "one", NOON, LEASE, 10)
        tx.keep_read(lease, Silent(), Readings(NOON, (Reading("up", 1.0),)))
        (lease,) = tx.claim_targets(EVERY, "one", NOON + MINUTE, LEASE, 10)
        why = text("nodata.why.refused")
        silent = Silent(1, NOON + MINUTE, why)
        tx.keep_read(lease, silent, NoData(NOON + MINUTE, why))
        assert tx.last_poll("api").silent == silent
        assert tx.last_poll("api").readings == Readings(NOON, (Reading("up", 1.0),))
        (state,) = tx.target_states()
        assert (state.silent, state.read_at) == (silent, NOON)
        assert tx.last_poll("unknown").silent == Silent()


def test_the_severities_of_many_troubles_are_asked_for_at_once(backend: Backend) -> None:
    over = event(WARNING, fingerprint="over")
    opened(backend, event(WARNING, fingerprint="a"), event(CRITICAL, fingerprint="b"), over)
    opened(backend, event(OK, fingerprint="over"))
    with writing(backend) as tx:
        names = ["a", "b", "over", *(f"unknown {number}" for number in range(600))]
        assert tx.severities(names) == tx.severities(names[::-1]) == {"a": WARNING, "b": CRITICAL}
        assert tx.severities([]) == {}


def test_samples_are_kept_once_and_returned_in_order(backend: Backend) -> None:
    one, other = Series("api", "memory"), Series("api", "memory", labels({"zone": "par"}))
    with writing(backend) as tx:
        for minute in (2, 0, 1):
            assert tx.add_sample(one, "%", Sample(NOON + minute * MINUTE, minute))
        assert not tx.add_sample(one, "%", Sample(NOON, 99))
        assert tx.add_sample(other, "%", Sample(NOON, 7))
        assert [sample.value for sample in tx.samples(one, NOON)] == [0, 1, 2]
        assert [sample.value for sample in tx.samples(one, NOON + MINUTE, NOON + 2 * MINUTE)] == [1]
        assert [sample.value for sample in tx.samples(one, NOON, limit=2)] == [1, 2]  # of too many the newest
        assert {latest.series: latest.sample.value for latest in tx.latest()} == {one: 2, other: 7}


def test_old_samples_are_forgotten_in_pieces(backend: Backend) -> None:
    series = [Series("api", f"metric-{number}") for number in range(3)]
    with writing(backend) as tx:
        for one in series:
            for minute in range(10):
                tx.add_sample(one, "", Sample(NOON + minute * MINUTE, minute))
        before = NOON + 7 * MINUTE
        assert [tx.forget_samples(before, 8) for _ in range(4)] == [8, 8, 5, 0]
        for one in series:
            assert [sample.value for sample in tx.samples(one, NOON)] == [7, 8, 9]


# Retention


def test_history_is_forgotten_whole_but_never_what_is_open_or_still_to_be_told(
    backend: Backend, reader: Reader
) -> None:
    opened(backend, event(fingerprint="told"), event(fingerprint="open"))
    while (claim := claimed(backend)) is not None:
        recorded(backend, claim)
    opened(backend, event(OK, NOON + MINUTE, fingerprint="told"))
    while (claim := claimed(backend, NOON + MINUTE)) is not None:
        recorded(backend, claim)
    opened(backend, event(fingerprint="waiting"), event(OK, NOON + MINUTE, fingerprint="waiting"))
    with writing(backend) as tx:
        assert tx.forget_incidents(NOON + MINUTE, 10) == 0  # over at that moment, not before it
        assert tx.forget_incidents(NOON + HOUR, 10) == 1
        assert tx.forget_incidents(NOON + HOUR, 10) == 0
        assert {one.fingerprint for one in tx.incidents(Filter())} == {"open", "waiting"}
        assert tx.past("told") == Past()
        assert {one.event.fingerprint for one in tx.newest_events(10)} == {"open", "waiting"}


def test_requests_that_brought_nothing_are_forgotten_in_pieces(backend: Backend) -> None:
    with writing(backend) as tx:
        for number in range(5):
            tx.add_receipt(Receipt(str(number), "generic", NOON + number * MINUTE, b""))
            at = NOON + number * MINUTE
            tx.add_event(event(Severity.INFO, at, id=f"event-{number}"), str(number))
        assert [tx.forget_receipts(NOON + 4 * MINUTE, 3)[0] for _ in range(3)] == [3, 1, 0]
        assert tx.receipt("3") is None
        assert tx.receipt("4") is not None
