"""A start while the database is away: tried again for a while, and said meanwhile by the log and by ``/readyz``."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import structlog

from relay.app.server import Server, server_config
from relay.store import ConnectionLost
from relay.web.asgi import Receive, Response, Scope, Send, answer, json_response

# A database that is restarted, or that a platform starts after us, is there within this; if not, the platform is told.
LONGEST = timedelta(minutes=2)
PAUSE = timedelta(seconds=2)
RETRY_AFTER = str(round(PAUSE.total_seconds()))

log = structlog.get_logger("relay.app")


class Closed:
    """What answers while there is no store: the process lives, and is not ready, because."""

    def __init__(self, reason: str) -> None:
        self.reason = reason

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's
        """Answer one request."""
        if scope["type"] == "http":
            await answer(send, self._response(scope["path"]))

    def _response(self, path: str) -> Response:
        if path == "/healthz":
            return json_response(200, {"status": "alive"})
        if path == "/readyz":
            return json_response(503, {"status": "not ready", "problems": {"store": self.reason}})
        said = {"error": "the relay has no store yet; send it again"}
        return json_response(503, said, {"retry-after": RETRY_AFTER})


async def prepared(
    prepare: Callable[[], Awaitable[None]], bound: socket.socket | None, stop: asyncio.Event, drain: timedelta
) -> bool:
    """Prepare the store, again while its database is away; return False when the relay is to stop before it comes.

    Raise ``ConnectionLost`` when it stayed away for too long, and at once whatever else is wrong.
    """
    until = time.monotonic() + LONGEST.total_seconds()
    try:
        await prepare()
    except ConnectionLost as lost:
        async with _answering(Closed(str(lost)), bound, drain) as closed:
            return await _again(prepare, closed, stop, until)
    return True


async def _again(
    prepare: Callable[[], Awaitable[None]], closed: Closed, stop: asyncio.Event, until: float
) -> bool:
    while True:
        left = until - time.monotonic()
        log.warning("the store is not there; trying again", reason=closed.reason, for_seconds=round(left))
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), PAUSE.total_seconds())
            return False
        try:
            await prepare()
        except ConnectionLost as lost:
            closed.reason = str(lost)
            if time.monotonic() > until:
                raise
        else:
            return True


@asynccontextmanager
async def _answering(closed: Closed, bound: socket.socket | None, drain: timedelta) -> AsyncIterator[Closed]:
    if bound is None:
        yield closed
        return
    # On a copy, which the server closes at its end: who connects in between waits for the next one.
    server = Server(server_config(closed, drain))
    serving = asyncio.create_task(server.serve(sockets=[bound.dup()]))
    try:
        yield closed
    finally:
        server.should_exit = True
        await serving
