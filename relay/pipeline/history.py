"""Stored samples as the engine takes them: the one way in which anything reads history for a rule.

The rule: in pieces of bounded size, whatever the span.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from relay.core.detectors import NOTHING, Beside
from relay.core.engine import Step
from relay.core.model import Labels, Series
from relay.core.rules import Rule
from relay.store.transactions import ReadTransaction

AT_ONCE = 1_000
# What needs more than this is rebuilt before it is needed, outside of the step that judges.
SHORT = timedelta(hours=1)
MOMENT = timedelta(microseconds=1)


def steps(
    tx: ReadTransaction, rule: Rule, series: Series, since: datetime, until: datetime
) -> Iterator[Step]:
    """Yield the samples of ``series`` from ``since`` to before ``until``, oldest first, each with what stands beside it."""
    begins_at: datetime | None = since
    while begins_at is not None:
        piece, begins_at = some(tx, rule, series, begins_at, until)
        yield from piece


def some(
    tx: ReadTransaction, rule: Rule, series: Series, since: datetime, until: datetime
) -> tuple[list[Step], datetime | None]:
    """Return the first of those samples, and from when on there may be more; None at the end."""
    samples = tx.samples_from(series, since, until, AT_ONCE)
    if not samples:
        return [], None
    ends_at = samples[-1].at + MOMENT
    beside = _beside(tx, rule, series.target, samples[0].at, ends_at)
    piece: list[Step] = [(sample, beside.get(sample.at, NOTHING)) for sample in samples]
    return piece, ends_at if len(samples) == AT_ONCE else None


def _beside(
    tx: ReadTransaction, rule: Rule, target: str, since: datetime, until: datetime
) -> Mapping[datetime, Beside]:
    """Return what else was measured, by its moment."""
    found: dict[datetime, dict[str, dict[Labels, float]]] = {}
    for metric in rule.detector.beside:
        for series, _ in tx.series_of(target, metric):
            for sample in tx.samples_from(series, since, until, AT_ONCE):
                values = found.setdefault(sample.at, {}).setdefault(metric, {})
                values[series.labels] = sample.value
    return found
