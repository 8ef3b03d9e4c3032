"""Moving a history from SQLite to PostgreSQL: whole, once, wherever it was stopped, in bounded memory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from time import monotonic, sleep

import psycopg
import pytest

from relay.core.delivery import RemoteRef
from relay.core.deployments import Deployment
from relay.core.detectors.absent import Silent
from relay.core.model import Reading, Readings, Receipt, Sample, Series, Severity
from relay.core.rollups import FIVE_MINUTES
from relay.core.routing import Route
from relay.core.text import text
from relay.lock import ServerLock
from relay.pipeline.setup import Setup
from relay.pipeline.taking import take_request
from relay.store import copying
from relay.store.copying import CopyRefused, copy
from relay.store.deliveries import Attempt
from relay.store.postgres import PostgresBackend, storable
from relay.store.schema import MIGRATIONS, statements
from relay.store.sqlite import SqliteBackend
from relay.store.transactions import Transaction
from tests.building import MINUTE, NOON, SECOND, event

SETUP = Setup(routes=(Route("all", ("slack",)),))


def written(backend: SqliteBackend | PostgresBackend, *steps: Callable[[Transaction], object]) -> None:
    connection = backend.connect()
    try:
        connection.begin()
        for step in steps:
            step(Transaction(connection))
        connection.commit()
    finally:
        connection.close()


def past(tx: Transaction) -> None:
    """Something in every table, odd text included."""
    tx.know_channel("slack", "settings", NOON)
    tx.know_targets(["api"], NOON)
    for number in range(100):
        at = NOON + number * SECOND
        odd = "\x00\ud83d é\\N\t" if number % 50 == 0 else "plain"
        for severity in (Severity.WARNING, Severity.OK):
            # Ids are ours and plain, whatever else is odd: statements for many name them in a JSON list, which holds no NUL.
            one = event(
                severity,
                at,
                fingerprint=f"{odd}-{number % 40}",
                kind=odd,
                id=f"{number}-{severity.word}-{at.isoformat()}",
            )
            receipt = Receipt(f"{severity}-{number}", "test", at, b"\x00\xff\\" * (number + 1), odd, "")
            take_request(tx, receipt, [one], SETUP, at)
        claim = tx.claim("slack", "one", at + MINUTE, MINUTE)
        if claim is not None:
            attempt = Attempt(at, "delivered", SECOND, 200, None)
            tx.record(claim, claim.turn.delivery.delivered(), attempt, RemoteRef((("ts", "1.2"),)))
    (lease,) = tx.claim_targets({"api": MINUTE}, "one", NOON, MINUTE, 10)
    tx.keep_read(lease, Silent(), Readings(NOON, (Reading("up", float("inf")),)))
    tx.keep_miss("api", NOON, Silent(1, NOON, text("nodata.why.refused")))
    tx.keep_deployment(Deployment("d1", "app_1", "api", NOON, None, "WIP"))
    for number in range(900):
        series = Series("api", f"metric-{number % 3}")
        tx.add_sample(series, "%", Sample(NOON + number * SECOND, number / 7))
    tx.roll_up(FIVE_MINUTES, NOON + 5 * MINUTE, 0, 10, 10)


@pytest.fixture
def source(tmp_path: Path) -> SqliteBackend:
    backend = SqliteBackend(tmp_path / "relay.db")
    backend.migrate()
    written(backend, past)
    return backend


@pytest.fixture
def target(postgres_uri: str) -> PostgresBackend:
    return PostgresBackend(postgres_uri)


def content(backend: SqliteBackend | PostgresBackend) -> dict[str, list[dict[str, object]]]:
    """Everything that a store holds, as PostgreSQL can hold it."""
    reading = backend.reader()
    reading.begin()
    try:
        return {
            table: sorted((storable(dict(row)) for row in reading.rows(f"select * from {table}")), key=str)
            for table in copying.TABLES
        }
    finally:
        reading.rollback()
        reading.close()


def test_every_table_is_copied_word_for_word(source: SqliteBackend, target: PostgresBackend) -> None:
    told: list[int] = []
    copy(source, target, told.append)
    held = content(source)
    assert all(held.values())
    assert content(target) == held
    assert sum(told) == copying.rows_of(source)


def test_the_copy_goes_on_living(source: SqliteBackend, target: PostgresBackend) -> None:
    """Numbers go on where they were, and what was open is found again."""
    copy(source, target, lambda rows: None)

    def more(tx: Transaction) -> None:
        assert tx.add_sample(Series("api", "new"), "%", Sample(NOON, 1))
        at = NOON + timedelta(hours=1)
        receipt = Receipt("more", "test", at, b"")
        again = event(Severity.WARNING, at, fingerprint="\x00\ud83d é\\N\t-0", id="again")
        assert tx.past(again.fingerprint).incident is not None
        take_request(tx, receipt, [again], SETUP, at)

    written(target, more)


class Stopped(Exception):
    pass


@pytest.mark.parametrize("after", [0, 1, 3, 7, 12])
def test_a_copy_that_was_stopped_goes_on_where_it_was(
    source: SqliteBackend, target: PostgresBackend, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "_MOST_ROWS", 150)
    pieces: list[int] = []

    def stop(rows: int) -> None:
        pieces.append(rows)
        if len(pieces) > after:
            raise Stopped

    with pytest.raises(Stopped):
        copy(source, target, stop)
    told: list[int] = []
    copy(source, target, told.append)
    assert content(target) == content(source)
    assert sum(told) == copying.rows_of(source)


def test_a_target_with_a_history_is_refused(source: SqliteBackend, target: PostgresBackend) -> None:
    target.migrate()
    written(target, lambda tx: tx.add_event(event(), None))
    with pytest.raises(CopyRefused, match="events"):
        copy(source, target, lambda rows: None)


def test_two_histories_are_not_mixed(source: SqliteBackend, target: PostgresBackend, tmp_path: Path) -> None:
    def stop(rows: int) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        copy(source, target, stop)
    other = SqliteBackend(tmp_path / "other.db")
    other.migrate()
    with pytest.raises(CopyRefused, match="another file"):
        copy(other, target, lambda rows: None)


def test_a_history_that_grew_while_it_was_copied_is_refused(
    source: SqliteBackend, target: PostgresBackend
) -> None:
    """What comes in behind the copy's back would be left behind without a word."""

    def grow(rows: int) -> None:
        # With the samples, long after the receipts.
        if rows == 900:
            written(source, lambda tx: take_request(tx, Receipt("late", "test", NOON, b""), [], SETUP, NOON))

    with pytest.raises(CopyRefused, match="receipts changed while it was copied"):
        copy(source, target, grow)


def test_a_piece_is_bounded_in_bytes(
    source: SqliteBackend, target: PostgresBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "_MOST_BYTES", 10_000)
    told: list[int] = []
    copy(source, target, told.append)
    assert len(told) > 40
    assert content(target) == content(source)


def test_every_table_of_the_schema_is_copied() -> None:
    made = {
        words.split()[2]
        for _, script in MIGRATIONS
        for words in statements(script)
        if words.startswith("create table")
    }
    assert set(copying.TABLES) | set(copying.MADE_ANEW) == made


def test_the_command_copies_and_a_killed_one_goes_on(
    source: SqliteBackend, target: PostgresBackend, postgres_uri: str
) -> None:
    def samples(tx: Transaction) -> None:
        tx._database.run(
            """with recursive n(at) as (select 1 union all select at + 1 from n where at < 80000)
               insert into samples (series_id, at, value) select 99, at, at from n"""
        )

    written(source, samples)
    target.migrate()
    killed = subprocess.Popen(arguments(source), env=environment(postgres_uri), stdout=subprocess.DEVNULL)
    deadline = monotonic() + 30
    while not has_samples(postgres_uri) and killed.poll() is None:
        assert monotonic() < deadline
        sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    done = subprocess.run(arguments(source), env=environment(postgres_uri), capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"copied {copying.rows_of(source)} rows" in done.stdout
    assert content(target) == content(source)
    again = subprocess.run(arguments(source), env=environment(postgres_uri), capture_output=True, text=True)
    assert again.returncode == 1
    assert "history of its own" in again.stderr


def test_a_running_relay_is_named(source: SqliteBackend, postgres_uri: str) -> None:
    lock = ServerLock(source.path.with_name("relay.db.worker.lock"))
    try:
        refused = subprocess.run(
            arguments(source), env=environment(postgres_uri), capture_output=True, text=True
        )
    finally:
        lock.release()
    assert refused.returncode == 1
    assert str(os.getpid()) in refused.stderr


def arguments(source: SqliteBackend) -> Sequence[str]:
    return [sys.executable, "-m", "relay", "store", "copy", "--from", f"sqlite:///{source.path}"]


def environment(uri: str) -> dict[str, str]:
    return {**os.environ, "POSTGRESQL_ADDON_URI": uri}


def has_samples(uri: str) -> bool:
    with psycopg.connect(uri) as connection:
        return bool(connection.execute("select 1 from relay.samples limit 1").fetchall())
