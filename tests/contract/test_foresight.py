"""What is looked up for many events at once: whatever they are, they end as if each had been looked up by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from relay.core.identity import received
from relay.core.model import Event, Receipt, Severity
from relay.core.routing import Route
from relay.pipeline.setup import Setup
from relay.pipeline.taking import take_all, take_request
from relay.store import Backend, Connection, touching
from relay.store.sqlite import SqliteBackend
from relay.store.transactions import Transaction
from relay.store.writer import Writer
from tests.building import HOUR, MINUTE, NOON, SECOND, event
from tests.contract.stores import STORES, writing
from tests.store.test_writer import Gate

SETUP = Setup(routes=(Route("all", ("slack", "discord")),))
OK, INFO, WARNING, CRITICAL = Severity
TABLES = ("receipts", "events", "incidents", "changes", "deliveries", "deployments", "unsearched")


class Blind(Transaction):
    """Looks every event up by itself."""

    @contextmanager
    def foreseeing(self, events: Sequence[Event]) -> Iterator[None]:
        yield


@pytest.fixture(params=STORES)
def backend(request: pytest.FixtureRequest) -> Backend:
    made = STORES[request.param](request)()
    made.migrate()
    return made


def named(number: int, severity: Severity, age: int, trouble: str, **other: object) -> Event:
    at = NOON - age * MINUTE
    return event(severity, at, id=f"id-{number}", fingerprint=trouble, received_at=NOON, **other)


def deployed(number: int, trouble: str) -> Event:
    """A deployment that succeeded, of the application that others are about."""
    return event(
        OK,
        NOON - MINUTE,
        id=f"id-{number}",
        fingerprint=trouble,
        kind="DEPLOYMENT_SUCCESS",
        source="clever",
        target="api",
        labels=(("resource", "app_1"), ("state", "OK")),
        facts=(("deployment", f"deployment-{number}"),),
        received_at=NOON,
    )


plain = st.builds(
    named,
    st.integers(0, 12),  # often the id of another one: seen before
    st.sampled_from(Severity),
    st.sampled_from([0, 0, 0, 1, 4, 30]),
    st.sampled_from(["a", "b", "é", "\0"]),
    ends_at=st.none() | st.sampled_from([NOON + HOUR, NOON + 2 * HOUR]),
    momentary=st.booleans(),
    repeats=st.lists(st.integers(0, 12).map("id-{}".format), max_size=1).map(tuple),
)
events = plain | st.builds(deployed, st.integers(20, 30), st.sampled_from(["a", "c"]))
requests = st.lists(st.lists(events, max_size=8), max_size=4)


def dump(connection: Connection) -> dict[str, list[tuple[object, ...]]]:
    return {
        table: sorted(tuple(str(value) for value in row) for row in connection.rows(f"select * from {table}"))
        for table in TABLES
    }


def taken(kind: type[Transaction], requests: list[list[Event]]) -> tuple[object, ...]:
    """Take requests, a commit each; return what was said and what is kept."""
    with TemporaryDirectory() as folder:
        backend = SqliteBackend(Path(folder) / "relay.db")
        backend.migrate()
        with closing(backend.connect()) as connection:
            connection.run("pragma synchronous = off")
            said = []
            for number, some in enumerate(requests):
                at = NOON + number * SECOND
                connection.begin()
                said.append(
                    take_request(kind(connection), Receipt(str(number), "t", at, b""), some, SETUP, at)
                )
                connection.commit()
            return said, dump(connection)


@given(requests)
@example(
    [[named(1, WARNING, 0, "a"), named(2, CRITICAL, 0, "a"), named(3, OK, 0, "a"), named(4, WARNING, 0, "a")]]
)
@example([[deployed(20, "c"), named(1, WARNING, 0, "a")]])
@settings(max_examples=200, deadline=None)
def test_events_of_one_request_see_one_another_as_if_each_were_looked_up(requests: list[list[Event]]) -> None:
    assert taken(Transaction, requests) == taken(Blind, requests)


def test_two_events_of_one_trouble_in_one_request_are_one_incident(backend: Backend) -> None:
    some = [named(1, WARNING, 1, "a"), named(2, CRITICAL, 0, "a"), named(1, WARNING, 1, "a")]
    with writing(backend) as tx:
        found = take_all(tx, some, SETUP, NOON)
    assert [outcome for _, outcome in found.outcomes] == ["opened", "seen before", "escalated"]


def test_steps_of_one_group_see_what_the_ones_before_them_did(backend: Backend) -> None:
    """A request each: a trouble, worse news of it, the same again, its end, and information on another."""
    some = [
        named(1, WARNING, 4, "a"),
        named(2, CRITICAL, 3, "a"),
        named(1, WARNING, 4, "a"),
        named(3, OK, 2, "a"),
        named(4, WARNING, 1, "a"),
        named(5, INFO, 0, "b"),
    ]
    writer = Writer(backend)
    writer.start()
    said = asyncio.run(grouped(writer, some))
    writer.stop()
    assert said == ["opened", "escalated", "seen before", "resolved", "reopened", "information only"]


async def grouped(writer: Writer, some: Sequence[Event]) -> list[str]:
    gate = Gate()
    held = asyncio.create_task(writer.run(gate, touching.NOTHING))
    await asyncio.to_thread(gate.entered.wait, 10)
    tasks = [
        asyncio.create_task(
            writer.run(
                lambda tx, one=one: take_all(tx, [one], SETUP, NOON).outcomes[0][1],  # type: ignore[misc]
                touching.request(one.id, [one.fingerprint]),
                [one],
            )
        )
        for one in some
    ]
    while writer.waiting < len(some):
        await asyncio.sleep(0)
    gate.opened.set()
    await held
    return list(await asyncio.gather(*tasks))


def test_what_retention_drops_between_is_not_foreseen_any_more(backend: Backend) -> None:
    with writing(backend) as tx:
        take_all(tx, [named(1, WARNING, 1, "a"), named(2, OK, 0, "a")], SETUP, NOON)
    with writing(backend) as tx:
        again = named(1, WARNING, 1, "a")
        for delivery in tx.deliveries(received(again.received_at, "id-1")):
            tx._database.run("update deliveries set state = 'delivered' where id = %(id)s", id=delivery.id)
        with tx.foreseeing([again, named(9, WARNING, 0, "b")]):
            assert tx.has_event("id-1")
            assert tx.forget_incidents(NOON + timedelta(days=1), 10) == 1
            assert not tx.has_event("id-1")
            assert tx.past("a").incident is None
            assert tx.known(again) == (False, tx.past("a"))


class Counting:
    """A store that counts how often it is read."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.reads = 0

    def rows(self, sql: str, /, **values: object) -> object:
        self.reads += 1
        return self._connection.rows(sql, **values)

    def __getattr__(self, name: str) -> object:
        return getattr(self._connection, name)


def test_a_group_of_new_troubles_is_looked_up_by_three_reads(backend: Backend) -> None:
    with closing(backend.connect()) as connection:
        counting = Counting(connection)
        connection.begin()
        some = [named(number, WARNING, 0, f"trouble-{number}") for number in range(64)]
        take_all(Transaction(counting), some, SETUP, NOON)  # type: ignore[arg-type]
        connection.commit()
    assert counting.reads == 3


@pytest.mark.parametrize(
    ("some", "said"),
    [
        # What was known later came first.
        (
            [named(1, WARNING, 0, "a"), named(2, OK, 4, "a")],
            ["opened", "newer news of this trouble came first"],
        ),
        # Information is no news.
        ([named(1, INFO, 0, "a"), named(2, WARNING, 4, "a")], ["information only", "opened"]),
    ],
)
def test_steps_of_one_group_know_how_new_the_news_of_a_trouble_is(
    backend: Backend, some: list[Event], said: list[str]
) -> None:
    writer = Writer(backend)
    writer.start()
    assert asyncio.run(grouped(writer, some)) == said
    writer.stop()


def test_an_end_that_was_put_off_is_put_off_no_less_by_a_later_step(backend: Backend) -> None:
    ends = [NOON + HOUR, NOON + 3 * HOUR, NOON + 2 * HOUR]
    with writing(backend) as tx:
        some = [named(1, WARNING, 0, "a", ends_at=at) for at in ends]
        with tx.foreseeing(some):
            for one in some:
                take_all(tx, [one], SETUP, NOON)
    with writing(backend) as tx:
        found = tx.open_incident("a")
    assert found is not None
    assert found.ends_at == ends[1]


def test_an_event_that_retention_drops_is_not_foreseen_any_more(backend: Backend) -> None:
    """One that belongs to no incident."""
    with writing(backend) as tx:
        take_all(tx, [named(1, INFO, 0, "a")], SETUP, NOON)
    with writing(backend) as tx, tx.foreseeing([named(1, INFO, 0, "a"), named(2, INFO, 0, "b")]):
        assert tx.has_event("id-1")
        tx.forget_receipts(NOON + HOUR, 10)
        assert not tx.has_event("id-1")


def test_within_a_wider_look_nothing_is_looked_up_again(backend: Backend) -> None:
    with closing(backend.connect()) as connection:
        counting = Counting(connection)
        connection.begin()
        tx = Transaction(counting)  # type: ignore[arg-type]
        some = [named(number, WARNING, 0, f"trouble-{number}") for number in range(8)]
        with tx.foreseeing(some):
            for start in range(0, 8, 2):
                take_all(tx, some[start : start + 2], SETUP, NOON)
        connection.commit()
    assert counting.reads == 3
