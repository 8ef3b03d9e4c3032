"""The one client of the platform's API: every call is bounded, counted and held back while the platform refuses."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from urllib.parse import quote, urlencode

from relay.clever.account import AccountSettings
from relay.clever.applications import Application, application
from relay.clever.backoff import Backoff, retry_after
from relay.clever.health import Health
from relay.core.text import Quantity, Text, text
from relay.exchange import Answer, Exchange, ExchangeError, Obstacle, Request, Trouble
from relay.sources.json_document import DocumentError, parse
from relay.sources.page import reason

# The services that fail apart from each other, by how their paths begin.
STATS, METRICS_STORE, LOGS, API = "stats", "warp10", "logs", "api"
# What balancers counted, behind the same API: it is there also where no figures of instances are.
TRAFFIC = "traffic"
_SERVICES = (("/v4/stats/", STATS), ("/v4/accesslogs/", LOGS), ("/v4/logs/", LOGS))

CAP = 8 * 1024**2
# The account's own reads renew what is known of applications each minute.
KNOWN_FOR = timedelta(minutes=3)
Query = Sequence[tuple[str, str]]


class Fault(StrEnum):
    """What kind of failure a call met, for callers that act differently."""

    DENIED = "denied"
    MISSING = "missing"
    REFUSED = "refused"
    THROTTLED = "throttled"
    BROKEN = "broken"
    UNREACHABLE = "unreachable"
    SLOW = "slow"
    UNREADABLE = "unreadable"


# What a resource can hardly bring about by itself.
SHAKY = frozenset({Fault.THROTTLED, Fault.BROKEN, Fault.UNREACHABLE, Fault.SLOW, Fault.UNREADABLE})

_FAULTS = {
    Trouble.UNREACHABLE: Fault.UNREACHABLE,
    Trouble.ADDRESS: Fault.UNREACHABLE,
    Trouble.BROKEN: Fault.UNREACHABLE,
    Trouble.TIMEOUT: Fault.SLOW,
}


class ClientError(Exception):
    """A call that brought no answer. ``reason`` is fit for an incident; ``whole`` says that any other call would fail too."""

    def __init__(self, fault: Fault, reason: Text, *, whole: bool = False) -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.reason = reason
        self.whole = whole


@dataclass(frozen=True, slots=True)
class Call:
    """One call: ``body`` is JSON, or words for the metrics store."""

    method: str
    path: str
    query: Query = ()
    body: object = None


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def uncounted(account: str, service: str) -> None:
    """Stand where nobody counts requests."""


class Client:
    """Asks as one account. ``requests`` counts what was asked, by service; ``health`` is what is known of the services."""

    def __init__(
        self,
        name: str,
        account: AccountSettings,
        exchange: Exchange,
        now: Callable[[], datetime] = now,
        counted: Callable[[str, str], None] = uncounted,
    ) -> None:
        self.name = name
        self.account = account
        self.exchange = exchange
        self.now = now
        self.health = Health(name)
        self.requests: Counter[str] = Counter()
        self.applications: dict[str, Application] = {}
        self._counted = counted
        self._backoffs: dict[str, Backoff] = {}

    @property
    def owner(self) -> str:
        """The organisation as a part of paths."""
        return quote(self.account.organisation, safe="")

    @property
    def root(self) -> str:
        """Where API v2 keeps what the account owns."""
        return (
            "/v2/self" if self.account.organisation.startswith("user_") else f"/v2/organisations/{self.owner}"
        )

    async def get(self, path: str, query: Query = ()) -> object:
        """Return the JSON document at ``path``, or raise ``ClientError``."""
        return await self.call(Call("GET", path, query))

    async def application(self, id: str, at: datetime) -> Application | None:
        """Return an application, as it was read of late or as it is; None for one that is not there."""
        known = self.applications.get(id)
        if known is not None and at - known.read_at <= KNOWN_FOR:
            return known
        made = application(await self.get(f"{self.root}/applications/{quote(id, safe='')}"), at)
        if made is not None:
            self.applications[id] = made
        return made

    async def call(self, call: Call) -> object:
        """Return the JSON document that answers ``call`` (None for an empty answer), or raise ``ClientError``."""
        body = None if call.body is None else json.dumps(call.body).encode()
        headers = {"accept": "application/json", **self.account.headers}
        if body is not None:
            headers["content-type"] = "application/json"
        query = f"?{urlencode(call.query)}" if call.query else ""
        url = f"{self.account.address}{call.path}{query}"
        request = Request(call.method, url, self.account.deadline, headers, content=body, cap=CAP)
        return document(await self.send(service_of(call.path), request, call.path))

    async def send(self, service: str, request: Request, asked: str) -> bytes:
        """Return the body that answers ``request``, held back while ``service`` refuses; ``asked`` seeds its jitter."""
        backoff = self._backoffs.setdefault(service, Backoff())
        if wait := backoff.wait(self.now()):
            raise ClientError(
                Fault.THROTTLED,
                text("clever.held", span=Quantity(round(wait.total_seconds()), "s")),
                whole=True,
            )
        self.requests[service] += 1
        self._counted(self.name, service)
        try:
            answer = await self.exchange.send(request)
        except ExchangeError as error:
            whole = error.trouble in (Trouble.UNREACHABLE, Trouble.ADDRESS)
            fault = _FAULTS.get(error.trouble, Fault.UNREADABLE)
            fault = (
                Fault.UNREACHABLE if whole or error.trouble is not Trouble.UNREADABLE else Fault.UNREADABLE
            )
            # The relay's own want of connections says nothing of the platform.
            whole = whole and error.obstacle is not Obstacle.EXHAUSTED
            raise ClientError(fault, reason(error, request.deadline, request.cap), whole=whole) from None
        return self._body(answer, backoff, asked)

    def _body(self, answer: Answer, backoff: Backoff, asked: str) -> bytes:
        if 200 <= answer.status < 300:
            backoff.answered()
            return answer.body
        if answer.status == 429 or answer.status >= 500:
            at = self.now()
            asks = retry_after(answer.headers.get("retry-after"), at)
            # A single 5xx may be the one resource's; only a wish of the platform's own holds back all calls at once.
            if answer.status == 429 or asks is not None:
                backoff.refused(at, asked, asks)
        raise failure(answer)


def service_of(path: str) -> str:
    """Return which service answers a path.

    >>> service_of("/v4/stats/organisations/orga_1/tokens/read"), service_of("/v2/self")
    ('stats', 'api')
    """
    return next((service for start, service in _SERVICES if path.startswith(start)), API)


def failure(answer: Answer) -> ClientError:
    """Return what an answer that is no success means. Its body may hold anything, so only its number is told."""
    status = text("nodata.status", status=answer.status)
    match answer.status:
        case 401:
            return ClientError(Fault.DENIED, text("clever.denied", status=401), whole=True)
        case 403:
            return ClientError(Fault.DENIED, text("clever.denied", status=403))
        case 404 | 410:
            return ClientError(Fault.MISSING, status)
        case 429:
            return ClientError(Fault.THROTTLED, status, whole=True)
        case number if number >= 500:
            return ClientError(Fault.BROKEN, status)
    return ClientError(Fault.REFUSED, status)


def document(body: bytes) -> object:
    """Return a JSON body, None for an empty one; raise ``ClientError`` for anything else."""
    if not body.strip():
        return None
    try:
        return parse(body)
    except DocumentError as error:
        why = text("nodata.unreadable", why=error.reason)
        raise ClientError(Fault.UNREADABLE, why) from None


def rows(found: object) -> list[Mapping[str, object]]:
    """Return the objects of a JSON list; anything else in it, or instead of it, is left out."""
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def iso(span: timedelta) -> str:
    """Return a duration as the stats API writes it.

    >>> iso(timedelta(minutes=10)), iso(timedelta(seconds=90))
    ('PT10M', 'PT90S')
    """
    seconds = int(span.total_seconds())
    return f"PT{seconds // 60}M" if seconds % 60 == 0 else f"PT{seconds}S"
