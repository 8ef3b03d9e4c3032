"""What every command does: reads the configuration, turns what can go wrong into an exit code, changes the store.

Exit codes: 0 done, 1 it failed, 2 the command line or the configuration is wrong.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Set
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import click

from relay import app
from relay.app import Options, StartError
from relay.config import Config, ConfigError, load
from relay.lock import AlreadyRunning
from relay.store import StoreUnavailable
from relay.store.reader import Reader
from relay.store.sqlite import SqliteBackend
from relay.store.transactions import Transaction

T = TypeVar("T")

CONFIG = click.option(
    "--config",
    "-c",
    "path",
    type=click.Path(path_type=Path),
    default="config.yaml",
    envvar="RELAY_CONFIG",
    show_default=True,
    show_envvar=True,
    help="The configuration file.",
)


def configured(path: Path) -> Config:
    """Return the checked configuration, or end the command."""
    with failing():
        return app.configured(Options(path), os.environ)


# What judges, and where its history is: who asks about rules needs no secret of a channel or an intake.
RULES = frozenset({"store", "targets", "rules", "incidents", "routes", "silences", "retention"})


def consulted(path: Path, needs: Set[str]) -> Config:
    """Return the configuration of which only some sections must be right, or end the command."""
    with failing():
        return load(path, os.environ, needs)


@contextmanager
def looking_back(config: Config) -> Iterator[Reader]:
    """Read the history of a store; end the command where there is none, or one of an older version."""
    reader = Reader(app.backend_of(config))
    try:
        with reader.read() as tx:
            tx.misses("", app.now(), app.now(), 1)
    except StoreUnavailable as cause:
        raise StartError(
            f"there is no history to look at ({cause}); relay migrate brings an older store up to date"
        ) from cause
    try:
        yield reader
    finally:
        reader.close()


def reader_of(config: Config) -> Reader:
    """Return what reads the store; raise ``StartError``, which names the file, where there is none."""
    backend = app.backend_of(config)
    if isinstance(backend, SqliteBackend) and not backend.path.exists():
        raise StartError(f"there is no store at {backend.path} yet: relay serve makes it, or relay migrate")
    return Reader(backend)


def changed(config: Config, step: Callable[[Transaction], T]) -> T:
    """Run a step beside a server that may be running: one short transaction of its own."""
    backend = app.backend_of(config)
    backend.migrate()
    connection = backend.connect()
    try:
        connection.begin()
        result = step(Transaction(connection))
        connection.commit()
    finally:
        connection.rollback()
        connection.close()
    return result


@contextmanager
def failing() -> Iterator[None]:
    """Turn what can go wrong into one clear line and an exit code."""
    try:
        yield
    except ConfigError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    except (StartError, AlreadyRunning, StoreUnavailable) as error:
        click.echo(f"relay: {error}", err=True)
        sys.exit(1)
