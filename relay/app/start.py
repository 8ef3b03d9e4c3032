"""What a start needs before anything runs: the options, the checked configuration, the store, the port."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Flag, auto
from pathlib import Path

from relay.clock import SharedClock
from relay.config import Config, load
from relay.store import Backend
from relay.store.sqlite import SqliteBackend


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
        # As an address in brackets stands in a URL.
        host=(options.host or config.web.host).removeprefix("[").removesuffix("]"),
        port=config.web.port if options.port is None else options.port,
    )
    if not web.is_guarded:
        raise StartError(
            f"{web.host} can be reached from outside: set web.password first, or keep to 127.0.0.1"
        )
    return replace(config, web=web)


def backend_of(config: Config, clock: SharedClock | None = None) -> Backend:
    """Return the store that the configuration names; one that instances share sets ``clock``."""
    if config.store.startswith("sqlite:///"):
        return SqliteBackend(Path(config.store.removeprefix("sqlite:///")))
    # Only where it is configured: the driver costs memory, and need not be installed.
    from relay.store.postgres import PostgresBackend

    return PostgresBackend(config.store, heard=clock.heard) if clock else PostgresBackend(config.store)


def listener(config: Config) -> socket.socket:
    """Return a bound socket, so that a port that is taken is told before anything else begins."""
    address = (config.web.host, config.web.port)
    family = socket.AF_INET6 if ":" in config.web.host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(address)
    except OSError as cause:
        bound.close()
        raise StartError(
            f"can't listen on {address[0]} port {address[1]} ({cause.strerror}): set web.port, or give --port"
        ) from cause
    return bound
