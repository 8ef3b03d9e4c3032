"""The requests that applications answer: how many, with which status, how fast and from where."""

from __future__ import annotations

from datetime import datetime

from mirror.world.platform import Platform
from mirror.world.samples import is_lost, subjects, ticks, value

_PLACES = ((48.85, 2.35, 0.7), (45.76, 4.84, 0.2), (50.85, 4.35, 0.1))


def per_minute(platform: Platform, app: str, at: datetime) -> tuple[float, float]:
    """Return the requests of that minute and the share of errors among them; both 0 when nothing was up."""
    up = [one for one in subjects(platform, app) if one.was_up(at)]
    if not up or is_lost(platform, app, at):
        return 0.0, 0.0
    return value(platform, up[0], "requests", at), value(platform, up[0], "errors", at)


def status_codes(platform: Platform, app: str, since: datetime, until: datetime) -> dict[int, int]:
    """Return the number of answers by status; -1 are connections that ended before an answer."""
    total = failed = 0.0
    for at in ticks(since, until):
        requests, errors = per_minute(platform, app, at)
        total += requests
        failed += requests * errors
    well = total - failed
    return {
        200: round(well * 0.95),
        304: round(well * 0.02),
        404: round(well * 0.03),
        500: round(failed * 0.8),
        502: round(failed * 0.2),
        -1: round(total * 0.001),
    }


def places(platform: Platform, app: str, since: datetime, until: datetime) -> list[tuple[float, float, int]]:
    """Return (latitude, longitude, requests)."""
    total = sum(per_minute(platform, app, at)[0] for at in ticks(since, until))
    return [(latitude, longitude, round(total * share)) for latitude, longitude, share in _PLACES]
