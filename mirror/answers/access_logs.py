"""The access logs of an application, as server-sent events: the past at once, then what comes while time passes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from mirror.answers.applications import found
from mirror.answers.parameters import moment
from mirror.answers.streams import HEARTBEAT_SECONDS, end, sent
from mirror.clock import Clock
from mirror.http.message import Request, Stream
from mirror.http.routes import Routes
from mirror.times import zulu
from mirror.world.nouns import ZONE
from mirror.world.platform import Platform
from mirror.world.visits import Visit, time_of, visits

LOOK_SECONDS = 0.05
SECOND = timedelta(seconds=1)
# A piece of time that is made at once: a day of requests would hold everything else up.
PIECE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be streamed."""

    app: str
    since: datetime
    until: datetime | None
    limit: int | None


def routes(clock: Clock) -> Routes:
    """Return the endpoint, which follows the clock."""
    here = Routes()

    @here.add("GET", "/v4/accesslogs/organisations/{owner}/applications/{app}/accesslogs")
    def access_logs(platform: Platform, request: Request, owner: str, app: str) -> Stream:
        """Stream an application's requests."""
        until = request.one("until")
        asked = Asked(
            found(platform, request, owner, app).id,
            _since(request),
            None if until is None else moment(until, "until"),
            request.number("limit"),
        )
        return Stream(_streamed(platform, clock, asked))

    return here


def _since(request: Request) -> datetime:
    """Return where to begin: after the event that a client saw last, where it said, or now."""
    seen = time_of(request.headers.get("last-event-id", ""))
    since = request.one("since")
    return seen or (request.at if since is None else moment(since, "since"))


async def _streamed(platform: Platform, clock: Clock, asked: Asked) -> AsyncIterator[bytes]:
    seen, total, beat = asked.since, 0, monotonic()
    while True:
        until = min(clock.now(), asked.until or clock.now(), seen + PIECE)
        with platform.lock:
            found_now = list(visits(platform, asked.app, seen, until))
        if asked.limit is not None:
            found_now = found_now[: asked.limit - total]
        if found_now:
            beat = monotonic()
            yield b"".join(sent("ACCESS_LOG", _item(one), one.id) for one in found_now)
        total, seen = total + len(found_now), max(seen, until)
        if total == asked.limit:
            yield end("LIMIT_REACHED")
            return
        if asked.until is not None and seen >= asked.until:
            yield end("UNTIL_REACHED")
            return
        if monotonic() - beat > HEARTBEAT_SECONDS:
            beat = monotonic()
            yield sent("HEARTBEAT", {})
        # Even in the past it gives way, as others are to be answered too.
        await asyncio.sleep(LOOK_SECONDS if seen >= clock.now() - LOOK_SECONDS * SECOND else 0)


def _item(visit: Visit) -> dict[str, object]:
    """Return a request as the access logs show it; without ``http`` when the connection was cut."""
    told: dict[str, object] = {
        "id": visit.id,
        "date": zulu(visit.at),
        "applicationId": visit.app,
        "instanceId": visit.instance_id,
        "requestId": visit.id.replace("-", "").upper()[:26],
        "bytesIn": 300 + int(visit.lucky * 400),
        "bytesOut": 1000 + int(visit.lucky * 9000),
        "source": {
            "ip": f"203.0.113.{1 + int(visit.lucky * 250)}",
            "port": 50000 + int(visit.lucky * 9999),
            "city": "Lyon",
            "countryCode": "FR",
        },
        "destination": {"ip": "10.2.3.4", "port": 8080},
        "tls": {"version": "TLS1_3"},
        "zone": ZONE,
    }
    if visit.status is not None:
        told["http"] = {
            "request": {
                "method": "GET",
                "host": "api.gameshelf.example.org",
                "path": visit.path,
                "scheme": "https",
            },
            "response": {"statusCode": visit.status, "time": visit.milliseconds},
        }
    return told
