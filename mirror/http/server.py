"""The mirror on a socket: uvicorn's HTTP in a thread of its own, so that tests of any kind can drive it."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import uvicorn
from uvicorn.server import ServerState

from mirror.http.application import Application

START_SECONDS = 10.0


class DidNotStart(Exception):
    """The server did not listen in time."""


class _Server(Thread):
    """The thread; not uvicorn's own loop, which takes tenths of a second to begin and to end."""

    def __init__(self, application: Application, listener: socket.socket, tls: ssl.SSLContext | None) -> None:
        super().__init__(name="mirror", daemon=True)
        self._config = uvicorn.Config(application, log_config=None, access_log=False, lifespan="off")
        self._listener = listener
        self._tls = tls
        self._loop = asyncio.new_event_loop()
        self._ending = asyncio.Event()
        self.started = Event()

    def run(self) -> None:
        """Serve until `end`."""
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    def end(self) -> None:
        """Drop every connection and wait for the thread."""
        self._loop.call_soon_threadsafe(self._ending.set)
        self.join()

    async def _serve(self) -> None:
        self._config.load()
        state = ServerState()
        protocol = self._config.http_protocol_class
        assert not isinstance(protocol, str)
        server = await self._loop.create_server(
            lambda: protocol(config=self._config, server_state=state, app_state={}),  # type: ignore[call-arg]
            sock=self._listener,
            ssl=self._tls,
            backlog=1024,
        )
        self.started.set()
        await self._ending.wait()
        server.close()
        for task in list(state.tasks):
            task.cancel()
        await asyncio.gather(*state.tasks, return_exceptions=True)
        for connection in list(state.connections):
            if connection.transport is not None:
                connection.transport.abort()
        await server.wait_closed()


@contextmanager
def serving(
    application: Application, port: int = 0, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> Iterator[str]:
    """Serve until the end of the block and yield the base URL; port 0 takes a free one."""
    listener = socket.create_server((host, port), backlog=1024)
    address = f"{host}:{listener.getsockname()[1]}"
    server = _Server(application, listener, tls)
    server.start()
    try:
        if not server.started.wait(START_SECONDS):
            raise DidNotStart(f"the mirror did not listen on {address}")
        yield f"{'http' if tls is None else 'https'}://{address}"
    finally:
        server.end()
        listener.close()
