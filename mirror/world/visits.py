"""Single requests, as the access logs have them: made from the same load as the counts, the same in every run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp

from mirror.world.identifiers import chance, plain
from mirror.world.platform import Platform
from mirror.world.requests import per_minute
from mirror.world.samples import MINUTE, subjects, ticks, value

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


def _visit(platform: Platform, app: str, second: datetime, number: int, errors: float) -> Visit | None:
    up = [one for one in subjects(platform, app) if one.was_up(second)]
    if not up:
        return None
    lucky = chance("visit", app, second, number)
    where = up[int(lucky * len(up))]
    usual = value(platform, where, "milliseconds", second)
    failed = chance("failed", app, second, number) < errors
    status = None if lucky < 0.001 else 500 if failed else 200
    return Visit(
        id=plain("visit", app, second, number),
        # The n-th of a second comes n milliseconds after the (n - 1)-th.
        at=second - SECOND + timedelta(milliseconds=1 + number),
        app=app,
        owner_id=where.owner_id,
        instance_id=where.key,
        path=_PATHS[int(lucky * len(_PATHS))],
        status=status,
        # Most are quick and a few are slow, as real ones.
        milliseconds=max(1, round(usual * exp(2 * chance("slow", app, second, number) - 1))),
        lucky=lucky,
    )
