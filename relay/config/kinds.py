"""Rows of other kinds than thresholds, each made a rule for one target: they need to know what the target measures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from relay.config.rows import Row, gap
from relay.core.detectors import Detector
from relay.core.detectors.anomaly import Anomaly
from relay.core.detectors.burn_rate import PAIRS, BurnRate, Pair
from relay.core.detectors.forecast import Forecast
from relay.core.detectors.growth_words import Scale
from relay.core.detectors.leaking import Leak
from relay.core.measures import Gauge, Metric
from relay.core.model import Severity, labels
from relay.core.rules import Rule
from relay.core.targets import Target

MINUTE = timedelta(minutes=1)
WEEK = timedelta(days=7)


def rule(name: str, row: Row, target: Target) -> Rule | str | None:
    """Return a checked row as the rule of ``target``, why that can't be, or None where it does not take the metric."""
    judged = row.metric or name
    metric = next((taken for taken in target.metrics if taken.name == judged), None)
    if metric is None:
        return None
    made = _DETECTORS[row.kind](row, metric, target)
    if isinstance(made, str):
        return made
    return Rule(
        name=name,
        metric=metric.name,
        detector=made,
        unit=metric.unit if row.unit is None else row.unit,
        labels=labels(row.labels),
        target=target.name,
        title=row.title,
    )


def paced(target: Target, rules: Sequence[Rule]) -> Target:
    """Return a target whose routes are counted as often as the fastest leak rule looks at them."""
    speeds = [made.detector.speed for made in rules if _is_leak(made, target)]  # type: ignore[attr-defined]
    return replace(target, routes_every=MINUTE / max(speeds)) if speeds else target


def _is_leak(made: Rule, target: Target) -> bool:
    return isinstance(made.detector, Leak) and made.target == target.name


def _leak(row: Row, metric: Metric, target: Target) -> Detector | str:
    limit = _limit(row, metric, target.memory_limit)
    if limit is None:
        return "its limit is unknown: give limit, or the target a memory_limit, as in memory_limit: 256MB"
    if limit <= 0:
        return "its limit must be above 0"
    return Leak(
        limit=limit,
        scale=_bytes(metric),
        critical_within=row.critical_within,
        warning_within=row.warning_within,
        suspicions=row.suspicions,
        speed=row.speed,
        gap=gap(target.every),
    )


def _forecast(row: Row, metric: Metric, target: Target) -> Detector | str:
    limit = row.limit if row.limit is not None else 0.0 if row.below else _limit(row, metric, None)
    if limit is None:
        return "its limit is unknown: give limit, in the metric's unit"
    if limit <= 0 and not row.below:
        return "its limit must be above 0; one to fall to needs below: true"
    return Forecast(
        limit=limit,
        scale=Scale(1.0, metric.unit if row.unit is None else row.unit),
        critical_within=row.critical_within,
        warning_within=WEEK if row.warning_within is None else row.warning_within,
        speed=row.speed,
        below=row.below,
        gap=gap(target.every),
    )


def _burn_rate(row: Row, metric: Metric, target: Target) -> Detector | str:
    if row.objective is None:
        return "needs an objective, as in objective: 99.9"
    if metric.unit != "%":
        return f"judges a percentage of bad events, and {metric.name} is none: take it with ratio or above"
    if any(window.short > window.long for window in row.windows):
        return "has a window whose short is longer than its long"
    pairs = tuple(
        Pair(window.factor, window.long, window.short, Severity[window.severity.upper()])
        for window in row.windows
    )
    return BurnRate(
        metric=metric.name,
        objective=row.objective,
        period=row.period,
        pairs=pairs or PAIRS,
        least=row.least,
        gap=gap(target.every),
    )


def _anomaly(row: Row, metric: Metric, target: Target) -> Detector | str:
    return Anomaly(
        unit=metric.unit if row.unit is None else row.unit,
        severity=Severity[row.severity.upper()],
        rarity=row.rarity,
        season=row.season,
        width=row.step,
        gap=gap(target.every),
    )


def _limit(row: Row, metric: Metric, memory_limit: float | None) -> float | None:
    if row.limit is not None:
        return row.limit
    if metric.unit == "%":
        return 100.0
    scale = metric.measure.scale if isinstance(metric.measure, Gauge) else 1.0
    return None if memory_limit is None else memory_limit * scale


def _bytes(metric: Metric) -> Scale:
    """Return what one of the metric's units is in bytes: a gauge of memory reads bytes, whatever it is scaled to."""
    if isinstance(metric.measure, Gauge) and metric.measure.scale:
        return Scale(1 / metric.measure.scale, "bytes")
    return Scale(1.0, metric.unit)


_DETECTORS: Mapping[str, Callable[[Row, Metric, Target], Detector | str]] = {
    "leak": _leak,
    "forecast": _forecast,
    "burn_rate": _burn_rate,
    "anomaly": _anomaly,
}
