"""``relay check-store``: whether a store, or a backup of one, is whole."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from relay import app
from relay.cli.running import CONFIG, configured, failing
from relay.store import Backend
from relay.store.checking import Finding, of_postgres, of_sqlite
from relay.store.sqlite import SqliteBackend


@click.command("check-store")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@CONFIG
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def check_store(file: Path | None, path: Path, as_json: bool) -> None:
    """Check the store, or the backup FILE, beside a relay that may be running; exit code 1 when something is wrong."""
    with failing():
        backend = app.backend_of(configured(path)) if file is None else _file(file)
        found = []
        for finding in _told_of(backend):
            found.append(finding)
            if not as_json:
                click.echo(_as_line(finding))
    broken = sum(finding.broken > 0 for finding in found)
    if as_json:
        click.echo(json.dumps({"whole": not broken, "checks": [_as_record(finding) for finding in found]}))
    else:
        click.echo(f"{len(found)} checks: " + (f"{broken} found something wrong" if broken else "whole"))
    sys.exit(1 if broken else 0)


def _told_of(backend: Backend) -> Iterator[Finding]:
    return of_sqlite(backend) if isinstance(backend, SqliteBackend) else of_postgres(backend)


def _file(file: Path) -> SqliteBackend:
    if not file.is_file():
        raise click.UsageError(f"there is no file {file}")
    return SqliteBackend(file)


def _as_line(finding: Finding) -> str:
    if not finding.broken:
        return f"ok     {finding.rule}"
    return f"WRONG  {finding.rule}: {finding.broken}, such as {', '.join(finding.examples)}"


def _as_record(finding: Finding) -> dict[str, object]:
    return {
        "name": finding.name,
        "rule": finding.rule,
        "broken": finding.broken,
        "examples": list(finding.examples),
    }
