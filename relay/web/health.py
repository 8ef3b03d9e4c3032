"""Health: ``/healthz`` (the process), ``/readyz`` (store, scheduler, outbox) and ``/metrics`` of the relay itself.

Answered in the ASGI layer, with one read-only connection of its own, so that busy pages can't make the relay look dead.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import TypeVar

from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from relay.core.delivery import DeliveryState
from relay.core.model import Severity
from relay.pipeline import Meter
from relay.store import StoreUnavailable
from relay.store.deliveries import Depth
from relay.store.reader import Reader
from relay.store.transactions import ReadTransaction
from relay.web.asgi import Response, json_response
from relay.web.throttle import Throttle

T = TypeVar("T")

# The scheduler beats every second; what is due goes out at once. Beyond these something is wrong.
HEARTBEAT = timedelta(seconds=30)
OVERDUE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class _State:
    depth: Depth
    open_incidents: dict[Severity, int]
    deliveries: dict[str, int]
    parked: int


class Health:
    """Answers for one process. ``heartbeat`` tells when the scheduler last ticked, None where it has none."""

    def __init__(
        self,
        reader: Reader,
        meter: Meter,
        now: Callable[[], datetime],
        heartbeat: Callable[[], datetime | None],
        password: str | None,
    ) -> None:
        self._reader = reader
        self._meter = meter
        self._now = now
        self._heartbeat = heartbeat
        self._password = password
        self._throttle = Throttle()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="relay-health")
        self._gauges = _Gauges(meter.registry)

    async def respond(self, path: str, headers: dict[str, str], peer: str) -> Response | None:
        """Return the answer to a GET, or None when the path is not one of the three."""
        match path:
            case "/healthz":
                return json_response(200, {"status": "alive"})
            case "/readyz":
                return await self._ready()
            case "/metrics":
                refused = self._refused(headers.get("authorization", ""), peer)
                return refused or await self._metrics()
        return None

    def close(self) -> None:
        """End the thread and its connection."""
        self._thread.submit(self._reader.close)
        self._thread.shutdown()

    async def _ready(self) -> Response:
        problems: dict[str, str] = {}
        at = self._now()
        beat = self._heartbeat()
        if beat is not None and at - beat > HEARTBEAT:
            problems["scheduler"] = f"no tick for {(at - beat).total_seconds():.0f} s"
        # Asked every few seconds: of the store only what is at work, nothing that a long history makes dear.
        depth = await self._read(lambda tx: tx.depth(at))
        if depth is None:
            problems["store"] = "can't be read"
        elif depth.oldest_due_at is not None and at - depth.oldest_due_at > OVERDUE:
            problems["outbox"] = (
                f"oldest delivery overdue by {(at - depth.oldest_due_at).total_seconds():.0f} s"
            )
        pending = None if depth is None else depth.pending
        status = "not ready" if problems else "ready"
        return json_response(
            503 if problems else 200, {"status": status, "problems": problems, "pending": pending}
        )

    def _refused(self, authorization: str, peer: str) -> Response | None:
        """Return the refusal of who doesn't know the password. Wrong ones are counted as the pages count theirs."""
        if self._password is None:
            return None
        at = self._now()
        wait = self._throttle.wait(peer, at)
        if wait is not None:
            return Response(429, b"", headers={"retry-after": str(ceil(wait.total_seconds()))})
        if _allowed(authorization, self._password):
            return None
        if authorization:
            self._throttle.count(peer, at)
        return Response(401, b"", headers={"www-authenticate": 'Basic realm="relay"'})

    async def _metrics(self) -> Response:
        at = self._now()
        self._gauges.show(await self._read(lambda tx: _state(tx, at)), self._now())
        page = await asyncio.get_running_loop().run_in_executor(
            self._thread, generate_latest, self._meter.registry
        )
        return Response(200, page, CONTENT_TYPE_LATEST)

    async def _read(self, asked: Callable[[ReadTransaction], T]) -> T | None:
        def read() -> T:
            with self._reader.read() as tx:
                return asked(tx)

        try:
            async with asyncio.timeout(5):
                return await asyncio.get_running_loop().run_in_executor(self._thread, read)
        except (StoreUnavailable, TimeoutError):
            return None


def _state(tx: ReadTransaction, at: datetime) -> _State:
    parked = sum(channel.parked_at is not None for channel in tx.channels())
    return _State(tx.depth(at), tx.count_open(), tx.delivery_counts(), parked)


class _Gauges:
    """What is read from the store when the metrics are asked for."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._up = Gauge("relay_store_up", "Whether the store can be read", registry=registry)
        self._open = Gauge("relay_incidents_open", "Open incidents", ["severity"], registry=registry)
        self._deliveries = Gauge("relay_deliveries", "Deliveries by state", ["state"], registry=registry)
        self._pending = Gauge("relay_outbox_depth", "Pending deliveries", registry=registry)
        self._oldest = Gauge(
            "relay_outbox_oldest_seconds", "How long the oldest due delivery has been due", registry=registry
        )
        self._parked = Gauge("relay_channels_parked", "Channels that are parked", registry=registry)

    def show(self, state: _State | None, at: datetime) -> None:
        """Take over what was read; without a store the last values stay and ``relay_store_up`` says 0."""
        self._up.set(0 if state is None else 1)
        if state is None:
            return
        for severity in (Severity.INFO, Severity.WARNING, Severity.CRITICAL):
            self._open.labels(severity.word).set(state.open_incidents.get(severity, 0))
        # Every state: one that holds nothing any more is zero, not what it held last.
        for each in DeliveryState:
            self._deliveries.labels(each.value).set(state.deliveries.get(each.value, 0))
        self._pending.set(state.depth.pending)
        oldest = state.depth.oldest_due_at
        self._oldest.set(0 if oldest is None else max(0.0, (at - oldest).total_seconds()))
        self._parked.set(state.parked)


def _allowed(authorization: str, password: str) -> bool:
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "basic":
        try:
            value = base64.b64decode(value, validate=True).decode().partition(":")[2]
        except ValueError:
            return False
    return hmac.compare_digest(value.strip().encode(), password.encode())
