"""What a chart shows: the metric of an incident around its time, with the thresholds that judged it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from relay.core.detectors import Level
from relay.core.model import Incident, Moment, Sample, Series
from relay.core.rules import POLLED, Rule
from relay.core.text import Text
from relay.store.transactions import ReadTransaction

LEAST_MARGIN = timedelta(minutes=15)
MOST_MARGIN = timedelta(hours=6)
# About two weeks at one a minute; of a longer incident the newest part is drawn.
MOST_SAMPLES = 20_000


@dataclass(frozen=True, slots=True)
class Curve:
    """A metric over a span of time. ``gap`` is the longest pause between samples that still counts as measured."""

    series: Series
    metric: Text
    unit: str
    samples: tuple[Sample, ...]
    levels: tuple[Level, ...]
    begins_at: datetime
    ends_at: datetime
    gap: timedelta
    opened_at: datetime
    over_at: datetime | None
    moments: tuple[Moment, ...] = ()

    @property
    def is_part(self) -> bool:
        """Whether older samples were left out."""
        return len(self.samples) >= MOST_SAMPLES


def curve(
    tx: ReadTransaction, rules: Sequence[Rule], incident: Incident, moments: Sequence[Moment], at: datetime
) -> Curve | None:
    """Return the curve of an incident that a rule found, or None where there is no rule or nothing was measured."""
    found = _series(tx, rules, incident)
    if found is None:
        return None
    rule, series, unit = found
    end = incident.resolved_at or at
    margin = min(max((end - incident.opened_at) / 2, LEAST_MARGIN), MOST_MARGIN)
    begins_at, ends_at = incident.opened_at - margin, min(end + margin, at)
    samples = tx.samples(series, begins_at, ends_at + timedelta(microseconds=1), MOST_SAMPLES)
    if not samples:
        return None
    return Curve(
        series=series,
        metric=rule.metric_text(),
        unit=unit or rule.unit,
        samples=tuple(samples),
        levels=rule.detector.levels,
        begins_at=max(begins_at, samples[0].at),
        ends_at=max(ends_at, samples[-1].at),
        gap=rule.detector.gap,
        opened_at=incident.opened_at,
        over_at=incident.resolved_at,
        moments=tuple(moments),
    )


def _series(
    tx: ReadTransaction, rules: Sequence[Rule], incident: Incident
) -> tuple[Rule, Series, str] | None:
    """Find the rule that named this trouble and the series that it named it on."""
    if incident.source != POLLED:
        return None
    for rule in rules:
        if rule.name == incident.kind and rule.target in (None, incident.target):
            for series, unit in tx.series_of(incident.target, rule.metric):
                if rule.fingerprint(series) == incident.fingerprint:
                    return rule, series, unit
    return None
