"""The mirror as an ASGI application: every request is logged, then faults, then who asks, then the answer."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

from mirror.clock import Clock
from mirror.http.access import identify
from mirror.http.faults import Fault
from mirror.http.message import Answer, Refused, Request, Stream, as_error, as_json
from mirror.http.routes import Routes
from mirror.world.platform import Platform

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
MOST_BYTES = 1_000_000
MOST_LOGGED = 100_000


@dataclass(frozen=True, slots=True)
class Logged:
    """A request that came and how it was answered; never its headers."""

    at: datetime
    method: str
    path: str
    query: str
    status: int


class Log:
    """The newest requests, and how many there were of each kind."""

    def __init__(self) -> None:
        """Begin with none."""
        self.newest: deque[Logged] = deque(maxlen=MOST_LOGGED)
        self.total = 0
        self.by_status: Counter[int] = Counter()

    def note(self, logged: Logged) -> None:
        """Keep a request."""
        self.newest.append(logged)
        self.total += 1
        self.by_status[logged.status] += 1


class Application:
    """What uvicorn calls."""

    def __init__(self, platform: Platform, clock: Clock, routes: Routes) -> None:
        """Answer for a platform by a clock."""
        self._platform = platform
        self._clock = clock
        self._routes = routes
        self.log = Log()
        self.faults: list[Fault] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        request = await self._read(scope, receive)
        fault = next((one for one in self.faults if one.meets(request.path, request.at)), None)
        if fault is not None and fault.seconds:
            await asyncio.sleep(fault.seconds)
        answer = self._answer(request) if fault is None or fault.status is None else _told(fault)
        status = answer.status if isinstance(answer, Answer) else 200
        query = scope["query_string"].decode("latin-1")
        self.log.note(Logged(request.at, request.method, request.path, query, status))
        await _send(answer, send, request.at, is_cut=fault is not None and fault.is_cut)

    async def _read(self, scope: Scope, receive: Receive) -> Request:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body") or len(body) > MOST_BYTES:
                break
        headers = {name.decode("latin-1").lower(): text.decode("latin-1") for name, text in scope["headers"]}
        path = scope["path"]
        return Request(
            method=scope["method"],
            path=path,
            url=f"{scope['scheme']}://{headers.get('host', '')}{path}",
            query=tuple(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)),
            headers=headers,
            body=body,
            at=self._clock.now(),
        )

    def _answer(self, request: Request) -> Answer | Stream:
        """Find who answers and let it; the platform stands still meanwhile."""
        try:
            if len(request.body) > MOST_BYTES:
                raise Refused(413, 4130, "The body is too large")
            route, names = self._routes.find(request.method, request.path)
            with self._platform.lock:
                if not route.is_open:
                    request = replace(request, user=identify(self._platform.accounts, request))
                return route.handler(self._platform, request, **names)
        except Refused as refused:
            return as_error(refused, request.path)


def _told(fault: Fault) -> Answer:
    headers = () if fault.retry_after is None else (("retry-after", str(fault.retry_after)),)
    if fault.body is not None:
        return Answer(fault.status or 500, fault.body, "text/plain", headers)
    told = as_json({"code": "mirror.fault", "error": "as the scenario says"}, fault.status or 500)
    return replace(told, headers=headers)


async def _send(answer: Answer | Stream, send: Send, at: datetime, *, is_cut: bool) -> None:
    headers = [(name.encode(), text.encode()) for name, text in answer.headers]
    # The platform's own date, so that a client can compare clocks.
    headers.append((b"date", format_datetime(at, usegmt=True).encode()))
    if isinstance(answer, Stream):
        await _stream(answer, headers, send, is_cut=is_cut)
        return
    if answer.content_type is not None:
        headers.append((b"content-type", answer.content_type.encode()))
    # More is promised than comes, so the client sees the connection end too early.
    promised = len(answer.body) + (1 if is_cut else 0)
    headers.append((b"content-length", str(promised).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": is_cut})


async def _stream(stream: Stream, headers: list[tuple[bytes, bytes]], send: Send, *, is_cut: bool) -> None:
    headers = [(b"content-type", b"text/event-stream"), *headers]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    async for part in stream.parts:
        await send({"type": "http.response.body", "body": part, "more_body": True})
        if is_cut:
            return  # Without a last piece: the connection is closed.
    await send({"type": "http.response.body", "body": b"", "more_body": False})
