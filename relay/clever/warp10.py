"""The metrics store: disk and network of each instance, by a script that holds a read token.

Facts: a token goes into the script, so nothing of a script is ever logged, and whatever enters one is checked before; timestamps
are microseconds; values may be text; network figures are counters of each instance, which a restart splits and begins anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from relay.clever.client import METRICS_STORE, Call, Client, ClientError, Fault, document, rows
from relay.clever.stats import moment
from relay.core.model import Reading
from relay.core.text import text
from relay.exchange import Request
from relay.intake import dates
from relay.sources.json_document import number

# The agent measures disks every five minutes and networks every minute.
DISK_OVER, NETWORK_OVER = timedelta(minutes=15), timedelta(minutes=10)
DISK_FRESH, NETWORK_FRESH = timedelta(minutes=12), timedelta(minutes=4)
LIFETIME = "P5D"
# A token that ends sooner is not used any more.
RESERVE = timedelta(minutes=10)
CAP = 4 * 1024**2

NETWORK = {
    "net.bytes_recv": "network_in",
    "net.bytes_sent": "network_out",
    "net.err_in": "network_errors",
    "net.err_out": "network_errors",
}
NAMES = frozenset({"disk", *NETWORK.values()})
# What may stand in a script between quotes: no quote, no space, no per cent sign.
_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{1,4096}")

Points = list[tuple[datetime, float]]


@dataclass(frozen=True, slots=True)
class Token:
    """A read token; ``until`` is when it ends. It is a secret, also in a ``repr``."""

    words: str
    until: datetime

    def __repr__(self) -> str:
        return f"Token(until={self.until.isoformat()})"


class Disks:
    """Reads one resource; its token is made for it alone, kept, and made anew before it ends or when it is refused."""

    def __init__(self, client: Client, resource: str) -> None:
        if not _ID.fullmatch(resource):
            raise ValueError("not an id that may stand in a script")
        self._client = client
        self._resource = resource
        self._token: Token | None = None

    async def read(self, at: datetime) -> tuple[Reading, ...]:
        """Return the fullest disk, and what goes through the network of all instances; raise ``ClientError``."""
        kept = self._token if self._token is not None and self._token.until - at > RESERVE else None
        try:
            return parse(await self._run(kept or await self._minted(at)), at)
        except ClientError as error:
            if kept is None or error.fault not in (Fault.DENIED, Fault.BROKEN):
                raise
        # The store answers a token that it no longer takes like any script that fails: once with a new one tells which.
        return parse(await self._run(await self._minted(at)), at)

    async def _minted(self, at: datetime) -> Token:
        self._token = None
        path = f"/v4/stats/organisations/{self._client.owner}/resources/{self._resource}/tokens/read"
        body = {"applications": ["metrics"], "ttl": LIFETIME}
        self._token = _token(await self._client.call(Call("POST", path, body=body)), at)
        return self._token

    async def _run(self, token: Token) -> object:
        account = self._client.account
        headers = {"accept": "application/json", "content-type": "text/plain"}
        content = script(token.words, self._resource).encode()
        request = Request("POST", account.warp10, account.deadline, headers, content=content, cap=CAP)
        return document(await self._client.send(METRICS_STORE, request, self._resource))


def script(token: str, resource: str) -> str:
    """Return the script that fetches the figures of ``resource``; both words were checked."""
    disk, network = _micros(DISK_OVER), _micros(NETWORK_OVER)
    names = "|".join(name.removeprefix("net.") for name in NETWORK)
    return (
        f"'{token}' 'token' STORE\n"
        f"[ $token 'disk.used_percent' {{ 'app_id' '{resource}' }} NOW {disk} ] FETCH\n"
        f"[ $token '~net\\.({names})' {{ 'app_id' '{resource}' }} NOW {network} ] FETCH\n"
    )


def parse(found: object, at: datetime) -> tuple[Reading, ...]:
    """Return the readings of an answer; of a resource that the store knows nothing of, none."""
    disks: list[tuple[datetime, float]] = []
    rates: dict[str, float] = {}
    newest: dict[str, datetime] = {}
    for name, points in _series(found):
        ended, value = points[-1]
        if name == "disk.used_percent" and timedelta(0) <= at - ended <= DISK_FRESH:
            disks.append((ended, value))
        elif name in NETWORK and timedelta(0) <= at - ended <= NETWORK_FRESH:
            metric, rate = NETWORK[name], growth(points)
            if rate is not None:
                rates[metric] = rates.get(metric, 0.0) + rate
                newest[metric] = max(newest.get(metric, ended), ended)
    made = [Reading(metric, rate, at=newest[metric]) for metric, rate in rates.items()]
    if disks:
        made.append(Reading("disk", max(value for _, value in disks), at=max(ended for ended, _ in disks)))
    return tuple(made)


def growth(points: Points) -> float | None:
    """Return a counter's growth per second; where it fell it had begun anew, and what came after counts.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 1, 1, tzinfo=UTC)
    >>> growth([(noon, 100.0), (noon + timedelta(seconds=60), 160.0), (noon + timedelta(seconds=120), 60.0)])
    1.0
    """
    seconds = (points[-1][0] - points[0][0]).total_seconds()
    if seconds <= 0:
        return None
    grown = sum(now - before if now >= before else now for (_, before), (_, now) in pairwise(points))
    return grown / seconds


def _series(found: object) -> Iterator[tuple[str, Points]]:
    """Yield each series that has points, oldest first, however deep the lists are that hold it."""
    waiting = [found]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting.extend(one)
        elif isinstance(one, dict) and isinstance(one.get("c"), str):
            points = sorted(_points(one))
            if points:
                yield str(one["c"]), points


def _points(series: Mapping[str, object]) -> Iterator[tuple[datetime, float]]:
    listed = series.get("v")
    for row in listed if isinstance(listed, list) else ():
        # A place or a height may stand between the time and the value.
        if (
            isinstance(row, list)
            and len(row) > 1
            and isinstance(row[0], int)
            and not isinstance(row[0], bool)
        ):
            at, value = moment(row[0]), number(row[-1])
            if at is not None and value is not None:
                yield at, value


def _token(found: object, at: datetime) -> Token:
    told = rows([found])
    words = told[0].get("token") if told else None
    if not isinstance(words, str) or not _TOKEN.fullmatch(words):
        raise ClientError(Fault.UNREADABLE, text("nodata.unreadable", why=text("clever.read_token")))
    try:
        until = dates.parse(told[0].get("expiresAt"))
    except ValueError:
        until = None
    return Token(words, until or at + timedelta(days=1))


def _micros(span: timedelta) -> int:
    return int(span.total_seconds() * 1_000_000)
