"""Single requests, as the access logs have them: made from the same load as the counts, the same in every run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp
from uuid import UUID

from mirror.times import millis
from mirror.world.identifiers import chance
from mirror.world.platform import Platform
from mirror.world.requests import per_minute
from mirror.world.samples import EPOCH, MINUTE, subjects, ticks, value

SECOND = timedelta(seconds=1)
_PATHS = ("/games", "/popular", "/games/7", "/search?q=dice", "/health")


@dataclass(frozen=True, slots=True)
class Visit:
    """One request and its answer; no ``status`` means that the connection ended before there was one."""

    id: str
    at: datetime
    app: str
    owner_id: str
    instance_id: str
    path: str
    status: int | None
    milliseconds: int
    lucky: float


def visits(platform: Platform, app: str, since: datetime, until: datetime) -> Iterator[Visit]:
    """Yield the requests after ``since`` and up to ``until``, oldest first."""
    for second in ticks(since, until + SECOND, SECOND):
        minute = second.replace(second=0, microsecond=0) + MINUTE
        requests, errors = per_minute(platform, app, minute)
        lucky = chance("visits", app, second)
        for number in range(int(requests / 60 + lucky)):
            one = _visit(platform, app, second, number, errors)
            if one is not None and since < one.at <= until:
                yield one


def time_of(identifier: str) -> datetime | None:
    """Return the time in an id of a visit (a UUID of version 7), None when it is something else."""
    try:
        found = UUID(identifier)
    except ValueError:
        return None
    return EPOCH + timedelta(milliseconds=found.int >> 80)


def _identifier(at: datetime, app: str) -> str:
    """Return a UUID of version 7: its time comes first, so ids are in order."""
    rest = int(chance("visit", app, at) * 2**62)
    return str(UUID(int=(millis(at) << 80) | (7 << 76) | (2 << 62) | rest))


def _visit(platform: Platform, app: str, second: datetime, number: int, errors: float) -> Visit | None:
    up = [one for one in subjects(platform, app) if one.was_up(second)]
    if not up:
        return None
    lucky = chance("visit", app, second, number)
    where = up[int(lucky * len(up))]
    usual = value(platform, where, "milliseconds", second)
    failed = chance("failed", app, second, number) < errors
    status = None if lucky < 0.001 else 500 if failed else 200
    # The n-th of a second comes a millisecond after the one before.
    at = second - SECOND + timedelta(milliseconds=1 + number)
    return Visit(
        id=_identifier(at, app),
        at=at,
        app=app,
        owner_id=where.owner_id,
        instance_id=where.key,
        path=_PATHS[int(lucky * len(_PATHS))],
        status=status,
        # Most are quick and a few are slow, as real ones.
        milliseconds=max(1, round(usual * exp(2 * chance("slow", app, second, number) - 1))),
        lucky=lucky,
    )
