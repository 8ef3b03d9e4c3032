"""The composition root: builds the relay from its configuration and runs it until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
import socket
import ssl
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Flag, auto
from hashlib import scrypt
from pathlib import Path
from secrets import token_bytes, token_hex
from typing import Any, cast

import structlog
import uvicorn
from a2wsgi import WSGIMiddleware
from flask import Flask

from relay import __version__, logs
from relay.channels import Channel
from relay.config import Config, ConfigError, load
from relay.exchange import Exchange
from relay.lock import ServerLock
from relay.pipeline import Meter, Relay, Setup
from relay.pipeline.setup import Polled
from relay.scheduler import Scheduler
from relay.store import Backend
from relay.store.reader import Reader
from relay.store.sqlite import SqliteBackend
from relay.store.writer import Writer
from relay.web.asgi import Application
from relay.web.edge import Edge
from relay.web.gates import Gate
from relay.web.health import Health
from relay.web.pages import create_app
from relay.web.protocol import BoundedProtocol
from relay.web.site import Site, swap

log = structlog.get_logger("relay.app")

PAGE_THREADS = 4


class Role(Flag):
    """What a process does."""

    WEB = auto()
    WORKER = auto()


class StartError(Exception):
    """The relay can't start; the message says why and how to mend it."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says beside the configuration file."""

    path: Path
    host: str | None = None
    port: int | None = None


def now() -> datetime:
    """Return the time, as everything in the relay wants it."""
    return datetime.now(UTC)


def configured(options: Options, environment: Mapping[str, str]) -> Config:
    """Return the configuration with the command line's options over it."""
    config = load(options.path, environment)
    web = replace(
        config.web,
        host=options.host or config.web.host,
        port=config.web.port if options.port is None else options.port,
    )
    if not web.is_guarded:
        raise StartError(
            f"{web.host} can be reached from outside: set web.password first, or keep to 127.0.0.1"
        )
    return replace(config, web=web)


def backend_of(config: Config) -> Backend:
    """Return the store that the configuration names."""
    if config.store.startswith("sqlite:///"):
        return SqliteBackend(Path(config.store.removeprefix("sqlite:///")))
    raise StartError("this version keeps its store in SQLite only: set store: sqlite:///var/relay.db")


class Wiring:
    """Sources, channels and connection pools of one configuration; a reload makes new ones and closes these."""

    def __init__(self, config: Config) -> None:
        self._pools: list[Exchange] = []
        # Each context holds all certificates of the machine: one for all pools.
        self._verify = ssl.create_default_context()
        self.setup = Setup(
            policy=config.policy,
            rules=config.rules,
            targets={
                target.name: Polled(target, settings.build(self._pool()))
                for target, settings in config.targets
            },
            channels=self._channels(config),
            routes=config.routes,
            silences=config.silences,
            public_url=config.web.public_url,
            keep_samples=config.retention.samples,
            keep_history=config.retention.history,
        )
        self.gates = tuple(
            Gate(
                name=entry.name,
                intake=entry.settings.build(),
                secrets=tuple(secret.get_secret_value() for secret in entry.secrets),
                open_path=entry.path,
                takes_alerts=entry.settings.format == "alertmanager",
            )
            for entry in config.intakes
        )

    async def close(self) -> None:
        """Close the pools."""
        for pool in self._pools:
            await pool.close()

    def _channels(self, config: Config) -> dict[str, Channel]:
        pool = self._pool()
        return {name: settings.build(name, pool) for name, settings in config.channels}

    def _pool(self) -> Exchange:
        # One pool a target: a shared one searches all its connections for every request.
        self._pools.append(Exchange(verify=self._verify))
        return self._pools[-1]


class Service:
    """One running process."""

    def __init__(self, options: Options, environment: Mapping[str, str], role: Role, config: Config) -> None:
        self._options = options
        self._environment = environment
        self._role = role
        self._config = config
        self._backend = backend_of(self._config)
        self._wiring = Wiring(self._config)
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT, then finish what is under way and return."""
        lock = self._locked()
        listener = _listener(self._config) if Role.WEB in self._role else None
        self._backend.migrate()
        writer = Writer(self._backend)
        writer.start()
        meter = Meter()
        relay = Relay(writer, self._wiring.setup, now=now, owner=token_hex(8), meter=meter)
        try:
            await relay.start()
            self._told_at_start()
            await self._work(relay, meter, listener)
        finally:
            await self._wiring.close()
            await asyncio.to_thread(writer.stop)
            if lock is not None:
                lock.release()
        log.info("stopped")

    def _locked(self) -> ServerLock | None:
        if not isinstance(self._backend, SqliteBackend):
            return None
        suffix = {Role.WEB: ".web.lock", Role.WORKER: ".worker.lock"}.get(self._role, ".lock")
        return ServerLock(self._backend.path.with_name(self._backend.path.name + suffix))

    async def _work(self, relay: Relay, meter: Meter, listener: socket.socket | None) -> None:
        scheduler = Scheduler(relay) if Role.WORKER in self._role else None
        if scheduler is not None:
            scheduler.start()
        reader = Reader(self._backend)
        health = Health(
            reader, meter, now, scheduler.heartbeat if scheduler else lambda: None, _password(self._config)
        )
        pages = create_app(_site(self._config), reader, now)
        edge = Edge(self._wiring.gates, relay, health, _mounted(pages))
        self._take_signals(relay, edge, pages)
        drain = self._config.web.drain
        try:
            await self._serve(edge, listener, drain)
        finally:
            if scheduler is not None:
                await scheduler.stop(drain)
            health.close()

    async def _serve(self, edge: Edge, listener: socket.socket | None, drain: timedelta) -> None:
        if listener is None:
            await self._stop.wait()
            return
        server = _Server(_server_config(edge, drain))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        stopping = asyncio.create_task(self._stop.wait())
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        stopping.cancel()
        await serving

    def _take_signals(self, relay: Relay, edge: Edge, pages: Flask) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        reloads: set[asyncio.Task[None]] = set()

        def reload() -> None:
            task = asyncio.create_task(self._reload(relay, edge, pages))
            reloads.add(task)
            task.add_done_callback(reloads.discard)

        loop.add_signal_handler(signal.SIGHUP, reload)

    async def _reload(self, relay: Relay, edge: Edge, pages: Flask) -> None:
        """Swap the configuration whole; a bad file, or one that needs a restart, keeps the old one and says so."""
        try:
            config = configured(self._options, self._environment)
            self._refuse_restarts(config)
        except (ConfigError, StartError) as error:
            for line in str(error).splitlines():
                log.error("the configuration was not reloaded", problem=line)
            return
        wiring, before = Wiring(config), self._wiring
        await relay.swap(wiring.setup)
        edge.gates = wiring.gates
        swap(pages, _site(config))
        self._wiring, self._config = wiring, config
        # What is being sent or read goes on with the old connections; give it the time of one send.
        asyncio.get_running_loop().call_later(20, lambda: asyncio.ensure_future(before.close()))
        log.info("the configuration was reloaded", digest=config.digest)

    def _refuse_restarts(self, config: Config) -> None:
        same = (config.store, config.web) == (self._config.store, self._config.web)
        if not same:
            raise StartError("store and web are taken at start only: restart the relay to change them")

    def _told_at_start(self) -> None:
        for warning in self._config.warnings:
            log.warning("configuration", problem=warning)
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


class _Server(uvicorn.Server):
    """uvicorn without its signal handling, which would exit the process past our own end."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def run(options: Options, environment: Mapping[str, str], role: Role) -> None:
    """Run one process; raise ``ConfigError`` or ``StartError`` when it can't start."""

    async def main() -> None:
        await Service(options, environment, role, config).run()

    config = configured(options, environment)
    logs.set_up(config.log.level, config.log.format)
    uvloop_runner = asyncio.Runner(loop_factory=_new_loop)
    with uvloop_runner:
        uvloop_runner.run(main())


def _new_loop() -> asyncio.AbstractEventLoop:
    import uvloop

    return uvloop.new_event_loop()


def _server_config(edge: Edge, drain: timedelta) -> uvicorn.Config:
    return uvicorn.Config(
        edge,
        http=BoundedProtocol,
        ws="none",
        lifespan="off",
        interface="asgi3",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=max(1, round(drain.total_seconds())),
        limit_concurrency=1_000,
    )


def _listener(config: Config) -> socket.socket:
    address = (config.web.host, config.web.port)
    family = socket.AF_INET6 if ":" in config.web.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as cause:
        listener.close()
        raise StartError(
            f"can't listen on {address[0]} port {address[1]} ({cause.strerror}): set web.port, or give --port"
        ) from cause
    return listener


def _mounted(pages: Flask) -> Application:
    return cast(Application, WSGIMiddleware(cast(Any, pages), workers=PAGE_THREADS))


def _site(config: Config) -> Site:
    password = _password(config)
    return Site(
        password=password,
        open_without_password=config.web.is_local,
        secret_key=token_bytes(32) if password is None else _session_key(password),
        language=config.web.language,
        rules=config.rules,
        targets=tuple(target for target, _ in config.targets),
        version=__version__,
        public_url=config.web.public_url,
    )


def _session_key(password: str) -> bytes:
    """Derive the key from the password, so that instances share it and a new password ends old sessions."""
    return scrypt(password.encode(), salt=b"relay session", n=2**14, r=8, p=1)


def _password(config: Config) -> str | None:
    return None if config.web.password is None else config.web.password.get_secret_value()
