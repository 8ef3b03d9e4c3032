"""The stats API: CPU, memory and load in buckets, status codes by the hour, requests by place."""

from __future__ import annotations

from datetime import datetime, timedelta

from mirror.answers.parameters import duration, moment
from mirror.http.message import Answer, Refused, Request, as_json
from mirror.http.routes import Routes, owned
from mirror.times import micros, zulu
from mirror.world.buckets import KINDS, Window, series
from mirror.world.platform import Platform
from mirror.world.requests import places, status_codes
from mirror.world.samples import is_known

routes = Routes()
MOST_BUCKETS = 300
_UNITS = {"cpu": "%", "mem": "%", "load1": ""}


@routes.add("GET", "/v4/stats/organisations/{owner}/resources/{resource}/metrics")
def metrics(platform: Platform, request: Request, owner: str, resource: str) -> Answer:
    """Return a series a kind; with ``fill``, which is the default, what is missing is 0."""
    _known(platform, request, owner, resource)
    window = _window(request)
    fill = request.one("fill") != "false"
    told = []
    for kind in KINDS:
        if kind in (request.every("only") or KINDS):
            rows = series(platform, resource, kind, window)
            data = [
                {"timestamp": micros(end), "value": "0" if value is None else f"{value:.4f}"}
                for end, value in rows
                if fill or value is not None
            ]
            told.append({"name": kind, "resource": resource, "unit": _UNITS[kind], "data": data})
    return as_json(told)


@routes.add("GET", "/v4/stats/organisations/{owner}/http-status-codes")
def http_status_codes(platform: Platform, request: Request, owner: str) -> Answer:
    """Return how many answers there were of each status in each whole hour, named by its end."""
    app = _application(platform, request, owner)
    since, until = _hours(request)
    told = []
    while since < until:
        since += timedelta(hours=1)
        counts = status_codes(platform, app, since - timedelta(hours=1), since)
        statuses = [{"code": code, "count": count} for code, count in counts.items() if count]
        told.append({"date": zulu(since), "statuses": statuses})
    return as_json(told)


@routes.add("GET", "/v4/stats/organisations/{owner}/requests")
def requests(platform: Platform, request: Request, owner: str) -> Answer:
    """Return how many requests came from where; null when there were none."""
    app = _application(platform, request, owner)
    since, until = _between(request, request.at)
    points = [
        {"lat": latitude, "long": longitude, "accessCount": count}
        for latitude, longitude, count in places(platform, app, since, until)
        if count
    ]
    return as_json(points or None)


def _known(platform: Platform, request: Request, owner: str, resource: str) -> None:
    owner_id = owned(platform, request, owner)
    application = platform.applications.get(resource)
    addon = platform.addon_by_real_id(resource)
    whose = application or addon
    if not is_known(platform, resource) or whose is None or whose.owner_id != owner_id:
        raise Refused(404, 4004, "Cannot find resource")


def _application(platform: Platform, request: Request, owner: str) -> str:
    # The newer client asks for `applicationId`, the one in clever-tools 3.14 for `application`.
    app = request.one("applicationId") or request.one("application")
    if app is None or app not in platform.applications:
        raise Refused(404, 4004, "Cannot find application")
    _known(platform, request, owner, app)
    return app


def _window(request: Request) -> Window:
    interval = duration(request.one("interval") or "PT30M", "interval")
    span = duration(request.one("span") or "PT2M", "span")
    if interval > span * MOST_BUCKETS:
        raise Refused(400, 4000, f"span is more than {MOST_BUCKETS} times smaller than interval")
    end = request.one("end")
    return Window(request.at if end is None else moment(end, "end"), interval, span, request.at)


def _hours(request: Request) -> tuple[datetime, datetime]:
    """Return whole hours: those asked for, else the last 24."""
    since, until = _between(request, request.at.replace(minute=0, second=0, microsecond=0))
    return since.replace(minute=0, second=0, microsecond=0), until.replace(minute=0, second=0, microsecond=0)


def _between(request: Request, newest: datetime) -> tuple[datetime, datetime]:
    """Return the time asked for, else the last 24 hours; nothing is known after ``newest``."""
    to, start = request.one("to"), request.one("from")
    until = newest if to is None else min(moment(to, "to"), newest)
    since = until - timedelta(hours=24) if start is None else moment(start, "from")
    return max(since, until - timedelta(days=31)), until
