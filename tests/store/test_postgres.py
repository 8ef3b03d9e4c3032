"""PostgreSQL in trouble: whatever happens to the connection, nobody gets a wrong answer and work goes on by itself."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep

import psycopg
import pytest

from relay.clock import SharedClock
from relay.core.model import Receipt, Severity
from relay.core.routing import Route
from relay.pipeline.setup import Setup
from relay.pipeline.taking import Taken, take_request
from relay.store import Conflict, ConnectionLost, Row, StoreUnavailable, postgres, touching
from relay.store.incidents import Filter
from relay.store.postgres import PostgresBackend, PostgresConnection
from relay.store.reader import Reader
from relay.store.transactions import Transaction
from relay.store.writer import Writer
from tests.building import NOON, event
from tests.postgres_fixture import Cluster


@pytest.fixture
def backend(postgres_uri: str) -> PostgresBackend:
    backend = PostgresBackend(postgres_uri)
    backend.migrate()
    return backend


@pytest.fixture
def writer(backend: PostgresBackend) -> Iterator[Writer]:
    writer = Writer(backend)
    writer.start()
    yield writer
    writer.stop()


@pytest.fixture
def reader(backend: PostgresBackend) -> Iterator[Reader]:
    reader = Reader(backend)
    yield reader
    reader.close()


def adding(name: str) -> Callable[[Transaction], bool]:
    return lambda tx: tx.add_event(event(id=name, fingerprint=name), None)


def stored(uri: str) -> set[str]:
    """What another process sees."""
    with psycopg.connect(uri) as connection:
        return {row[0] for row in connection.execute("select id from relay.events")}


def asked(uri: str, sql: str) -> list[tuple[object, ...]]:
    """Ask the server as its administrator."""
    with psycopg.connect(uri, autocommit=True) as connection:
        return connection.execute(sql).fetchall()  # type: ignore[arg-type]


ENDED = """select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and pid <> pg_backend_pid()"""


def until(seen: Callable[[], object], why: str, seconds: float = 20) -> None:
    deadline = monotonic() + seconds
    while not seen():
        assert monotonic() < deadline, why
        sleep(0.02)


# The connection goes away


def test_a_terminated_connection_costs_nobody_an_error(
    postgres_uri: str, writer: Writer, reader: Reader
) -> None:
    assert asyncio.run(writer.run(adding("before")))
    with reader.read() as tx:
        assert tx.has_event("before")
    assert len(asked(postgres_uri, ENDED)) == 2
    assert asyncio.run(writer.run(adding("after")))
    with reader.read() as tx:
        assert tx.has_event("after")


def test_a_restarted_server_costs_those_who_wait_some_time_only(
    postgres_cluster: Cluster, postgres_uri: str, writer: Writer, reader: Reader
) -> None:
    async def go() -> list[bool]:
        assert await writer.run(adding("before"))
        await asyncio.to_thread(postgres_cluster.stop)
        asking = [asyncio.create_task(writer.run(adding(f"{number}"))) for number in range(20)]
        await asyncio.sleep(0.2)
        await asyncio.to_thread(postgres_cluster.start)
        return await asyncio.gather(*asking)

    assert asyncio.run(go()) == [True] * 20
    with reader.read() as tx:
        assert tx.has_event("19")
    assert len(stored(postgres_uri)) == 21


def test_a_server_that_stays_away_is_said_and_comes_back_by_itself(
    postgres_cluster: Cluster, writer: Writer, reader: Reader
) -> None:
    """The first waits for all tries; those after it are told at once."""
    postgres_cluster.stop()
    try:
        with pytest.raises(StoreUnavailable, match="no connection"):
            asyncio.run(writer.run(adding("a")))
        began = monotonic()
        with pytest.raises(StoreUnavailable):
            asyncio.run(writer.run(adding("b")))
        assert monotonic() - began < 1
        with pytest.raises(StoreUnavailable), reader.read():
            pass
    finally:
        postgres_cluster.start()
    assert asyncio.run(writer.run(adding("a")))
    with reader.read() as tx:
        assert tx.has_event("a")


class Cut(PostgresBackend):
    """Its first connections lose their server within a commit, before or after it is done."""

    def __init__(self, uri: str, *, times: int, is_done: bool) -> None:
        super().__init__(uri)
        self.uri, self.times, self.is_done = uri, times, is_done

    def connect(self) -> PostgresConnection:
        connection = super().connect()
        commit = connection.commit

        def cut() -> None:
            if self.times == 0:
                commit()
                return
            self.times -= 1
            if self.is_done:
                commit()
            asked(self.uri, ENDED)
            if self.is_done:
                raise ConnectionLost("within the commit")
            commit()

        connection.commit = cut  # type: ignore[method-assign]
        return connection


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("is_done", [True, False])
def test_a_commit_of_which_nobody_knows_the_outcome_is_run_again(
    postgres_uri: str, backend: PostgresBackend, times: int, is_done: bool
) -> None:
    writer = Writer(Cut(postgres_uri, times=times, is_done=is_done))
    writer.start()
    try:
        taken = asyncio.run(writer.run(taking("one"), touching.NOTHING))
        assert taken.is_repeat is is_done  # the second time it was there already
    finally:
        writer.stop()
    assert stored(postgres_uri) == {"one"}


def test_a_primary_that_became_a_standby_is_left(
    postgres_uri: str, backend: PostgresBackend, writer: Writer
) -> None:
    """A failover behind one address: the session lives on, but its server takes no writes any more."""
    assert asyncio.run(writer.run(adding("before")))
    asked_nothing(
        postgres_uri, "alter system set default_transaction_read_only = on; select pg_reload_conf()"
    )
    try:
        until(lambda: asked(postgres_uri, "show default_transaction_read_only")[0][0] == "on", "no reload")
        asking = threading.Thread(target=lambda: asyncio.run(writer.run(adding("during"))))
        asking.start()
        sleep(0.3)
        assert asking.is_alive()
        assert stored(postgres_uri) == {"before"}
    finally:
        asked_nothing(
            postgres_uri, "alter system reset default_transaction_read_only; select pg_reload_conf()"
        )
    asking.join(20)
    assert stored(postgres_uri) == {"before", "during"}


def asked_nothing(uri: str, sql: str) -> None:
    with psycopg.connect(uri, autocommit=True) as connection:
        for one in sql.split(";"):
            connection.execute(one)  # type: ignore[arg-type]


def test_the_password_and_the_address_are_never_told(postgres_cluster: Cluster) -> None:
    for uri in (
        f"postgresql://tester:s3cret-word@127.0.0.1:{postgres_cluster.port}/postgres",
        "postgresql://tester:s3cret-word@127.0.0.1:1/none",
        "postgresql://tester:s3cret-word@127.0.0.1:1/none?no_such_setting=s3cret-word",
        "postgresql://tester:s3cret-word@[::1/none",
    ):
        with pytest.raises(StoreUnavailable) as refused:
            PostgresBackend(uri).migrate()
        assert "s3cret" not in str(refused.value)
        assert refused.value.__cause__ is None


# Several writers


def taking(name: str, fingerprint: str = "trouble") -> Callable[[Transaction], Taken]:
    one = event(id=name, fingerprint=fingerprint)
    receipt = Receipt(f"receipt-{name}", "test", NOON, b"{}")
    return lambda tx: take_request(tx, receipt, [one], Setup(), NOON)


def running(connection: PostgresConnection, names: frozenset[str] | None) -> threading.Thread:
    """Begin in a thread; it ends when the connection may work."""
    thread = threading.Thread(target=connection.begin, args=(names,))
    thread.start()
    return thread


@pytest.mark.parametrize(
    ("first", "second", "waits"),
    [
        (touching.target("api"), touching.target("api"), True),
        (touching.target("api"), touching.target("other"), False),
        (touching.delivery("slack", "f"), touching.request("r", ["f"]), True),
        (touching.delivery("slack", "f"), touching.delivery("discord", "f"), True),
        (touching.delivery("slack", "f"), touching.delivery("slack", "g"), True),
        (touching.request("r", ["f", "g"]), touching.request("s", ["g", "h"]), True),
        (touching.request("r", ["f"]), touching.request("r", ["g"]), False),
        (touching.request("r", []), touching.request("r", []), True),
        (touching.request("r", []), touching.request("s", []), False),
        (touching.NOTHING, touching.request("r", ["g"]), False),
        (touching.NOTHING, None, True),
        (None, touching.NOTHING, True),
        (None, None, True),
        (frozenset(map(str, range(postgres.MOST_LOCKS + 1))), touching.target("api"), True),
    ],
)
def test_who_touches_the_same_waits(
    backend: PostgresBackend, first: frozenset[str] | None, second: frozenset[str] | None, waits: bool
) -> None:
    one, other = backend.connect(), backend.connect()
    try:
        one.begin(first)
        thread = running(other, second)
        thread.join(0.3)
        assert thread.is_alive() is waits
        one.commit()
        thread.join(10)
        assert not thread.is_alive()
        other.commit()
    finally:
        one.close()
        other.close()


def test_one_that_stopped_within_a_transaction_holds_up_the_others_for_seconds_only(
    postgres_uri: str, backend: PostgresBackend, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = backend.connect()
    try:
        stopped.begin(None)
        began = monotonic()
        assert asyncio.run(writer.run(adding("a")))
        assert 3 < monotonic() - began < 8  # idle_in_transaction_session_timeout
        with pytest.raises(ConnectionLost):  # it woke, and writes nothing
            stopped.run("delete from events")
    finally:
        stopped.close()
    assert stored(postgres_uri) == {"a"}


def test_instances_that_race_with_every_kind_of_group_make_one_history(
    postgres_uri: str, backend: PostgresBackend, reader: Reader
) -> None:
    """Four writers, each with the same troubles in another order, in groups: no error, each event once, sequences whole."""
    troubles = [f"trouble-{number}" for number in range(7)]

    async def instance(number: int) -> None:
        writer = Writer(backend)
        writer.start()
        try:
            steps = []
            for round_ in range(20):
                for place in range(len(troubles)):
                    name = troubles[(place * (number + 1) + round_) % len(troubles)]
                    one = taking(f"{name}-{round_}-{number % 2}", name)  # two send what the other two send
                    steps.append(writer.run(one, touching.request("r", [name])))
            await asyncio.gather(*steps)
        finally:
            await asyncio.to_thread(writer.stop)

    async def go() -> None:
        await asyncio.gather(*(instance(number) for number in range(4)))

    asyncio.run(go())
    assert len(stored(postgres_uri)) == 7 * 20 * 2
    with reader.read() as tx:
        incidents = tx.incidents(Filter())
        assert sorted(incident.fingerprint for incident in incidents) == troubles
        for incident in incidents:
            assert incident.sequence == 40
            assert [one.sequence for one in tx.moments(incident.id)] == list(range(1, 41))


def test_a_step_that_meets_another_instances_is_run_again_alone(
    postgres_uri: str, backend: PostgresBackend, writer: Writer
) -> None:
    """Even one that does not say what it touches: the index on open incidents turns into no error for a sender."""
    met: list[bool] = []

    def meeting(tx: Transaction) -> Taken:
        met.append(True)
        if len(met) == 1:
            other = backend.connect()
            other.begin(touching.NOTHING)
            taking("other")(Transaction(other))
            other.commit()
            other.close()
        if len(met) <= 2:  # within the group, and guarded: it goes by what it saw before the other was there
            replace_looked(tx)
        return taking("mine")(tx)

    def replace_looked(tx: Transaction) -> None:
        from relay.core import incidents
        from relay.core.incidents import Past, Policy
        from relay.core.model import Change

        change = incidents.apply(Past(), event(id="stale", fingerprint="trouble"), Policy())
        assert isinstance(change, Change)
        tx.save_change(change)

    async def go() -> list[object]:
        return await asyncio.gather(
            writer.run(adding("neighbour"), touching.NOTHING), writer.run(meeting, touching.NOTHING)
        )

    neighbour, taken = asyncio.run(go())
    assert neighbour is True
    assert isinstance(taken, Taken)
    assert stored(postgres_uri) == {"neighbour", "other", "mine"}


def test_a_deadlock_is_run_again(backend: PostgresBackend, writer: Writer) -> None:
    with_tables(backend)
    other = backend.connect()
    tries: list[int] = []
    entered = threading.Event()

    def step(tx: Transaction) -> int:
        tries.append(1)
        database = tx._database
        changed = database.run("update targets set misses = misses + 1 where name = 'a'")
        entered.set()
        sleep(0.2)
        return changed + database.run("update targets set misses = misses + 1 where name = 'b'")

    def crossing() -> None:
        other.begin(touching.NOTHING)
        other.run("update targets set misses = misses + 1 where name = 'b'")
        assert entered.wait(10)
        try:
            other.run("update targets set misses = misses + 1 where name = 'a'")
            other.commit()
        except Conflict:  # one of the two is chosen
            other.rollback()

    thread = threading.Thread(target=crossing)
    thread.start()
    try:
        assert asyncio.run(writer.run(step, touching.NOTHING)) == 2
        thread.join(20)
    finally:
        other.close()
    assert len(tries) in (1, 2)


def with_tables(backend: PostgresBackend) -> None:
    connection = backend.connect()
    connection.begin()
    Transaction(connection).know_targets(["a", "b"], NOON)
    connection.commit()
    connection.close()


# Faults of statements


@pytest.mark.parametrize(
    "sql",
    [
        "select * from",
        "select no_such_column from events",
        "insert into incidents (id) values ('x')",
        "select %(missing)s",
        "select * from events where id = %(odd)s",
        "select 1 / 0",
    ],
)
@pytest.mark.parametrize("is_queued", [True, False])
def test_a_bad_statement_hurts_no_other(postgres_uri: str, writer: Writer, sql: str, is_queued: bool) -> None:
    """Nor is one that was only queued blamed on the next step."""

    def bad(tx: Transaction) -> object:
        tx.add_event(event(id="bad"), None)
        ask = tx._database.queue if is_queued else tx._database.rows
        return ask(sql, odd=object())

    def nothing(tx: Transaction) -> object:
        raise LookupError

    async def go() -> list[object]:
        steps = [adding("a"), bad, adding("c"), nothing, adding("d"), bad]
        return await asyncio.gather(
            *(writer.run(step, touching.NOTHING) for step in steps), return_exceptions=True
        )

    first, fault, second, lookup, third, again = asyncio.run(go())
    assert (first, second, third) == (True, True, True)
    assert isinstance(lookup, LookupError)
    for one in (fault, again):
        assert isinstance(one, Exception)
        assert not isinstance(one, StoreUnavailable)
    assert stored(postgres_uri) == {"a", "c", "d"}


def test_lost_tables_are_the_stores_trouble(postgres_uri: str, writer: Writer) -> None:
    assert asyncio.run(writer.run(adding("a")))
    asked_nothing(postgres_uri, "drop schema relay cascade")
    with pytest.raises(StoreUnavailable):
        asyncio.run(writer.run(adding("b")))


def test_a_durable_answer_even_where_the_server_is_set_to_promise_less(
    postgres_uri: str, backend: PostgresBackend
) -> None:
    database = asked(postgres_uri, "select current_database()")[0][0]
    asked_nothing(postgres_uri, f"alter database {database} set synchronous_commit = off")
    connection = backend.connect()
    connection.begin()
    assert [dict(row) for row in connection.rows("show synchronous_commit")] == [{"synchronous_commit": "on"}]
    connection.rollback()
    connection.close()


def test_two_connections_are_enough_for_a_process_and_its_threads(
    postgres_uri: str, backend: PostgresBackend, writer: Writer
) -> None:
    asyncio.run(writer.run(adding("a")))
    most: list[int] = []

    def page(number: int) -> None:
        reader = Reader(backend)
        for _ in range(5):
            with reader.read() as tx:
                assert tx.has_event("a")
                sleep(0.005)
        reader.close()

    threads = [threading.Thread(target=page, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    count = "select count(*)::int from pg_stat_activity where application_name = 'relay' and datname = current_database()"
    while any(thread.is_alive() for thread in threads):
        most.append(int(str(asked(postgres_uri, count)[0][0])))
    assert max(most) == 2


# Clocks


class Steady:
    """A clock that the test turns."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


def test_the_shared_clock_is_the_servers_as_last_heard() -> None:
    steady = Steady()
    clock = SharedClock(steady, own=lambda: NOON.timestamp())
    assert clock.now() == NOON  # nothing heard yet: the machine's own
    hour = timedelta(hours=1)
    clock.heard((NOON + hour).timestamp(), 0.0)
    assert clock.now() == NOON + hour
    steady.at += 60
    assert clock.now() == NOON + hour + timedelta(minutes=1)
    # An answer that took two seconds can't tell a difference of half a second.
    clock.heard((NOON + hour).timestamp() + 59.5, 2.0)
    assert clock.now() == NOON + hour + timedelta(minutes=1)
    clock.heard((NOON + hour).timestamp() + 90, 2.0)
    assert clock.now() == NOON + hour + timedelta(seconds=91)


def test_instances_with_wrong_clocks_go_by_the_servers(postgres_uri: str, backend: PostgresBackend) -> None:
    clocks = [SharedClock(own=lambda off=off: NOON.timestamp() + off) for off in (-86_400, 0, 86_400)]
    for clock in clocks:
        connection = PostgresBackend(postgres_uri, heard=clock.heard).connect()
        connection.begin()
        connection.rollback()
        connection.close()
    (server,) = asked(postgres_uri, "select clock_timestamp()")[0]
    assert isinstance(server, datetime)
    for clock in clocks:
        assert abs(clock.now() - server.astimezone(UTC)) < timedelta(seconds=1)


# Twice is once


def test_a_poll_that_is_recorded_twice_counts_once(backend: PostgresBackend) -> None:
    from relay.core.detectors.absent import Silent
    from relay.core.model import NoData
    from relay.core.text import text

    connection = backend.connect()
    connection.begin()
    tx = Transaction(connection)
    minute = timedelta(minutes=1)
    tx.know_targets(["api"], NOON)
    (lease,) = tx.claim_targets({"api": minute}, "one", NOON, minute / 2, 10)
    silent = Silent(1, NOON, text("nodata.why.refused"))
    assert tx.keep_read(lease, silent, NoData(NOON, text("nodata.why.refused")))
    assert not tx.keep_read(lease, replace(silent, misses=2), NoData(NOON, text("nodata.why.refused")))
    assert tx.last_poll("api").silent.misses == 1
    connection.rollback()
    connection.close()


# A claim is one view


STATEMENTS_OF_A_CLAIM = (
    "select * from deliveries d",
    "select document from incidents where id",
    "sequence > %(sequence)s",
)


class Overtaken(PostgresConnection):
    """Another instance changes the incident between the statements of a claim."""

    def __init__(self, backend: PostgresBackend) -> None:
        super().__init__(backend._address)
        self.backend = backend
        self.rows_read = 0

    def rows(self, sql: str, /, **values: object) -> Sequence[Row]:
        found = super().rows(sql, **values)
        if any(words in sql for words in STATEMENTS_OF_A_CLAIM):
            self.rows_read += 1
            written(self.backend, opening(f"change-{self.rows_read}", Severity.CRITICAL))
            written(self.backend, opening(f"change-{self.rows_read}-over", Severity.OK))
        return found


def written(backend: PostgresBackend, *steps: Callable[[Transaction], object]) -> None:
    connection = backend.connect()
    connection.begin(touching.NOTHING)
    for step in steps:
        step(Transaction(connection))
    connection.commit()
    connection.close()


def opening(name: str, severity: Severity) -> Callable[[Transaction], object]:
    setup = Setup(routes=(Route("all", ("slack",)),))
    one = event(severity, id=name)
    return lambda tx: take_request(tx, Receipt(name, "test", NOON, b""), [one], setup, NOON)


def test_a_claim_tells_of_its_incident_no_more_and_no_less_than_it_folds(backend: PostgresBackend) -> None:
    """Else what another instance did meanwhile would be told twice, or never."""
    written(
        backend, lambda tx: tx.know_channel("slack", "settings", NOON), opening("first", Severity.WARNING)
    )
    connection = Overtaken(backend)
    connection.begin(touching.NOTHING)
    claim = Transaction(connection).claim("slack", "one", NOON, timedelta(seconds=30))
    assert connection.rows_read == 3
    assert claim is not None
    told = [moment.sequence for moment in claim.turn.moments]
    assert told[-1] == claim.turn.incident.sequence == 3
    assert len(told) == 1 + len(claim.folded) == 3
    connection.commit()
    connection.close()
