"""What a service has to do, as a function of the time of day: pure, and the same in every run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import cos, pi

from mirror.world.identifiers import chance

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Load:
    """The ordinary load: low at night, high at ``peak_hour`` UTC; percentages of one instance."""

    cpu_night: float = 4
    cpu_day: float = 30
    memory: float = 45
    # What memory grows an hour since the instance came up: a leak.
    memory_growth: float = 0
    disk: float = 30
    # Requests a minute over all instances.
    requests_night: float = 20
    requests_day: float = 240
    error_share: float = 0.002
    milliseconds: float = 40
    peak_hour: float = 14
    # How much of a value chance adds or takes.
    noise: float = 0.08


@dataclass(frozen=True, slots=True)
class Effect:
    """A time in which one measure is something else: ``value`` replaces the ordinary one."""

    measure: str
    since: datetime
    until: datetime
    value: float

    def holds(self, at: datetime) -> bool:
        """Whether it applies at that time."""
        return self.since <= at < self.until


def daily(night: float, day: float, peak_hour: float, at: datetime) -> float:
    """Return a value between ``night`` and ``day`` for the time of day.

    >>> round(daily(10, 30, 14, datetime(2026, 6, 15, 14))), round(daily(10, 30, 14, datetime(2026, 6, 15, 2)))
    (30, 10)
    """
    hour = at.hour + at.minute / 60 + at.second / 3600
    return night + (day - night) * (1 + cos((hour - peak_hour) / 24 * 2 * pi)) / 2


def ordinary(load: Load, measure: str, at: datetime, up_since: datetime) -> float:
    """Return what a measure is on average, before chance has its part."""
    if measure in {"cpu", "load1"}:
        cpu = daily(load.cpu_night, load.cpu_day, load.peak_hour, at)
        return cpu if measure == "cpu" else cpu / 50
    if measure == "requests":
        return daily(load.requests_night, load.requests_day, load.peak_hour, at)
    if measure == "mem":
        return load.memory + load.memory_growth * ((at - up_since) / timedelta(hours=1))
    return {"disk": load.disk, "errors": load.error_share, "milliseconds": load.milliseconds}[measure]


_LIMITS = {"cpu": 100.0, "mem": 100.0, "disk": 100.0, "errors": 1.0}


def measured(load: Load, measure: str, at: datetime, up_since: datetime, key: str) -> float:
    """Return a measure with its share of chance; ``key`` tells instances apart."""
    # Memory and disks are steadier than everything else.
    noise = load.noise / 5 if measure in {"mem", "disk"} else load.noise
    swing = 1 + noise * (2 * chance(key, measure, int(at.timestamp())) - 1)
    value = ordinary(load, measure, at, up_since) * swing
    return max(0.0, min(value, _LIMITS.get(measure, value)))
