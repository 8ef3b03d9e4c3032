"""What a chart shows: the metric of an incident around its time, with the thresholds that judged it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from relay.core.besides import DEPLOYED
from relay.core.catalogue import CATALOGUE
from relay.core.detectors import Level
from relay.core.model import Incident, Moment, Sample, Series
from relay.core.rollups import Rollup
from relay.core.rules import POLLED, Rule
from relay.core.text import Text, text, verbatim
from relay.store.transactions import ReadTransaction

LEAST_MARGIN = timedelta(minutes=15)
MOST_MARGIN = timedelta(hours=6)
# About two weeks at one a minute; of a longer incident the newest part is drawn.
MOST_SAMPLES = 20_000
MOST_DEPLOYMENTS = 50
NOTHING_CHANGED = ("CANCELLED", "FAIL")
# What a visitor may look at, by the word in the address.
PERIODS = {
    "5m": timedelta(minutes=5),
    "1h": timedelta(hours=1),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "90d": timedelta(days=90),
}


@dataclass(frozen=True, slots=True)
class Ahead:
    """Where a curve leads if it goes on: to ``limit`` at ``at``, between ``earliest`` and ``latest`` where that is known."""

    limit: float
    at: datetime
    earliest: datetime
    latest: datetime | None

    def value(self, begin: Sample, at: datetime, reached: datetime | None) -> float:
        """Return where a straight line from ``begin`` to the limit, reached then or never, is at ``at``."""
        if reached is None or reached <= begin.at:
            return begin.value if reached is None else self.limit
        return begin.value + (self.limit - begin.value) * min((at - begin.at) / (reached - begin.at), 1.0)


@dataclass(frozen=True, slots=True)
class Curve:
    """A metric over a span of time. ``gap`` is the longest pause between samples that still counts as measured.

    Where ``rollups`` are there, one for each of ``samples``, these are means.
    """

    series: Series
    metric: Text
    unit: str
    samples: tuple[Sample, ...]
    levels: tuple[Level, ...]
    begins_at: datetime
    ends_at: datetime
    gap: timedelta
    opened_at: datetime | None = None
    over_at: datetime | None = None
    moments: tuple[Moment, ...] = ()
    rollups: tuple[Rollup, ...] = ()
    deployed: tuple[datetime, ...] = ()
    ahead: Ahead | None = None

    @property
    def width(self) -> timedelta | None:
        """How much time each point stands for; None: each is a sample."""
        return self.rollups[0].width if self.rollups else None

    @property
    def shown_until(self) -> datetime:
        """Where the drawing ends: what lies ahead gets half as much room as what was measured."""
        if self.ahead is None:
            return self.ends_at
        return min(self.ahead.at, self.ends_at + (self.ends_at - self.begins_at) / 2)

    @property
    def extremes(self) -> tuple[float, float]:
        """The least and the most that was measured."""
        values = [sample.value for sample in self.samples]
        values += [value for one in self.rollups for value in (one.low, one.high)]
        return min(values), max(values)

    @property
    def is_part(self) -> bool:
        """Whether older samples were left out."""
        return len(self.samples) >= MOST_SAMPLES


def curve(
    tx: ReadTransaction,
    rules: Sequence[Rule],
    incident: Incident,
    moments: Sequence[Moment],
    at: datetime,
    period: timedelta | None = None,
    applications: Sequence[str] = (),
    most: int = MOST_SAMPLES,
) -> Curve | None:
    """Return the curve of an incident that a rule found, or None where there is no rule or nothing was measured.

    ``period`` is how much time it shows; None: the incident's own and some before and after. ``applications`` are the
    names that deployments know the target by. Of more than ``most`` samples the newest are shown.
    """
    found = _series(tx, rules, incident)
    if found is None:
        return None
    rule, series, unit = found
    end = incident.resolved_at or at
    margin = min(max((end - incident.opened_at) / 2, LEAST_MARGIN), MOST_MARGIN)
    begins_at, ends_at = incident.opened_at - margin, min(end + margin, at)
    if period is not None:
        ends_at = min(end + period / 10, at)
        begins_at = ends_at - period
    shown = _shown(tx, series, rule, begins_at, ends_at, (unit, rule.detector.gap), most)
    if shown is None:
        return None
    if period is None:
        shown = replace(
            shown,
            begins_at=max(begins_at, shown.samples[0].at),
            ends_at=max(ends_at, shown.samples[-1].at),
        )
    return replace(
        shown,
        opened_at=incident.opened_at,
        over_at=incident.resolved_at,
        moments=tuple(moments),
        deployed=_deployed(tx, applications or (incident.target,), shown),
        ahead=_ahead(incident, shown),
    )


def may_have_one(rules: Sequence[Rule], incident: Incident) -> bool:
    """Whether an incident may have a curve at all, as far as can be told without the store."""
    return any(_names(rule, incident) for rule in rules)


def recent(
    tx: ReadTransaction,
    rule: Rule | None,
    series: Series,
    unit: str,
    every: timedelta,
    at: datetime,
    period: timedelta,
) -> Curve | None:
    """Return the curve of a series up to now, or None where nothing was measured; ``every`` is its usual pause."""
    gap = rule.detector.gap if rule is not None else 3 * every
    return _shown(tx, series, rule, at - period, at, (unit, gap))


def _shown(
    tx: ReadTransaction,
    series: Series,
    rule: Rule | None,
    begins_at: datetime,
    ends_at: datetime,
    measured: tuple[str, timedelta],
    most: int = MOST_SAMPLES,
) -> Curve | None:
    found = tx.seen(series, begins_at, ends_at + timedelta(microseconds=1), most)
    unit, gap = measured
    rollups = tuple(one for one in found if isinstance(one, Rollup))
    if not found:
        return None
    if rollups:
        # One that is missing leaves twice its width between the middles of its neighbours.
        gap = max(gap, rollups[0].width * 1.5)
    samples = tuple(_sample(one, begins_at, ends_at) for one in found)
    return Curve(
        series=series,
        metric=_metric(series.metric) if rule is None else rule.metric_text(),
        unit=unit or (rule.unit if rule else ""),
        samples=samples,
        levels=rule.detector.levels if rule else (),
        begins_at=begins_at,
        ends_at=ends_at,
        gap=gap,
        rollups=rollups,
    )


def _deployed(tx: ReadTransaction, applications: Sequence[str], shown: Curve) -> tuple[datetime, ...]:
    """Return when deployments within the span began; one that failed or was given up changed nothing.

    A webhook tells no more of one than when it was, which is kept beside the target's metrics.
    """
    known = [
        one
        for name in applications
        for one in tx.deployments(name, MOST_DEPLOYMENTS)
        if one.state not in NOTHING_CHANGED
    ]
    beside = tx.samples(
        Series(shown.series.target, DEPLOYED), shown.begins_at, shown.ends_at, MOST_DEPLOYMENTS
    )
    times = {one.began_at for one in known} | {datetime.fromtimestamp(one.value, UTC) for one in beside}
    return tuple(sorted(at for at in times if shown.begins_at <= at <= shown.ends_at))


def _ahead(incident: Incident, shown: Curve) -> Ahead | None:
    """Return where an open incident's own forecast leads, if it has one and leads on from the curve."""
    told = dict(incident.facts)
    try:
        at, earliest = (datetime.fromisoformat(told[name]) for name in ("limit_at", "limit_earliest"))
        latest = datetime.fromisoformat(told["limit_latest"]) if "limit_latest" in told else None
    except (KeyError, ValueError):
        return None
    if not incident.is_open or incident.threshold is None or at <= shown.ends_at:
        return None
    return Ahead(incident.threshold, at, max(earliest, shown.ends_at), latest)


def _metric(name: str) -> Text:
    return text(f"metric.{name}") if f"metric.{name}" in CATALOGUE else verbatim(name)


def _sample(one: Sample | Rollup, begins_at: datetime, ends_at: datetime) -> Sample:
    """Return where a point stands; a rollup at an edge may have its middle beyond it."""
    if isinstance(one, Sample):
        return one
    return Sample(min(max(one.middle.at, begins_at), ends_at), one.mean)


def _series(
    tx: ReadTransaction, rules: Sequence[Rule], incident: Incident
) -> tuple[Rule, Series, str] | None:
    """Find the rule that named this trouble and the series that it named it on.

    What another system reports under the name of a metric that is polled here, on a target of this name, is about that.
    """
    if incident.source != POLLED:
        return _reported(tx, rules, incident)
    for rule in rules:
        if _names(rule, incident):
            for series, unit in tx.series_of(incident.target, rule.metric):
                if rule.fingerprint(series) == incident.fingerprint:
                    return rule, series, unit
    return None


def _reported(
    tx: ReadTransaction, rules: Sequence[Rule], incident: Incident
) -> tuple[Rule, Series, str] | None:
    for rule in rules:
        if _names(rule, incident):
            known = [one for one in tx.series_of(incident.target, rule.metric) if rule.judges(one[0])]
            if len(known) == 1:
                return rule, *known[0]
    return None


def _names(rule: Rule, incident: Incident) -> bool:
    """Whether a rule is of the name that an incident has; what is reported must name the metric itself."""
    is_named = rule.name == incident.kind and rule.target in (None, incident.target)
    return is_named and (incident.source == POLLED or rule.metric == rule.name)
