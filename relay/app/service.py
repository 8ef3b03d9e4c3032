"""One running process: from its start to the signal that ends it."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Mapping
from functools import partial
from secrets import token_hex

import structlog
import uvicorn
import uvloop
from flask import Flask

from relay import __version__, logs
from relay.app.interpreter import tune
from relay.app.listening import listening
from relay.app.mounting import gateway, mounted, password_of, site_of
from relay.app.rehearsing import tabled
from relay.app.server import Server, server_config
from relay.app.start import Options, Role, StartError, backend_of, configured, listener
from relay.app.waiting import prepared
from relay.app.wiring import Wiring
from relay.clock import SharedClock
from relay.config import Config, ConfigError
from relay.drawing.easel import Easel
from relay.drawing.illustrating import Drawn
from relay.lock import WEB, WORKER, ServerLock, of_part
from relay.pipeline import Meter, Relay
from relay.scheduler import Scheduler
from relay.store import StoreUnavailable
from relay.store.reader import Reader
from relay.store.sqlite import SqliteBackend
from relay.store.writer import Writer
from relay.web.answering import Answers
from relay.web.charts import Charts
from relay.web.edge import Edge
from relay.web.health import Health
from relay.web.pages import create_app
from relay.web.site import Site, swap
from relay.web.webhooks import Webhooks

LOCKS = {Role.WEB: WEB, Role.WORKER: WORKER}

log = structlog.get_logger("relay.app")


class Service:
    """One running process."""

    def __init__(self, options: Options, environment: Mapping[str, str], role: Role, config: Config) -> None:
        self._options = options
        self._environment = environment
        self._role = role
        self._config = config
        self._clock = SharedClock()
        self._backend = backend_of(self._config, self._clock)
        self._meter = Meter()
        self._wiring = Wiring(self._config, self._meter)
        self._reader = Reader(self._backend)
        self._easel = Easel(self._reader.close)
        drawn = Drawn(self._reader, self._easel)
        self._charts = Charts(self._wiring.setup, drawn, self._clock.now, self._meter)
        self._drawn = drawn
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT, then finish what is under way and return."""
        locks = self._locked()
        bound = listener(self._config) if Role.WEB in self._role else None
        self._take_ends()
        writer = Writer(self._backend)
        writer.start()
        meter = self._meter
        relay = Relay(writer, self._wiring.setup, now=self._clock.now, owner=token_hex(8), meter=meter)
        try:
            if await prepared(lambda: self._prepare(relay), bound, self._stop, self._config.web.drain):
                self._told_at_start()
                await self._work(relay, meter, bound)
        finally:
            await self._wiring.close()
            await asyncio.to_thread(writer.stop)
            for lock in locks:
                lock.release()
        log.info("stopped")

    async def _prepare(self, relay: Relay) -> None:
        await asyncio.to_thread(self._backend.migrate)
        await relay.start()

    def _locked(self) -> tuple[ServerLock, ...]:
        """Take the lock of each part that runs here, so that no part of a relay runs twice on one file."""
        if not isinstance(self._backend, SqliteBackend):
            return ()
        path = self._backend.path
        try:
            return tuple(of_part(path, name) for part, name in LOCKS.items() if part in self._role)
        except OSError as cause:
            raise StartError(
                f"can't write beside the store {path} ({cause.strerror}): set store to a file where it may"
            ) from cause

    async def _work(self, relay: Relay, meter: Meter, bound: socket.socket | None) -> None:
        scheduler = Scheduler(relay) if Role.WORKER in self._role else None
        if scheduler is not None:
            scheduler.start()
        deaf = listening(self._config, relay) if scheduler is not None else None
        relay.illustrator = self._drawn
        health = Health(
            self._reader,
            meter,
            self._clock.now,
            scheduler.heartbeat if scheduler else lambda: None,
            password_of(self._config),
        )
        pages = create_app(self._site(self._config), self._reader, self._clock.now, gateway(relay))
        webhooks = Webhooks(self._wiring.gates, relay)
        edge = Edge(webhooks, Answers(health, self._charts), mounted(pages))
        self._take_reloads(relay, webhooks, pages)
        tune()
        drain = self._config.web.drain
        try:
            await self._serve(server_config(edge, drain, webhooks), bound)
        finally:
            if deaf is not None:
                await asyncio.to_thread(deaf)
            if scheduler is not None:
                await scheduler.stop(drain)
            self._easel.close()
            health.close()

    async def _serve(self, config: uvicorn.Config, bound: socket.socket | None) -> None:
        if bound is None:
            await self._stop.wait()
            return
        server = Server(config)
        serving = asyncio.create_task(server.serve(sockets=[bound]))
        stopping = asyncio.create_task(self._stop.wait())
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        stopping.cancel()
        await serving

    def _take_ends(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)

    def _take_reloads(self, relay: Relay, webhooks: Webhooks, pages: Flask) -> None:
        reloads: set[asyncio.Task[None]] = set()

        def reload() -> None:
            task = asyncio.create_task(self._reload(relay, webhooks, pages))
            reloads.add(task)
            task.add_done_callback(reloads.discard)

        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reload)

    async def _reload(self, relay: Relay, webhooks: Webhooks, pages: Flask) -> None:
        """Swap the configuration whole; a bad file, or one that needs a restart, keeps the old one and says so."""
        try:
            config = configured(self._options, self._environment)
            self._refuse_restarts(config)
            await self._swap(config, relay, webhooks, pages)
        except (ConfigError, StartError, StoreUnavailable) as error:
            for line in str(error).splitlines():
                log.error("the configuration was not reloaded", problem=line)

    async def _swap(self, config: Config, relay: Relay, webhooks: Webhooks, pages: Flask) -> None:
        wiring, before = Wiring(config, self._meter), self._wiring
        try:
            await relay.swap(wiring.setup)
        except StoreUnavailable:
            await wiring.close()
            raise
        logs.set_up(config.log.level, config.log.format)
        webhooks.gates = wiring.gates
        self._charts.setup = wiring.setup
        swap(pages, self._site(config))
        self._wiring, self._config = wiring, config
        # What is being sent or read goes on with the old connections; give it the time of one send.
        asyncio.get_running_loop().call_later(20, lambda: asyncio.ensure_future(before.close()))
        self._warn()
        log.info("the configuration was reloaded", digest=config.digest)

    def _refuse_restarts(self, config: Config) -> None:
        before = self._config
        if (config.store, config.listen, config.web) != (before.store, before.listen, before.web):
            raise StartError(
                "store, listen and web are taken at start only: restart the relay to change them"
            )

    def _site(self, config: Config) -> Site:
        return site_of(config, partial(tabled, self._options.path, self._environment))

    def _warn(self) -> None:
        for warning in self._config.warnings:
            log.warning("configuration", problem=warning)

    def _told_at_start(self) -> None:
        self._warn()
        if isinstance(self._backend, SqliteBackend) and "CC_DEPLOYMENT_ID" in self._environment:
            log.warning(
                "SQLite on an instance's own disk is lost at every deployment: link a PostgreSQL add-on"
            )
        log.info(
            "started",
            version=__version__,
            host=self._config.web.host,
            port=self._config.web.port,
            targets=len(self._config.targets),
            channels=[name for name, _ in self._config.channels],
            config=self._config.digest,
        )


def run(options: Options, environment: Mapping[str, str], role: Role) -> None:
    """Run one process; raise ``ConfigError`` or ``StartError`` when it can't start."""
    config = configured(options, environment)
    logs.set_up(config.log.level, config.log.format)

    async def main() -> None:
        await Service(options, environment, role, config).run()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
