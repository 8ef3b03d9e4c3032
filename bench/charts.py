"""What the chart of a message costs: ``python -m bench.charts [pictures]``.

From the store to the PNG, as a message gets it: SQLite, both thresholds, a deployment and a forecast, spans with as many samples
as polls leave in them. Processor time of the whole process, and the size of the file.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from math import sin
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time

from relay.core.deployments import Deployment
from relay.core.detectors import Level
from relay.core.detectors.threshold import Threshold
from relay.core.model import Event, Sample, Series, Severity
from relay.core.rollups import FIVE_MINUTES, begin
from relay.core.rules import Rule
from relay.core.seal import Shown
from relay.core.text import Language, text
from relay.drawing.illustrating import subject
from relay.pipeline import Setup
from relay.pipeline.taking import take_all
from relay.store.reader import Reader
from relay.store.sqlite import SqliteBackend
from relay.store.transactions import Transaction

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
SERIES = Series("api", "memory")
RULE = Rule(
    "memory",
    "memory",
    Threshold((Level(Severity.WARNING, 70, 65), Level(Severity.CRITICAL, 85, 80))),
    "%",
)
# How long the trouble has lasted, and how often the target is read. Of more than 2,400 samples the newest are drawn, of more
# than 12 hours what they came to in five minutes.
CASES = (
    ("5 minutes", timedelta(minutes=5), timedelta(seconds=15)),
    ("1 hour", timedelta(hours=1), timedelta(seconds=15)),
    ("8 hours", timedelta(hours=8), timedelta(seconds=15)),
    ("7 hours, each second", timedelta(hours=7), timedelta(seconds=1)),
    ("3 days", timedelta(days=3), timedelta(seconds=15)),
)


def trouble(lasted: timedelta) -> Event:
    """Return an event that a rule found just now, with a forecast."""
    leads = (("limit_at", 3), ("limit_earliest", 2), ("limit_latest", 5))
    return Event(
        id="0" * 32,
        fingerprint=RULE.fingerprint(SERIES),
        severity=Severity.WARNING,
        kind=RULE.name,
        source=RULE.source,
        target=SERIES.target,
        title=text("rule.above", metric=RULE.metric_text(), target=SERIES.target),
        summary=text("rule.over", value="75 %"),
        occurred_at=NOW - lasted,
        received_at=NOW,
        as_of=NOW,
        threshold=100.0,
        unit="%",
        facts=tuple((name, (NOW + timedelta(hours=hours)).isoformat()) for name, hours in leads),
    )


@contextmanager
def stored(lasted: timedelta, every: timedelta) -> Iterator[Reader]:
    """Give a store with such a trouble, and half as much time before it."""
    with TemporaryDirectory() as folder:
        backend = SqliteBackend(Path(folder) / "relay.db")
        backend.migrate()
        connection = backend.connect()
        connection.begin()
        tx = Transaction(connection)
        number = int(lasted * 1.5 / every)
        for back in range(number, -1, -1):
            tx.add_sample(SERIES, "%", Sample(NOW - back * every, 60 + 15 * sin(back / 40)))
        began = NOW - min(lasted / 2, timedelta(minutes=20))
        tx.keep_deployment(Deployment("d", "api", "api", began, began, "OK"))
        while tx.roll_up(FIVE_MINUTES, begin(NOW, FIVE_MINUTES), 0, 10, 10_000).made:
            pass
        take_all(tx, [trouble(lasted)], Setup(rules=(RULE,)), NOW)
        connection.commit()
        connection.close()
        reader = Reader(backend)
        yield reader
        reader.close()


def measured(reader: Reader, times: int) -> tuple[list[float], int]:
    """Return the processor time of each picture in milliseconds, and the size of one in bytes."""
    shown, spent, size = Shown("0" * 32, 1, Language.ENGLISH, NOW), [], 0
    for _ in range(times + 1):
        began = process_time()
        with reader.read() as tx:
            found = subject(tx, (RULE,), (), shown)
        assert found is not None
        assert found.curve.ahead is not None
        assert found.curve.deployed
        found.said(shown.language)
        size = len(found.png(shown.language))
        spent.append((process_time() - began) * 1_000)
    # The first fills the caches.
    return spent[1:], size


def main() -> None:
    """Print the table."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    sys.stdout.write(f"{'the trouble has lasted':24} {'median ms':>10} {'worst ms':>10} {'bytes':>8}\n")
    for name, lasted, every in CASES:
        with stored(lasted, every) as reader:
            spent, size = measured(reader, times)
        sys.stdout.write(f"{name:24} {median(spent):10.1f} {max(spent):10.1f} {size:8}\n")


if __name__ == "__main__":
    main()
