"""``relay backup`` and ``relay restore``: a SQLite store copied while it is written to, and put back."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from relay import app
from relay.cli.running import CONFIG, configured, failing
from relay.config import Config
from relay.lock import alone
from relay.store.backup import BackupRefused, back_up
from relay.store.backup import restore as put_back
from relay.store.sqlite import SqliteBackend

_FILE = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
# The commands that do for PostgreSQL what these do for a file; the address stays in the variable.
_PG_DUMP = 'pg_dump --format=custom --schema=relay --file={file} "$POSTGRESQL_ADDON_URI"'
_PG_RESTORE = 'pg_restore --dbname="$POSTGRESQL_ADDON_URI" {file}'


@click.command()
@_FILE
@CONFIG
def backup(file: Path, path: Path) -> None:
    """Copy the store to FILE while the relay runs: all that was accepted before the command began is in it."""
    store = _store(configured(path), _PG_DUMP.format(file=file))
    with failing(), _refusing(), click.progressbar(length=1, label="copying", file=sys.stderr) as bar:
        done = 0

        def told(copied: int, total: int) -> None:
            nonlocal done
            bar.length = max(total, 1)
            bar.update(copied - done)
            done = copied

        back_up(store, file, told)
    click.echo(f"{file}: {file.stat().st_size} bytes; relay check-store {file} says whether it is whole")


@click.command()
@_FILE
@CONFIG
def restore(file: Path, path: Path) -> None:
    """Put the backup FILE in the store's place; the relay must be stopped.

    FILE is brought up to date and checked first. The store of before is moved aside, not deleted.
    """
    store = _store(configured(path), _PG_RESTORE.format(file=file))
    if not file.is_file():
        raise click.UsageError(f"there is no file {file}")
    with failing(), _refusing(), alone(store):
        aside = put_back(file, store, app.now())
    click.echo(f"restored {store} from {file}" + (f"; the store of before is {aside}" if aside else ""))


def _store(config: Config, instead: str) -> Path:
    backend = app.backend_of(config)
    if isinstance(backend, SqliteBackend):
        return backend.path
    click.echo(
        "relay: this store is PostgreSQL, whose own programs copy it while it runs, in one view, and put it back:\n"
        f"  {instead}",
        err=True,
    )
    sys.exit(1)


@contextmanager
def _refusing() -> Iterator[None]:
    """Turn a refusal into one clear line and exit code 1."""
    try:
        yield
    except BackupRefused as refusal:
        click.echo(f"relay: {refusal}", err=True)
        sys.exit(1)
