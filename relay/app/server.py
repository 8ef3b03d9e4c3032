"""uvicorn as the relay runs it: bounded, quiet, and stopped by us."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta

import uvicorn

from relay.web.edge import Edge
from relay.web.protocol import shedding


class Server(uvicorn.Server):
    """uvicorn without its signal handling, which would exit the process past our own end."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def server_config(edge: Edge, drain: timedelta) -> uvicorn.Config:
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
