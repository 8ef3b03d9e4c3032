"""Rows of the threshold table: what config.yaml says of a rule, the rows that stand without a word, and how rows merge."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from relay.config.errors import Findings, Place
from relay.config.values import Alternative, Conditions, Duration, Name, Number, Section, Words
from relay.core.detectors import Level
from relay.core.detectors.threshold import Threshold
from relay.core.model import Severity, labels
from relay.core.rules import Rule

# How far back toward the safe side a value must come, where nothing else is said.
SLACK = 0.05
THRESHOLD = "threshold"
# Which of a row's keys go with which kind only; the others go with all.
KEYS: Mapping[str, frozenset[str]] = {
    THRESHOLD: frozenset({"warning", "critical", "hold", "times", "leave", "release", "damping", "below"}),
    "leak": frozenset({"limit", "critical_within", "warning_within", "suspicions", "speed"}),
    "forecast": frozenset({"limit", "critical_within", "warning_within", "speed", "below"}),
    "burn_rate": frozenset({"objective", "period", "windows", "least"}),
    "anomaly": frozenset({"severity", "rarity", "season", "step"}),
}
GAP = timedelta(minutes=5)


class Leaves(Section):
    """Where each level is left again."""

    warning: Number | None = None
    """left by warning, default 5 % of its threshold toward the safe side"""
    critical: Number | None = None
    """left by critical, default 5 % of its threshold toward the safe side"""


class WindowSettings(Section):
    """Two windows over both of which the budget must burn too fast."""

    long: Duration = Field(ge=timedelta(minutes=1), le=timedelta(days=7))
    """says that it matters"""
    short: Duration = Field(ge=timedelta(seconds=10), le=timedelta(days=7))
    """says that it goes on"""
    factor: Number = Field(gt=0)
    """how many times faster than the budget allows"""
    severity: Literal["warning", "critical"]
    """how bad that is"""


def _for_each(given: object) -> object:
    """One number stands for both levels."""
    if isinstance(given, int | float | str):
        return {"warning": given, "critical": given}
    return given


class Row(Section):
    """A row of the table of rules. A key that is not given keeps the value of the row that it is merged over."""

    kind: Literal["threshold", "leak", "forecast", "burn_rate", "anomaly"] = "threshold"
    """how it judges: docs/rules.md explains each kind"""
    warning: Number | None = None
    """beyond this value it is a warning; `null`: no warning level"""
    critical: Number | None = None
    """beyond this value it is critical; `null`: no critical level"""
    hold: Duration = Field(timedelta(0), alias="for")
    """how long the value must stay beyond the threshold before it counts"""
    times: int = Field(1, ge=1, le=1000)
    """in how many samples in a row the value must be beyond the threshold before it counts"""
    leave: Annotated[Leaves, BeforeValidator(_for_each), Alternative("number")] = Leaves()
    """at which value a level is left again (hysteresis): one number, or one for each level"""
    release: Duration = timedelta(0)
    """how long the value must stay at the leave value before the level is left"""
    damping: Duration = timedelta(hours=1)
    """where a level is reached again within 24 hours: up to how long the value must stay at the leave value then (20m, 40m, 1h20m …); `0s`: no longer than `release`. What begins or gets worse never waits"""
    below: bool = False
    """with `threshold` and `forecast`: `true`: trouble is a low value, not a high one"""
    unit: str | None = Field(None, max_length=20)
    """unit in messages: `%`, `s`, `bytes`, `/s` …; default: the metric's own"""
    labels: Conditions = Field({})
    """labels that the rule's incidents get, for routes to match"""
    title: Words | None = None
    """the metric's name in messages"""
    metric: Name | None = None
    """the metric that is judged, default: the row's name"""
    enabled: bool = True
    """`false`: the row judges nothing"""
    limit: Number | None = None
    """with `leak` and `forecast`: what must not be reached, in the metric's unit; default: 100 for a percentage, 0 with `below`, for a leak else the target's `memory_limit`"""
    critical_within: Duration = timedelta(hours=1)
    """with `leak` and `forecast`: critical once the limit is expected within this time"""
    warning_within: Duration | None = None
    """with `leak` and `forecast`: no trouble yet while the limit is expected later than this; default: 7d for a forecast, for a leak any growth is told"""
    suspicions: bool = True
    """with `leak`: whether growth that may still turn out bounded is a warning"""
    speed: Number = Field(1.0, gt=0, le=10_000)
    """with `leak` and `forecast`: time passes so many times faster, for demonstrations and tests"""
    objective: Number | None = Field(None, gt=0, lt=100)
    """with `burn_rate`: the percentage that must be good, as in 99.9; the metric is the percentage that is bad"""
    period: Duration = Field(timedelta(days=30), ge=timedelta(hours=1))
    """with `burn_rate`: the time that the budget is for"""
    windows: tuple[WindowSettings, ...] = Field((), max_length=10)
    """with `burn_rate`: pairs of windows; default: those of the Site Reliability Workbook (1h and 5m at 14.4, 6h and 30m at 6, critical; 3d and 6h at 1, warning)"""
    least: Number = Field(10.0, ge=0)
    """with `burn_rate`: a short window of fewer events than this judges nothing"""
    severity: Literal["info", "warning", "critical"] = "info"
    """with `anomaly`: how bad that is; `info` is noted and told to nobody"""
    rarity: Number = Field(3.5, ge=1, le=10)
    """with `anomaly`: how rare a value must be for its series, as a power of ten: 4 is about one in 10,000"""
    season: Duration = Field(timedelta(days=1), le=timedelta(days=7))
    """with `anomaly`: what repeats; `0s`: nothing does"""
    step: Duration = Field(timedelta(minutes=5), ge=timedelta(seconds=1), le=timedelta(hours=1))
    """with `anomaly`: the mean of so long a time is one value; slower samples are one each"""

    def merged(self, over: Row) -> Row:
        """Return ``over`` with what this row says; a row of another kind takes over only what goes with its own.

        A leave value belongs to its threshold: it is kept only where the threshold stays.
        """
        kept = {name: getattr(over, name) for name in over.model_fields_set}
        said = {name: getattr(self, name) for name in self.model_fields_set}
        if said.get("kind", over.kind) != over.kind:
            kept = {name: value for name, value in kept.items() if name not in KEYS[over.kind]}
        if said.keys() & {"warning", "critical", "below"} and "leave" in kept:
            kept["leave"] = _still_valid(over, said)
        return Row.model_construct({*kept, *said}, **{**kept, **said})

    def foreign(self) -> list[str]:
        """Return the keys that were given and that do not go with this kind."""
        others = frozenset[str]().union(*KEYS.values()) - KEYS[self.kind]
        return sorted(_written(name) for name in self.model_fields_set & others)

    def leaves(self, level: str) -> float | None:
        """Return the leave value that was given for ``level``, if any."""
        return self.leave.warning if level == "warning" else self.leave.critical

    def thresholds(self) -> list[tuple[Severity, float]]:
        """Return the levels that there are, from mild to severe."""
        given = ((Severity.WARNING, self.warning), (Severity.CRITICAL, self.critical))
        return [(severity, value) for severity, value in given if value is not None]


# The thresholds that the course's document recommends (step 7.2), and a probe's own row.
TABLE: Mapping[str, Row] = {
    name: Row.model_validate(row)
    for name, row in {
        "memory": {
            "warning": 70,
            "critical": 85,
            "for": "2m",
            "leave": {"warning": 65, "critical": 80},
            "unit": "%",
        },
        "cpu": {"warning": 70, "critical": 90, "for": "2m", "unit": "%"},
        "response_time": {"warning": 1, "critical": 5, "unit": "s"},
        "error_rate": {"warning": 1, "critical": 5, "unit": "%"},
        # Of a whole hour: the platform counts no finer.
        "error_rate_hourly": {"warning": 1, "critical": 5, "unit": "%"},
        "disk": {"warning": 80, "critical": 90, "unit": "%"},
        "up": {"below": True, "critical": 1, "leave": 1, "times": 3},
        "leak": {"kind": "leak", "metric": "memory"},
    }.items()
}


def table(given: Mapping[str, Row]) -> dict[str, Row]:
    """Return the default rows with the given ones merged over them, and the other given ones."""
    merged = {name: given[name].merged(row) if name in given else row for name, row in TABLE.items()}
    return {**merged, **{name: row for name, row in given.items() if name not in TABLE}}


def check(row: Row, place: Place, findings: Findings, shown: Mapping[str, str]) -> bool:
    """Report what does not fit together in a merged row; ``shown`` has the values as the file writes them."""
    for key in row.foreign():
        users = " or ".join(kind for kind, keys in KEYS.items() if _named(key) in keys)
        findings.error((*place, key), f"does not go with kind {row.kind}, only with {users}")
    if row.kind != THRESHOLD:
        return not row.foreign()
    levels = row.thresholds()
    if not levels:
        findings.error(place, "needs a threshold: warning, critical or both")
        return False
    fine = not row.foreign()
    side = "below" if row.below else "above"
    if len(levels) == 2 and not _beyond(levels[1][1], levels[0][1], below=row.below):
        message = f"{shown['warning']} is not on the safe side of critical {shown['critical']}"
        findings.error((*place, "warning"), f"{message}: this row warns {side} its thresholds, critical last")
        fine = False
    for severity, enter in levels:
        leave = row.leaves(severity.word)
        if leave is not None and _beyond(leave, enter, below=row.below):
            message = (
                f"{severity.word} can't be left at {leave:g}, beyond its threshold {shown[severity.word]}"
            )
            findings.error((*place, "leave"), message)
            fine = False
    return fine


def rule(name: str, row: Row, *, unit: str, every: timedelta, target: str | None = None) -> Rule:
    """Return a checked row as a rule; ``every`` is the pause between samples, ``unit`` the metric's own."""
    return Rule(
        name=name,
        metric=row.metric or name,
        detector=Threshold(
            levels=tuple(
                Level(severity, enter, _leave(row, severity, enter)) for severity, enter in row.thresholds()
            ),
            hold=row.hold,
            times=row.times,
            release=row.release,
            damping=row.damping,
            gap=gap(every),
            below=row.below,
        ),
        unit=unit if row.unit is None else row.unit,
        labels=labels(row.labels),
        target=target,
        title=row.title,
    )


def gap(every: timedelta) -> timedelta:
    """Return the longest pause between samples that still counts as "in a row"."""
    return max(GAP, 3 * every)


def _written(name: str) -> str:
    """Return a key as the file writes it."""
    return Row.model_fields[name].alias or name


def _named(key: str) -> str:
    return next(name for name in Row.model_fields if _written(name) == key)


def _leave(row: Row, severity: Severity, enter: float) -> float:
    given = row.leaves(severity.word)
    if given is not None:
        return given
    slack = SLACK * abs(enter)
    return enter + slack if row.below else enter - slack


def _beyond(value: float, threshold: float, *, below: bool) -> bool:
    return value < threshold if below else value > threshold


def _still_valid(row: Row, said: Mapping[str, object]) -> Leaves:
    if "below" in said:
        return Leaves()
    return Leaves(**{level: row.leaves(level) for level in ("warning", "critical") if level not in said})
