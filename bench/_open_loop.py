"""Requests at a fixed rate, whether or not the answers keep up: what comes late counts from when it should have left.

A closed loop, as ``wrk`` is one, slows down with the server and so hides what its users wait (coordinated omission).
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import quantiles
from time import monotonic
from typing import Any

TICK = 0.002
KNOWN = 100


@dataclass
class Answers:
    """What came back: for each status how many, the milliseconds of each 2xx, and what lacked a Retry-After."""

    statuses: Counter[int] = field(default_factory=Counter)
    accepted_ms: list[float] = field(default_factory=list)
    without_retry_after: int = 0
    broken: int = 0
    unanswered: int = 0

    @property
    def accepted(self) -> int:
        """How many were answered 2xx."""
        return sum(number for status, number in self.statuses.items() if 200 <= status < 300)

    def centile(self, which: int) -> float:
        """Return a percentile of the accepted requests' milliseconds."""
        return quantiles(self.accepted_ms, n=100)[which - 1] if len(self.accepted_ms) > 1 else float("nan")


def request(path: str, body: bytes) -> bytes:
    """Return a POST as it goes over the wire."""
    head = f"POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


class _Connection(asyncio.Protocol):
    """One kept connection: a request, its answer, the next request."""

    def __init__(self, load: _Load) -> None:
        self._load = load
        self._due = 0.0
        self._is_asking = False
        self._buffer = b""
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._load.free(self)

    def ask(self, due: float, wire: bytes) -> None:
        self._due, self._is_asking = due, True
        self._transport.write(wire)

    def data_received(self, data: bytes) -> None:
        # Whoever is sent away is told the same each time; what this driver costs is taken from the server's cores.
        known = None if self._buffer else self._load.known.get(data)
        if known is not None:
            self._answered(*known)
            return
        self._buffer += data
        head, separator, rest = self._buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        lower = head.lower()
        _, _, length = lower.partition(b"\r\ncontent-length:")
        if len(rest) < int(length.split(b"\r\n", 1)[0] or 0):
            return
        answer, self._buffer = self._buffer, b""
        status, has_retry_after = int(head[9:12]), b"\r\nretry-after:" in lower
        if status == 503 and len(self._load.known) < KNOWN:
            self._load.known[answer] = status, has_retry_after
        self._answered(status, has_retry_after)

    def _answered(self, status: int, has_retry_after: bool) -> None:
        self._is_asking = False
        self._load.answered(status, self._due, has_retry_after=has_retry_after)
        self._load.free(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._load.lost(self, was_asking=self._is_asking)


class _Load:
    def __init__(self) -> None:
        self.answers = Answers()
        self.waiting: deque[tuple[float, bytes]] = deque()
        self.idle: deque[_Connection] = deque()
        self.gone = 0
        self.known: dict[bytes, tuple[int, bool]] = {}

    def free(self, connection: _Connection) -> None:
        if self.waiting:
            connection.ask(*self.waiting.popleft())
        else:
            self.idle.append(connection)

    def send(self, due: float, wire: bytes) -> None:
        if self.idle:
            self.idle.pop().ask(due, wire)
        else:
            self.waiting.append((due, wire))

    def answered(self, status: int, due: float, *, has_retry_after: bool) -> None:
        self.answers.statuses[status] += 1
        if 200 <= status < 300:
            self.answers.accepted_ms.append(1000 * (monotonic() - due))
        elif not has_retry_after:
            self.answers.without_retry_after += 1

    def lost(self, connection: _Connection, *, was_asking: bool) -> None:
        self.gone += 1
        self.answers.broken += was_asking
        if connection in self.idle:
            self.idle.remove(connection)


async def drive(
    port: int, rate: float, seconds: float, wire: Callable[[int], bytes], connections: int = 300
) -> Answers:
    """Send ``rate`` requests a second for ``seconds`` and wait up to 5 s for the last answers."""
    load = _Load()
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_connection(lambda: _Connection(load), "127.0.0.1", port) for _ in range(connections)
    ]
    began, sent, total = monotonic(), 0, round(rate * seconds)
    while sent < total:
        while sent < total and began + sent / rate <= monotonic():
            load.send(began + sent / rate, wire(sent))
            sent += 1
        while load.gone and len(made) < connections * 4:
            # A server that hangs up is called again.
            load.gone -= 1
            made.append(await loop.create_connection(lambda: _Connection(load), "127.0.0.1", port))
        await asyncio.sleep(TICK)
    deadline = monotonic() + 5
    while monotonic() < deadline and sum(load.answers.statuses.values()) + load.answers.broken < total:
        await asyncio.sleep(0.02)
    load.answers.unanswered = total - sum(load.answers.statuses.values()) - load.answers.broken
    for transport, _ in made:
        transport.abort()
    await asyncio.sleep(0)
    return load.answers
