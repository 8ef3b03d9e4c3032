"""The ASGI edge: takes webhooks and answers 2xx only after the commit; everything else goes on to the pages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Protocol

import structlog

from relay.core.identity import dated, derived
from relay.core.model import Receipt
from relay.intake import BodyError, Parsed
from relay.pipeline import Relay, Taken
from relay.store import StoreUnavailable
from relay.web.asgi import (
    BODY_SECONDS,
    Application,
    Gone,
    Receive,
    Refused,
    Response,
    Scope,
    Send,
    answer,
    headers,
    json_response,
    read_body,
    replayed,
)
from relay.web.gates import ALERTS, PREFIX, Gate, find
from relay.web.throttle import Throttle

log = structlog.get_logger("relay.edge")

# Forms and API calls of the pages; webhooks have their own limit.
PAGE_BODY = 65_536
# Requests a minute through paths that need no secret: from one peer, and in all.
OPEN_FOR_ONE = 1_500
OPEN_FOR_ALL = 3_000
RETRY_AFTER = timedelta(seconds=2)


class Answering(Protocol):
    """Health and metrics, which never wait for a page's thread."""

    async def respond(self, path: str, headers: dict[str, str], peer: str) -> Response | None:
        """Return the answer to a GET, or None when the path is not its own."""
        ...


class Edge:
    """The application that the server runs."""

    def __init__(
        self,
        gates: Sequence[Gate],
        relay: Relay,
        health: Answering,
        pages: Application,
        *,
        body_seconds: float = BODY_SECONDS,
        strangers: Throttle | None = None,
    ) -> None:
        self.gates = tuple(gates)
        self._body_seconds = body_seconds
        self._relay = relay
        self._health = health
        self._pages = pages
        self._strangers = strangers or Throttle(OPEN_FOR_ONE, OPEN_FOR_ALL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        try:
            response = await self._respond(scope, receive)
            if response is None:
                await self._pass_on(scope, receive, send)
            else:
                await answer(send, response)
        except Refused as refused:
            said = {"connection": "close", **refused.headers}
            await answer(send, json_response(refused.status, {"error": str(refused)}, said))
        except Gone:
            return

    def sheds(self, method: bytes, url: bytes) -> bool:
        """Whether a request is refused before it is read: a webhook, while more waits than the store keeps up with."""
        if method != b"POST" or not self._relay.is_pressed:
            return False
        path = url.partition(b"?")[0].decode("latin-1")
        if not path.startswith((PREFIX, ALERTS)) and all(gate.open_path != path for gate in self.gates):
            return False
        self._relay.meter.rejected.labels("overload", "503").inc()
        return True

    async def _respond(self, scope: Scope, receive: Receive) -> Response | None:
        path: str = scope["path"]
        said = headers(scope)
        gate = find(self.gates, path, said)
        if gate is not None:
            if scope["method"] != "POST":
                return json_response(405, {"error": "a webhook is sent with POST"}, {"allow": "POST"})
            self._bound_open(gate, path, scope)
            return await self._take(gate, path, said, receive)
        if path.startswith(PREFIX) or path == ALERTS:
            return json_response(404, {"error": "not found"})
        if scope["method"] in ("GET", "HEAD"):
            peer = scope.get("client") or ("",)
            return await self._health.respond(path, said, str(peer[0]))
        return None

    def _bound_open(self, gate: Gate, path: str, scope: Scope) -> None:
        """Refuse what comes too often through a path that needs no secret: everybody may post there."""
        if gate.open_path != path:
            return
        peer, at = str((scope.get("client") or ("",))[0]), self._relay.now()
        wait = self._strangers.wait(peer, at)
        if wait is not None:
            self._relay.meter.rejected.labels(gate.name, "429").inc()
            seconds = str(ceil(wait.total_seconds()))
            raise Refused(
                429, "too many requests without a secret; try again later", {"retry-after": seconds}
            )
        self._strangers.count(peer, at)

    async def _take(self, gate: Gate, path: str, said: dict[str, str], receive: Receive) -> Response:
        received_at = self._relay.now()
        try:
            body = await read_body(receive, gate.intake.body_limit, self._body_seconds)
            parsed = gate.intake.parse(body, said, received_at)
        except Refused as refused:
            self._relay.meter.rejected.labels(gate.name, str(refused.status)).inc()
            raise
        except BodyError as error:
            self._relay.meter.rejected.labels(gate.name, str(error.status)).inc()
            return json_response(error.status, str(error) if path.endswith(ALERTS) else {"error": str(error)})
        receipt = Receipt(
            id=_receipt_id(gate.name, parsed, body, received_at),
            intake=gate.name,
            received_at=received_at,
            body=body,
            content_type=said.get("content-type", "")[:200],
            note=parsed.note,
        )
        try:
            taken = await self._relay.receive(receipt, parsed.events)
        except StoreUnavailable:
            return _come_back()
        return _accepted(receipt, parsed, taken, self._relay.setup.receipt_link(receipt.id))

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body before a thread is taken for it: a stuck client must not hold one."""
        body = await read_body(receive, PAGE_BODY, self._body_seconds)
        await self._pages(scope, replayed(body), send)


def _receipt_id(name: str, parsed: Parsed, body: bytes, received_at: datetime) -> str:
    if parsed.events:
        first, *others = (event.id for event in parsed.events)
        return derived(first, name, *others)
    return dated(received_at.replace(second=0, microsecond=0), name, body)


def _accepted(receipt: Receipt, parsed: Parsed, taken: Taken, page: str) -> Response:
    if parsed.rejected:
        # As Alertmanager does: what is good is kept, and the sender is told of the rest with a JSON string.
        return Response(400, json.dumps(parsed.rejected).encode())
    told = {
        "receipt": receipt.id,
        "status": "seen before" if taken.is_repeat else "accepted",
        "events": [outcome for _, outcome in taken.outcomes],
    }
    if page:
        told["page"] = page
    if parsed.note:
        told["note"] = parsed.note
    return json_response(200, told)


def _come_back() -> Response:
    seconds = str(int(RETRY_AFTER.total_seconds()))
    return json_response(503, {"error": "the store can't write now; send it again"}, {"retry-after": seconds})
