"""The classes of Telegraf that the platform keeps: what each is worth at a time, and how often it is written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from math import pi, sin

from mirror.world.load import Load
from mirror.world.platform import Platform
from mirror.world.samples import Subject, value

MEBIBYTE = 1024 * 1024
DISK_BYTES = 20_000_000_000
BYTES_RECEIVED, BYTES_SENT = 700, 9_000
MINUTE, FIVE_MINUTES = timedelta(minutes=1), timedelta(minutes=5)
Reading = Callable[[Platform, Subject, datetime], float]


def _share(measure: str, factor: float = 1, rest: float = 0) -> Reading:
    return lambda platform, subject, at: rest + factor * value(platform, subject, measure, at)


def _memory(factor: float) -> Reading:
    return lambda platform, subject, at: int(
        value(platform, subject, "mem", at) / 100 * factor * subject.memory * MEBIBYTE
    )


def _counter(bytes_a_request: int) -> Reading:
    """Return a count since the instance came up, so it begins anew with each."""
    return lambda platform, subject, at: int(
        bytes_a_request * requests_between(platform, subject, subject.up_at, at)
    )


def requests_between(platform: Platform, subject: Subject, since: datetime, until: datetime) -> float:
    """Return how many requests came in a time, without chance: the integral of the load."""
    total = _integral(subject.load, since, until)
    for effect in platform.effects.get(subject.resource_id, ()):
        begin, end = max(since, effect.since), min(until, effect.until)
        if effect.measure == "requests" and begin < end:
            total += effect.value * _minutes(end - begin) - _integral(subject.load, begin, end)
    return total


def _integral(load: Load, since: datetime, until: datetime) -> float:
    """Integrate `world.load.daily` over minutes."""

    def swing(at: datetime) -> float:
        hour = at.hour + at.minute / 60 + at.second / 3600
        return sin((hour - load.peak_hour) / 24 * 2 * pi) * 24 * 60 / (2 * pi)

    half = (load.requests_day - load.requests_night) / 2
    even = (load.requests_night + half) * _minutes(until - since)
    return even + half * (swing(until) - swing(since))


def _minutes(duration: timedelta) -> float:
    return duration / timedelta(minutes=1)


CLASSES: dict[str, tuple[Reading, timedelta]] = {
    "cpu.usage_idle": (_share("cpu", -1, 100), MINUTE),
    "cpu.usage_user": (_share("cpu", 0.7), MINUTE),
    "cpu.usage_system": (_share("cpu", 0.25), MINUTE),
    "cpu.usage_iowait": (_share("cpu", 0.05), MINUTE),
    "mem.used_percent": (_share("mem"), MINUTE),
    "mem.available_percent": (_share("mem", -1, 100), MINUTE),
    "mem.used": (_memory(1), MINUTE),
    "disk.used_percent": (_share("disk"), FIVE_MINUTES),
    "disk.used": (_share("disk", DISK_BYTES / 100), FIVE_MINUTES),
    "disk.free": (_share("disk", -DISK_BYTES / 100, DISK_BYTES), FIVE_MINUTES),
    "disk.total": (lambda *_: DISK_BYTES, FIVE_MINUTES),
    "net.bytes_recv": (_counter(BYTES_RECEIVED), MINUTE),
    "net.bytes_sent": (_counter(BYTES_SENT), MINUTE),
    "system.load1": (_share("load1"), MINUTE),
    "system.load1_per_cpu": (_share("load1"), MINUTE),
}
