"""What keeping samples costs, a series and a month, on SQLite and on PostgreSQL: bytes of each kind, and writing.

python -m bench.samples [--days 10] [--series 5] [--every 15]

Samples come in as polls bring them, all series at each moment; sizes are those of full pages, as a month goes on. What is kept
for 31 days (rollups of five minutes) and for 400 (of an hour) is counted whole. Writing is measured apart: each poll in a
transaction of its own, durable as the relay has it; PostgreSQL without fsync, so that its time is that of its work alone.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from resource import RUSAGE_SELF, getrusage
from secrets import token_hex
from time import perf_counter

from relay.core.model import Sample, Series
from relay.core.rollups import FIVE_MINUTES, HOUR, WIDTHS, begin
from relay.store import Backend, Connection
from relay.store.postgres import PostgresBackend
from relay.store.sqlite import SqliteBackend
from relay.store.transactions import Transaction
from tests.postgres_fixture import Cluster, programs

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
MONTH = timedelta(days=30)
KEPT = {FIVE_MINUTES: timedelta(days=31), HOUR: timedelta(days=400)}
AT_ONCE = 500
POLLS = 2_000


@dataclass(frozen=True)
class Store:
    """A store, how large what it keeps in a table is, and how much it has written."""

    name: str
    backend: Backend
    table_bytes: Callable[[Connection, str], int]
    written: Callable[[Connection], int]


@contextmanager
def stores() -> Iterator[list[Store]]:
    """Make an empty store of each kind; PostgreSQL where its programs are installed."""
    folder, found = Path(tempfile.mkdtemp(prefix="bench-samples-")), programs()
    cluster = (
        None if found is None else Cluster(found, Path(tempfile.mkdtemp(prefix="pg-bench-")), token_hex(8))
    )
    try:
        made = [Store("SQLite", SqliteBackend(folder / "relay.db"), _sqlite_bytes, _sqlite_written)]
        if cluster is not None:
            cluster.create()
            backend = PostgresBackend(cluster.uri(cluster.new_database()))
            made.append(Store("PostgreSQL", backend, _postgres_bytes, _postgres_written))
        yield made
    finally:
        if cluster is not None:
            if cluster.port:
                cluster.stop()
            shutil.rmtree(cluster.folder, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def _sqlite_bytes(connection: Connection, table: str) -> int:
    rows = connection.rows(
        "select sum(pgsize) as bytes from dbstat where name in (select name from sqlite_master where tbl_name = %(table)s)",
        table=table,
    )
    return int(rows[0]["bytes"] or 0)


def _postgres_bytes(connection: Connection, table: str) -> int:
    rows = connection.rows(
        "select pg_total_relation_size(oid) as bytes from pg_class where relname = %(table)s and relkind = 'r'",
        table=table,
    )
    return int(rows[0]["bytes"])


def _sqlite_written(_: Connection) -> int:
    words = Path("/proc/self/io").read_text().split()
    return int(words[words.index("write_bytes:") + 1])


def _postgres_written(connection: Connection) -> int:
    rows = connection.rows("select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') as bytes")
    return int(rows[0]["bytes"])


def fill(connection: Connection, series: int, moments: range, every: timedelta, at_once: int) -> None:
    """Keep a sample of each series at each moment."""
    dice = Random(moments.start)
    names = [Series("api", f"metric-{number}") for number in range(series)]
    for first in range(moments.start, moments.stop, at_once):
        connection.begin()
        tx = Transaction(connection)
        for moment in range(first, min(first + at_once, moments.stop)):
            for name in names:
                tx.add_sample(name, "%", Sample(BEGIN + moment * every, dice.uniform(0, 100)))
        connection.commit()


def roll_up(connection: Connection, until: datetime) -> None:
    """Make all rollups, as the background does."""
    for width in WIDTHS:
        made = 1
        while made:
            connection.begin()
            done = Transaction(connection).roll_up(width, begin(until, width), 0, 50, 48)
            connection.commit()
            made = done.made


def measured(store: Store, series: int, days: int, every: timedelta) -> None:
    """Print a row: bytes a series and month, and what writing a sample costs."""
    store.backend.migrate()
    with closing(store.backend.connect()) as connection:
        moments = int(timedelta(days=days) / every)
        empty = {table: store.table_bytes(connection, table) for table in ("samples", "rollups")}
        fill(connection, series, range(moments), every, AT_ONCE)
        roll_up(connection, BEGIN + timedelta(days=days))
        samples = (store.table_bytes(connection, "samples") - empty["samples"]) / (series * moments)
        pieces = sum(timedelta(days=days) / width for width in WIDTHS)
        rollup = (store.table_bytes(connection, "rollups") - empty["rollups"]) / (series * pieces)
        month = {"samples": samples * (MONTH / every)}
        month |= {f"{width.seconds // 60} min": rollup * (span / width) for width, span in KEPT.items()}
        before, wall, cpu = store.written(connection), perf_counter(), _cpu()
        fill(connection, series, range(moments, moments + POLLS), every, 1)
        number = POLLS * series
        spent = (perf_counter() - wall) / POLLS * 1e3, (_cpu() - cpu) / number * 1e6
        written = (store.written(connection) - before) / number
    kept = "".join(f"{size / 1e6:>12.2f}" for size in [*month.values(), sum(month.values())])
    print(
        f"{store.name:<12}{samples:>9.1f}{rollup:>9.1f}{kept}{spent[1]:>9.0f}{spent[0]:>9.2f}{written:>9.0f}"
    )


def _cpu() -> float:
    used = getrusage(RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=10)
    parser.add_argument("--series", type=int, default=5)
    parser.add_argument("--every", type=int, default=15, help="seconds")
    options = parser.parse_args()
    every = timedelta(seconds=options.every)
    print(f"{options.series} series, {options.days} days, a sample every {options.every} s\n")
    print(f"{'':<12}{'bytes a':>9}{'bytes a':>9}{'MB a series: 30 d':>24}{'':<24}{'a sample: the relay':>27}")
    print(
        f"{'':<12}{'sample':>9}{'rollup':>9}{'samples':>12}{'5 min 31 d':>12}{'1 h 400 d':>12}{'in all':>12}"
        f"{'CPU µs':>9}{'ms/poll':>9}{'written':>9}"
    )
    with stores() as made:
        for store in made:
            measured(store, options.series, options.days, every)


if __name__ == "__main__":
    main()
