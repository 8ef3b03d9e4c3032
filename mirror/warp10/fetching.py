"""FETCH and FIND: which series a token may read, and their points in a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from mirror.times import from_micros, micros
from mirror.warp10.classes import CLASSES
from mirror.warp10.values import Failed, Series, Value
from mirror.world.identifiers import chance
from mirror.world.platform import Platform
from mirror.world.read_tokens import ReadToken
from mirror.world.samples import Subject, is_lost, subjects, ticks

MOST_POINTS = 1_000_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What a FETCH asks for; without ``since`` it is the newest ``count`` points."""

    token: ReadToken
    name: str
    labels: dict[str, str]
    since: datetime
    until: datetime
    count: int | None


class Samples:
    """The platform's samples, as series."""

    def __init__(self, platform: Platform, at: datetime) -> None:
        """Read a platform at a time."""
        self._platform = platform
        self._at = at

    def now(self) -> int:
        """Return the time in microseconds."""
        return micros(self._at)

    def fetch(self, asked: list[Value]) -> list[Series]:
        """Return series with their points, newest first; those without points are left out."""
        wanted = self._asked(asked)
        found = [self._filled(name, labels, one, wanted) for name, labels, one in self._matching(wanted)]
        if sum(len(one.points) for one in found) > MOST_POINTS:
            raise Failed("the limit of datapoints was reached")
        return [one for one in found if one.points]

    def find(self, asked: list[Value]) -> list[Series]:
        """Return series without points."""
        if len(asked) != 3:
            raise Failed("FIND expects [ token class labels ]")
        wanted = self._asked([*asked, self.now(), -1])
        return [Series(name, labels, ()) for name, labels, _ in self._matching(wanted)]

    def _asked(self, asked: list[Value]) -> Asked:
        if len(asked) != 5 or not isinstance(asked[2], dict):
            raise Failed("FETCH expects [ token class labels end timespan ]")
        token = self._platform.read_tokens.get(str(asked[0]))
        if token is None:
            raise Failed("Invalid token")
        if token.expires_at <= self._at:
            raise Failed("Token Expired")
        labels = {name: str(pattern) for name, pattern in asked[2].items()}
        since, until, count = _times(asked[3], asked[4])
        return Asked(token, str(asked[1]), labels, since, min(until, self._at), count)

    def _matching(self, wanted: Asked) -> Iterator[tuple[str, dict[str, str], Subject]]:
        names = [name for name in CLASSES if _matches(wanted.name, name)]
        for resource_id in self._resources(wanted):
            for one in subjects(self._platform, resource_id):
                labels = _labels(one)
                if all(_matches(pattern, labels.get(name, "")) for name, pattern in wanted.labels.items()):
                    yield from ((name, labels, one) for name in names)

    def _resources(self, wanted: Asked) -> list[str]:
        owner_id = wanted.token.owner_id
        every = [one.id for one in self._platform.applications_of(owner_id)]
        every += [one.real_id for one in self._platform.addons_of(owner_id)]
        allowed = [one for one in every if wanted.token.resource_id in (None, one)]
        pattern = wanted.labels.get("app_id")
        return [one for one in allowed if pattern is None or _matches(pattern, one)]

    def _filled(self, name: str, labels: dict[str, str], subject: Subject, wanted: Asked) -> Series:
        reading, step = CLASSES[name]
        since = max(wanted.since, subject.up_at)
        times = [
            at
            for at in ticks(since, wanted.until, step)
            if subject.was_up(at) and not is_lost(self._platform, subject.resource_id, at)
        ][::-1][: wanted.count]
        points = tuple((micros(at), reading(self._platform, subject, at)) for at in times)
        return Series(name, labels, points)


def _labels(one: Subject) -> dict[str, str]:
    labels = {
        "app_id": one.resource_id,
        "owner_id": one.owner_id,
        "host": f"hv-{int(chance('host', one.key) * 900):03d}",
        "adc": "PAR",
        "sdc": "PAR6",
        "vm_type": "persistent" if one.deployment_id is None else "volatile",
    }
    return labels if one.deployment_id is None else {**labels, "deployment_id": one.deployment_id}


def _matches(pattern: str, text: str) -> bool:
    """Whether a selector fits: ``=text``, ``~expression`` or the text alone."""
    if pattern.startswith("~"):
        try:
            return re.fullmatch(pattern[1:], text) is not None
        except re.error:
            raise Failed(f"not a regular expression: {pattern[:60]}") from None
    return text == pattern.removeprefix("=")


def _times(end: Value, span: Value) -> tuple[datetime, datetime, int | None]:
    """Read ``end timespan``: a negative span counts points, and two dates are a beginning and an end."""
    if isinstance(end, str) and isinstance(span, str):
        first, last = sorted((_date(end), _date(span)))
        return first, last, None
    if not isinstance(span, int | float):
        raise Failed("FETCH expects a timespan")
    until = _date(end) if isinstance(end, str) else from_micros(_number(end))
    if span < 0:
        return from_micros(0), until, int(-span)
    return from_micros(max(0, micros(until) - int(span))), until, None


def _number(value: Value) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Failed("FETCH expects a time")
    return value


def _date(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Failed(f"not a date: {text[:40]}") from None
    if at.tzinfo is None:
        raise Failed(f"a date without a zone: {text[:40]}")
    return at
