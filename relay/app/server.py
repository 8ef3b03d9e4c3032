"""uvicorn as the relay runs it: bounded, quiet, and stopped by us."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from typing import Protocol

import uvicorn

from relay.web.asgi import Receive, Scope, Send
from relay.web.protocol import shedding


class Server(uvicorn.Server):
    """uvicorn without its signal handling, which would exit the process past our own end."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


class Served(Protocol):
    """An application, and which requests it refuses before they are read."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        ...

    def sheds(self, method: bytes, url: bytes) -> bool:
        """Whether a request is refused before it is read."""
        ...


def server_config(edge: Served, drain: timedelta) -> uvicorn.Config:
    """Return its settings: no access log, as paths hold secrets; ``BoundedProtocol`` bounds what it takes."""
    return uvicorn.Config(
        edge,
        http=shedding(edge.sheds),
        ws="none",
        lifespan="off",
        interface="asgi3",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=max(1, round(drain.total_seconds())),
    )
