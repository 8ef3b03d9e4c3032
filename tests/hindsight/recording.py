"""A run of polls recorded by the product's own step, in one transaction, so that a thousand of them take no time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any

from relay.core.detectors import Level
from relay.core.detectors.absent import Absent
from relay.core.detectors.threshold import Threshold
from relay.core.measures import Gauge, Metric, Selector
from relay.core.model import NoData, Reading, Readings, Severity
from relay.core.routing import Route
from relay.core.rules import Rule
from relay.core.targets import Target
from relay.core.text import text
from relay.hindsight.replaying import Table
from relay.pipeline.polling import keep_poll
from relay.pipeline.setup import Setup
from relay.store.reader import Reader
from relay.store.sqlite import SqliteBackend
from relay.store.transactions import Transaction
from tests.building import MINUTE, NOON

W, C = Severity.WARNING, Severity.CRITICAL

API = Target(
    "api",
    "test",
    MINUTE,
    (Metric("memory", Gauge(Selector("memory")), "%"), Metric("free", Gauge(Selector("free")), "%")),
    Absent(after=2),
)
MEMORY = Rule(
    "memory", "memory", Threshold((Level(W, 70, 65), Level(C, 85, 80)), hold=MINUTE, release=MINUTE), "%"
)
FREE = Rule("free", "free", Threshold((Level(C, 20, 25),), times=2, below=True), "%")
SETUP = Setup(rules=(MEMORY, FREE), routes=(Route("all", ("chat",)),))
TABLE = Table(SETUP.rules, (API,), SETUP.policy)

RESTART = "restart"


@dataclass
class Recording:
    """A store and a clock; a step is a value, None for a read that brought nothing, a pause, or a restart."""

    tx: Transaction
    setup: Setup = SETUP
    target: Target = API
    at: datetime = NOON
    states: dict[Any, Any] = field(default_factory=dict)

    def go(self, *steps: float | timedelta | str | None) -> None:
        """Do steps, a minute apart."""
        for step in steps:
            match step:
                case timedelta():
                    self.at += step
                case str():
                    self.states = {}
                case _:
                    self._poll(step)
                    self.at += MINUTE

    def _poll(self, value: float | None) -> None:
        [lease] = self.tx.claim_targets({"api": MINUTE}, "test", self.at, MINUTE, 10)
        result: Readings | NoData = NoData(self.at, text("nodata.why.refused"))
        if value is not None:
            # What is free mirrors the memory, so that two rules have something to say.
            result = Readings(self.at, (Reading("memory", value), Reading("free", 100 - value)))
        polling = keep_poll(self.tx, lease, self.target, result, self.setup, self.states)
        self.states.update(polling.states)


@contextmanager
def recorded(folder: Path, *steps: float | timedelta | str | None, setup: Setup = SETUP) -> Iterator[Reader]:
    """Record steps and yield what reads them."""
    backend = SqliteBackend(folder / f"{token_hex(4)}.db")
    backend.migrate()
    connection = backend.connect()
    connection.begin()
    tx = Transaction(connection)
    tx.know_targets(["api"], NOON)
    Recording(tx, setup).go(*steps)
    connection.commit()
    connection.close()
    reader = Reader(backend)
    try:
        yield reader
    finally:
        reader.close()


def table(*rules: Rule, after: int = 2) -> Table:
    """Return another table over the same target."""
    return replace(TABLE, rules=rules, targets=(replace(API, absent=Absent(after=after)),))


def threshold(warning: float, critical: float, **more: Any) -> Rule:
    """Return another row for memory."""
    return replace(
        MEMORY, detector=Threshold((Level(W, warning, warning - 5), Level(C, critical, critical - 5)), **more)
    )


def flat(runs: Sequence[tuple[float | None, int]]) -> list[float | None]:
    """Return values, each as often as it says."""
    return [value for value, times in runs for _ in range(times)]
