"""``relay store …``: what an operator does with the store itself."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from relay.lock import AlreadyRunning, alone
from relay.store import StoreUnavailable
from relay.store.sqlite import SqliteBackend

_SQLITE = "sqlite:///"


@click.group()
def store() -> None:
    """Look after the store itself."""


@store.command("copy")
@click.option("--from", "origin", required=True, metavar="URL", help="sqlite:///… , whose relay is stopped.")
@click.option(
    "--to",
    "target",
    required=True,
    metavar="URL",
    envvar="POSTGRESQL_ADDON_URI",
    show_envvar=True,
    help="postgresql://… ; better by the variable, as a command line is seen by others.",
)
def copy(origin: str, target: str) -> None:
    """Copy a SQLite history into an empty PostgreSQL database; stopped, it goes on where it was."""
    path = _file(origin)
    if not target.startswith(("postgresql://", "postgres://")):
        raise click.UsageError("--to must be postgresql://…")
    # The driver is imported only where it is used.
    from relay.store import copying
    from relay.store.postgres import PostgresBackend

    try:
        with alone(path):
            source = SqliteBackend(path)
            source.migrate()
            total = copying.rows_of(source)
            with click.progressbar(length=total, label="copying", show_pos=True) as bar:
                copying.copy(source, PostgresBackend(target), bar.update)
    except (AlreadyRunning, StoreUnavailable, copying.CopyRefused) as error:
        click.echo(f"relay: {error}", err=True)
        sys.exit(1)
    click.echo(f"copied {total} rows: set store to the PostgreSQL database and start the relay")


def _file(origin: str) -> Path:
    path = Path(origin.removeprefix(_SQLITE))
    if not origin.startswith(_SQLITE) or not path.is_file():
        raise click.UsageError("--from must be sqlite:///path of a file that is there")
    return path
