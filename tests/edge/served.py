"""The ASGI edge on a real socket, over a real store."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import uvicorn

from relay.intake import alertmanager, clever_cloud, generic
from relay.web.answering import Answers
from relay.web.asgi import Receive, Response, Scope, Send, answer
from relay.web.edge import Answering, Edge
from relay.web.gates import Gate
from relay.web.health import Health
from relay.web.throttle import Throttle
from relay.web.webhook_protocol import WebhookProtocol
from relay.web.webhooks import Webhooks
from tests.pipeline.world import World, world

SECRET = "a-secret-of-the-test"
CLEVER = f"/webhooks/clever-cloud/{SECRET}"

# For how long an idle connection is kept.
KEPT_SECONDS = 1

GATES = (
    Gate("clever-cloud", clever_cloud.Settings(format="clever-cloud").build(), ("an-older-secret", SECRET)),
    Gate("generic", generic.Settings(format="generic").build(), (SECRET,)),
    Gate("student", generic.Settings(format="generic").build(), open_path="/webhook"),
    Gate("prometheus", alertmanager.Settings(format="alertmanager").build(), (SECRET,), takes_alerts=True),
)


class HastyProtocol(WebhookProtocol):
    """The same bounds, for a test that does not want to wait."""

    header_seconds = 0.3


class _Server(uvicorn.Server):
    """It ends as soon as it may: uvicorn looks only ten times a second whether it should, and whether all is answered."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ending = asyncio.Event()

    @contextmanager
    def capture_signals(self):
        yield

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self.ending.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        with suppress(TimeoutError):
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                while self.server_state.connections or self.server_state.tasks:
                    await asyncio.sleep(0.005)
        for task in self.server_state.tasks:
            task.cancel()


async def _pages(scope: Scope, receive: Receive, send: Send) -> None:
    message = await receive()
    await answer(send, Response(200, message["body"], "text/plain"))


@asynccontextmanager
async def served(
    path: Path,
    gates: tuple[Gate, ...] = GATES,
    more: Callable[[World], tuple[Answering, ...]] = lambda _: (),
) -> AsyncIterator[tuple[World, str, int]]:
    """Serve the edge on a free port, with health and what else answers there; gives the world, the base URL and the port."""
    async with world(path) as here:
        health = Health(here.reader, here.relay.meter, lambda: here.at, lambda: here.at, password=None)
        answering = Answers(health, *more(here))
        webhooks = Webhooks(gates, here.relay, body_seconds=0.5, strangers=Throttle(120, 600))
        config = uvicorn.Config(
            Edge(webhooks, answering, _pages, body_seconds=0.5),
            http=type("HastyProtocol", (HastyProtocol,), {"webhooks": webhooks}),
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            loop="none",
            timeout_keep_alive=KEPT_SECONDS,
            timeout_graceful_shutdown=2,
        )
        server = _Server(config)
        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            while not server.started:
                await asyncio.sleep(0.005)
            yield here, f"http://127.0.0.1:{port}", port
        finally:
            server.ending.set()
            await serving
            listener.close()
            health.close()
