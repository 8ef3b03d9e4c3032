"""What one event costs the relay in one process without HTTP: CPU and statements, of reading, of its step, of the commit.

``python -m bench.step [events] [rounds] [--profile]``. On SQLite, events in requests of 64, a commit each: new incidents, then
the same words again, then news of what is open, then ends. Medians over the rounds; the first line is a plain insert of one
row an event, as what the machine does at best. Run it from two checkouts by turns to compare them.
"""

from __future__ import annotations

import cProfile
import json
import pstats
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import thread_time

from relay.core.identity import derived
from relay.core.model import Receipt
from relay.core.routing import Route
from relay.intake import Intake
from relay.intake.generic import Settings
from relay.pipeline.setup import Setup
from relay.pipeline.taking import take_request
from relay.store.sqlite import SqliteBackend, SqliteConnection
from relay.store.transactions import Transaction

GROUP = 64
BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
ROUTES = (Route("one", ("slack0",)), Route("two", ("slack1",)))
PHASES = ("new", "seen before", "worse", "over")


class Counting(SqliteConnection):
    """A connection that counts its statements."""

    statements = 0

    def _done(self, statement: str, values: Sequence[object]):  # type: ignore[no-untyped-def]
        self.statements += 1
        return super()._done(statement, values)


@dataclass
class Cost:
    """What the events of one phase cost, in microseconds of CPU an event, and statements an event."""

    reading: list[float] = field(default_factory=list)
    step: list[float] = field(default_factory=list)
    commit: list[float] = field(default_factory=list)
    statements: list[float] = field(default_factory=list)


def bodies(phase: str, run: int, events: int) -> Iterator[bytes]:
    """Yield requests of ``GROUP`` events each."""
    severity, status = {"worse": ("critical", ""), "over": ("warning", "resolved")}.get(
        phase, ("warning", "")
    )
    for start in range(0, events, GROUP):
        named = (f"disk-{run}-{number}" for number in range(start, start + GROUP))
        yield json.dumps(
            [
                {
                    "title": f"disk full on {name}",
                    "key": name,
                    "severity": severity,
                    "status": status,
                    "target": "t1",
                }
                for name in named
            ]
        ).encode()


def floor(connection: SqliteConnection, events: int) -> float:
    """Return what a row an event in groups costs."""
    connection.begin()
    connection.run("create table plain (id text primary key, document text)")
    connection.commit()
    began = thread_time()
    for start in range(0, events, GROUP):
        connection.begin()
        for number in range(start, start + GROUP):
            connection.queue(
                "insert into plain values (%(id)s, %(document)s)", id=f"{number:032x}", document="x" * 300
            )
        connection.commit()
    return (thread_time() - began) / events * 1e6


def phase(
    connection: Counting, intake: Intake, requests: Sequence[bytes], setup: Setup, at: datetime, cost: Cost
) -> None:
    """Take requests, a commit each, and note what they cost."""
    reading = step = commit = 0.0
    before, events = connection.statements, 0
    for body in requests:
        began = thread_time()
        parsed = intake.parse(body, {}, at)
        ids = [event.id for event in parsed.events]
        receipt = Receipt(derived(ids[0], "bench", *ids[1:]), "bench", at, body)
        reading += (read := thread_time()) - began
        connection.begin()
        take_request(Transaction(connection), receipt, parsed.events, setup, at)
        step += (stepped := thread_time()) - read
        connection.commit()
        commit += thread_time() - stepped
        events += len(ids)
    for kept, total in ((cost.reading, reading), (cost.step, step), (cost.commit, commit)):
        kept.append(total / events * 1e6)
    cost.statements.append((connection.statements - before) / events)


def measured(folder: Path, events: int, rounds: int) -> tuple[float, dict[str, Cost]]:
    """Run every phase in every round."""
    backend = SqliteBackend(folder / "step.db")
    backend.migrate()
    connection = Counting(backend.path)
    intake, setup = Settings(format="generic").build(), Setup(routes=ROUTES)
    costs = {name: Cost() for name in PHASES}
    plain = floor(connection, events)
    for run in range(rounds):
        for number, name in enumerate(PHASES):
            # The same words within a minute were seen before; the other phases come later.
            at = BEGIN + timedelta(hours=run, minutes=5 * max(0, number - 1))
            phase(connection, intake, list(bodies(name, run, events)), setup, at, costs[name])
    connection.close()
    return plain, costs


def show(plain: float, costs: dict[str, Cost]) -> None:
    """Print the table."""
    print(f"{'µs CPU an event':18} {'reading':>8} {'step':>8} {'commit':>8} {'in all':>8} {'statements':>11}")
    print(f"{'a plain insert':18} {'':8} {'':8} {'':8} {plain:8.0f} {1:11.1f}")
    for name, cost in costs.items():
        parts = [median(values) for values in (cost.reading, cost.step, cost.commit)]
        columns = " ".join(f"{part:8.0f}" for part in (*parts, sum(parts)))
        print(f"{name:18} {columns} {median(cost.statements):11.1f}")


def main(events: int, rounds: int, *, profile: bool) -> None:
    """Measure and print, with ``profile`` also where the time goes."""
    run: Callable[..., tuple[float, dict[str, Cost]]] = measured
    with TemporaryDirectory() as name:
        if profile:
            profiler = cProfile.Profile()
            plain, costs = profiler.runcall(run, Path(name), events, rounds)
            pstats.Stats(profiler).sort_stats("tottime").print_stats(45)
        else:
            plain, costs = run(Path(name), events, rounds)
    show(plain, costs)


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    main(
        int(words[0]) if words else 6_400,
        int(words[1]) if len(words) > 1 else 3,
        profile="--profile" in sys.argv,
    )
