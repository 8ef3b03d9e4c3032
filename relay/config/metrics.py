"""Metrics of a target: how config.yaml writes a measure, and the core value that it becomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from relay.config.errors import Findings, Place
from relay.config.values import Alternative, Conditions, Number, Section, Words
from relay.core.measures import (
    Above,
    Combine,
    Gauge,
    Mean,
    Measure,
    Metric,
    Quantile,
    Rate,
    Ratio,
    Selector,
    Share,
)
from relay.core.model import labels

MEMORY_LIMIT = "memory_limit"
KINDS = ("gauge", "rate", "histogram", "mean", "ratio", "share", "above")
# Which of the other keys each kind takes; all take ``where`` and ``unit``.
_EXTRAS: Mapping[str, frozenset[str]] = {
    "gauge": frozenset({"combine", "scale", "percent_of"}),
    "rate": frozenset({"scale"}),
    "histogram": frozenset({"quantile"}),
    "mean": frozenset(),
    "ratio": frozenset({"total"}),
    "share": frozenset({"total"}),
    "above": frozenset({"bound"}),
}
_PERCENT = frozenset({"percent_of", "ratio", "share", "above"})


class Whole(Section):
    """Of what a part is taken."""

    of: Words
    """the reading's name"""
    where: Conditions = Field({})
    """label values that must match; a trailing `*` matches any ending"""


def _named(given: object) -> object:
    """A name alone stands for all of that name."""
    return {"of": given} if isinstance(given, str) else given


def _part_of(given: object) -> object:
    if given == MEMORY_LIMIT:
        return given
    try:
        whole = float(given) if isinstance(given, int | float | str) and not isinstance(given, bool) else 0.0
    except (ValueError, OverflowError):
        whole = 0.0
    if not whole or not isfinite(whole):
        raise ValueError("memory_limit or a number other than 0 is needed")
    return whole


class MetricSettings(Section):
    """A metric, taken by exactly one of gauge, rate, histogram, mean, ratio, share and above."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": [kind]} for kind in KINDS]})

    gauge: Words | None = None
    """the reading is the value"""
    rate: Words | None = None
    """growth per second of this counter"""
    histogram: Words | None = None
    """quantile of this histogram since the last reading"""
    mean: Words | None = None
    """mean of this histogram or summary since the last reading"""
    ratio: Words | None = None
    """growth of this counter as a percentage of the growth of `total`"""
    share: Words | None = None
    """this gauge as a percentage of the gauge `total`"""
    above: Words | None = None
    """percentage of this histogram's observations since the last reading that are above `bound`: slow requests of all"""
    where: Conditions = Field({})
    """label values that must match; a trailing `*` matches any ending"""
    combine: Literal["sum", "max", "min", "mean"] = "sum"
    """with `gauge`: how several series become one value"""
    scale: Number = 1.0
    """with `gauge` or `rate`: the value is multiplied by this"""
    percent_of: Annotated[Literal["memory_limit"] | float, BeforeValidator(_part_of)] | None = None
    """with `gauge`: the value as a percentage of the target's `memory_limit` or of this number"""
    quantile: Number = Field(0.95, ge=0, le=1)
    """with `histogram`: which quantile"""
    bound: Number | None = None
    """with `above`: the bound, best one of the histogram's own"""
    total: Annotated[Whole, BeforeValidator(_named), Alternative("string")] | None = None
    """with `ratio` or `share`: the whole, a reading's name or `{of: name, where: {…}}`; default with `ratio`: the same counter without `where`"""
    unit: str | None = Field(None, max_length=20)
    """the value's unit: `%`, `s`, `bytes`, `/s` …; default: `%` for percentages, `s` for `response_time`, `histogram` and `mean`"""

    @property
    def kinds(self) -> list[str]:
        """The kinds of measure that are given."""
        return [kind for kind in KINDS if getattr(self, kind) is not None]


def metric(
    name: str, settings: MetricSettings, memory_limit: float | None, place: Place, findings: Findings
) -> Metric | None:
    """Return the metric, or None when what is wrong with it was reported."""
    if not _checked(settings, memory_limit, place, findings):
        return None
    measure = _MEASURES[settings.kinds[0]](settings, memory_limit)
    return Metric(name, measure, unit_of(name, settings))


def unit_of(name: str, settings: MetricSettings) -> str:
    """Return the unit that a metric's values have."""
    if settings.unit is not None:
        return settings.unit
    if settings.percent_of is not None or settings.ratio or settings.share or settings.above:
        return "%"
    if settings.histogram or settings.mean or name == "response_time":
        return "s"
    return ""


def _checked(settings: MetricSettings, memory_limit: float | None, place: Place, findings: Findings) -> bool:
    kinds = settings.kinds
    if len(kinds) != 1:
        found = f", not {' and '.join(kinds)}" if kinds else ""
        findings.error(place, f"needs exactly one of {', '.join(KINDS)}{found}")
        return False
    kind = kinds[0]
    foreign = settings.model_fields_set - _EXTRAS[kind] - {kind, "where", "unit"}
    for key in sorted(foreign):
        users = [other for other in KINDS if key in _EXTRAS[other]]
        findings.error((*place, key), f"does not go with {kind}, only with {' or '.join(users)}")
    if settings.percent_of == MEMORY_LIMIT and memory_limit is None:
        findings.error(
            (*place, "percent_of"), "the target has no memory_limit; give it one, as in memory_limit: 256MB"
        )
        return False
    return not foreign and _has_whole(kind, settings, place, findings)


def _has_whole(kind: str, settings: MetricSettings, place: Place, findings: Findings) -> bool:
    if kind == "share" and settings.total is None:
        findings.error((*place, "total"), "is missing: share needs to know of what")
        return False
    if kind == "above" and settings.bound is None:
        findings.error((*place, "bound"), "is missing: above needs to know what")
        return False
    if kind == "ratio" and settings.total is None and not settings.where:
        findings.error(place, "a ratio needs where (which part) or total (of what), or it is always 100 %")
        return False
    return True


def _gauge(settings: MetricSettings, memory_limit: float | None) -> Measure:
    scale = settings.scale
    match settings.percent_of:
        case str():
            scale *= 100 / (memory_limit or 1)
        case float() as whole:
            scale *= 100 / whole
    return Gauge(_selector(settings.gauge, settings), Combine(settings.combine), scale)


def _selector(name: str | None, settings: MetricSettings) -> Selector:
    assert name is not None
    return Selector(name, labels(settings.where))


def _whole(settings: MetricSettings) -> Selector:
    if settings.total is None:
        return Selector(settings.ratio or "")
    return Selector(settings.total.of, labels(settings.total.where))


_MEASURES: Mapping[str, Callable[[MetricSettings, float | None], Measure]] = {
    "gauge": _gauge,
    "rate": lambda settings, _: Rate(_selector(settings.rate, settings), settings.scale),
    "histogram": lambda settings, _: Quantile(_selector(settings.histogram, settings), settings.quantile),
    "mean": lambda settings, _: Mean(_selector(settings.mean, settings)),
    "ratio": lambda settings, _: Ratio(_selector(settings.ratio, settings), _whole(settings)),
    "above": lambda settings, _: Above(_selector(settings.above, settings), settings.bound or 0.0),
    "share": lambda settings, _: Share(_selector(settings.share, settings), _whole(settings)),
}
