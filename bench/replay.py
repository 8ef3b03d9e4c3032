"""Replay over a month of samples: how long it takes, and how much memory, beside reading them alone.

python -m bench.replay [--days 30] [--series 2]
"""

from __future__ import annotations

import argparse
import resource
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import sin
from pathlib import Path
from time import perf_counter

from relay.core.detectors import Level
from relay.core.detectors.threshold import Threshold
from relay.core.model import Sample, Series, Severity
from relay.core.rules import Rule
from relay.hindsight.replaying import Table, replay
from relay.store.reader import Reader
from relay.store.sqlite import SqliteBackend
from relay.store.transactions import Transaction

EVERY = timedelta(seconds=15)
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
LEVELS = (Level(Severity.WARNING, 70, 65), Level(Severity.CRITICAL, 85, 80))
RULE = Rule("memory", "memory", Threshold(LEVELS, hold=timedelta(minutes=2)), "%")


def main() -> None:
    """Fill a store, read it, replay it, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--series", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-replay-") as folder:
        backend = SqliteBackend(Path(folder) / "relay.db")
        samples = fill(backend, options.days, options.series)
        reader = Reader(backend)
        until = BEGIN + timedelta(days=options.days)
        print(f"{options.series} series, {options.days} days, a sample every 15 s: {samples:,} samples\n")
        print(f"{'':12} {'seconds':>8} {'samples/s':>10} {'peak MB':>8}")
        row("read alone", samples, lambda: read(reader, options.series, until))
        row("replay", samples, lambda: replay(reader, Table((RULE,), ()), BEGIN, until))
        reader.close()


def fill(backend: SqliteBackend, days: int, series: int) -> int:
    """Write a daily wave that passes both thresholds."""
    backend.migrate()
    connection = backend.connect()
    connection.begin()
    tx, number = Transaction(connection), int(timedelta(days=days) / EVERY)
    for target in range(series):
        for index in range(number):
            value = 60 + 30 * sin(index / 917) + index % 7
            tx.add_sample(Series(f"target-{target}", "memory"), "%", Sample(BEGIN + index * EVERY, value))
    connection.commit()
    connection.close()
    return number * series


def read(reader: Reader, series: int, until: datetime) -> None:
    """Read every sample in pieces, as a replay does, and do nothing."""
    for target in range(series):
        since: datetime | None = BEGIN
        while since is not None:
            with reader.read() as tx:
                piece = tx.samples_from(Series(f"target-{target}", "memory"), since, until, 1_000)
            since = piece[-1].at + timedelta(microseconds=1) if len(piece) == 1_000 else None


def row(name: str, samples: int, work: Callable[[], object]) -> None:
    """Print what one piece of work took."""
    began = perf_counter()
    work()
    took = perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{name:12} {took:8.2f} {samples / took:10,.0f} {peak:8.0f}")


if __name__ == "__main__":
    main()
