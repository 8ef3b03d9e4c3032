"""uvicorn as the relay runs it: bounded, quiet, and stopped by us."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta

import uvicorn

from relay.web.asgi import Application
from relay.web.protocol import BoundedProtocol
from relay.web.webhook_protocol import taking
from relay.web.webhooks import Webhooks


class Server(uvicorn.Server):
    """uvicorn without its signal handling, which would exit the process past our own end."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def server_config(
    application: Application, drain: timedelta, webhooks: Webhooks | None = None
) -> uvicorn.Config:
    """Return its settings: no access log, as paths hold secrets; a protocol that bounds what it takes."""
    return uvicorn.Config(
        application,
        http=BoundedProtocol if webhooks is None else taking(webhooks),
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
