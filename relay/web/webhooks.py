"""What a webhook means: by which gate it comes in, what its body says, and what its sender is told.

The rule: 2xx only after the commit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from math import ceil
from time import monotonic
from urllib.parse import unquote

import httptools

from relay.core.identity import dated, received
from relay.core.model import Receipt
from relay.intake import BodyError, Parsed
from relay.pipeline import Relay, Taken
from relay.store import StoreUnavailable
from relay.store.writer import PATIENCE, PRESSED
from relay.web.asgi import BODY_SECONDS, BUSY, Response, json_response
from relay.web.gates import ALERTS, PREFIX, Gate, find
from relay.web.posting import Posting
from relay.web.throttle import Throttle

# Requests a minute through paths that need no secret: from one peer, and in all.
OPEN_FOR_ONE = 1_500
OPEN_FOR_ALL = 3_000

# After more came in than the store keeps up with: for so many seconds at most so many requests are under way, however short they
# wait. A burst on a store that rests is taken; where senders go on, each burst that was let in as nobody had waited for long
# yet would make those behind it wait for three times as long.
CAREFUL_SECONDS = 1.0
CAREFUL = 2 * PRESSED

_AWAY = json_response(503, {"error": "the store can't write now; send it again"}, {"retry-after": "2"})
_NOT_FOUND = json_response(404, {"error": "not found"})


class Webhooks:
    """Takes what is posted to the gates."""

    def __init__(
        self,
        gates: Sequence[Gate],
        relay: Relay,
        *,
        body_seconds: float = BODY_SECONDS,
        strangers: Throttle | None = None,
    ) -> None:
        self.gates = tuple(gates)
        self.body_seconds = body_seconds
        # How many are worked on. The store knows only of those that came as far as it.
        self.under_way = 0
        self._careful_until = 0.0
        self._relay = relay
        self._strangers = strangers or Throttle(OPEN_FOR_ONE, OPEN_FOR_ALL)

    def lets_in(self) -> bool:
        """Whether one more is let in; where one is not, fewer are for a second."""
        if self.under_way >= PRESSED:
            now = monotonic()
            if self._relay.longest_wait > PATIENCE:
                self._careful_until = now + CAREFUL_SECONDS
                return False
            if self.under_way >= CAREFUL and now < self._careful_until:
                return False
        return not self._relay.is_pressed

    def path(self, url: bytes) -> str | None:
        """Return the path of a URL that webhooks are posted to, None of any other."""
        path: str = httptools.parse_url(url).path.decode("ascii")
        if "%" in path:
            path = unquote(path)
        return path if self.has(path) else None

    def has(self, path: str) -> bool:
        """Whether webhooks are posted to a path; there need be no gate."""
        return path.startswith(PREFIX) or path == ALERTS or any(gate.open_path == path for gate in self.gates)

    def find(self, path: str, said: Mapping[str, str]) -> Gate | None:
        """Return the gate that a request may pass."""
        return find(self.gates, path, said)

    def admit(self, path: str, said: Mapping[str, str], peer: str) -> Gate | Response:
        """Return the gate by which a request comes in, or what it is told before its body is read."""
        gate = self.find(path, said)
        if gate is None:
            return _NOT_FOUND
        if gate.open_path != path:
            return gate
        # Everybody may post there.
        at = self._relay.now()
        wait = self._strangers.wait(peer, at)
        if wait is None:
            self._strangers.count(peer, at)
            return gate
        self._reject(gate.name, 429)
        error = {"error": "too many requests without a secret; try again later"}
        return json_response(429, error, {"retry-after": str(ceil(wait.total_seconds()))})

    def shed(self) -> Response:
        """Return what is told while more comes in than can be stored."""
        self._reject("overload", 503)
        return BUSY

    def too_slow(self, gate: Gate | None) -> Response:
        """Return what is told where a body takes too long; its connection ends."""
        if gate is not None:
            self._reject(gate.name, 408)
        return json_response(408, {"error": f"the body took longer than {self.body_seconds:g} s"})

    def too_large(self, gate: Gate | None) -> Response:
        """Return what is told where a body is larger than its gate takes; its connection ends."""
        if gate is None:
            return _NOT_FOUND
        self._reject(gate.name, 413)
        said = {"error": f"the body is larger than {gate.intake.body_limit} bytes; send less at once"}
        return json_response(413, said)

    async def take(self, gate: Gate, posting: Posting) -> Response:
        """Keep a whole webhook and take its events; return the answer to it."""
        received_at = self._relay.now()
        body = posting.body
        try:
            parsed = gate.intake.parse(body, posting.said, received_at)
        except BodyError as error:
            self._reject(gate.name, error.status)
            said = str(error) if posting.path.endswith(ALERTS) else {"error": str(error)}
            return json_response(error.status, said)
        receipt = Receipt(
            id=_receipt_id(gate.name, parsed, body, received_at),
            intake=gate.name,
            received_at=received_at,
            body=body,
            content_type=posting.said.get("content-type", "")[:200],
            note=parsed.note,
        )
        try:
            taken = await self._relay.receive(receipt, parsed.events)
        except StoreUnavailable:
            return _AWAY
        return _accepted(parsed, taken, self._relay.setup.receipt_link(taken.receipt_id))

    def _reject(self, name: str, status: int) -> None:
        self._relay.meter.refusal(name, str(status)).inc()


def _receipt_id(name: str, parsed: Parsed, body: bytes, received_at: datetime) -> str:
    if parsed.events:
        return received(received_at, name, *(event.id for event in parsed.events))
    return dated(received_at.replace(second=0, microsecond=0), name, body)


def _accepted(parsed: Parsed, taken: Taken, page: str) -> Response:
    if parsed.rejected:
        # As Alertmanager does: what is good is kept, and the sender is told of the rest with a JSON string.
        return Response(400, json.dumps(parsed.rejected).encode())
    told = {
        "receipt": taken.receipt_id,
        "status": "seen before" if taken.is_repeat else "accepted",
        "events": [outcome for _, outcome in taken.outcomes],
    }
    if page:
        told["page"] = page
    if parsed.note:
        told["note"] = parsed.note
    return json_response(200, told)
