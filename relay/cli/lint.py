"""``relay lint``: what is probably not meant, by the file and by its history; no server needs to run."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path

import click

from relay import app
from relay.app import StartError
from relay.cli.running import CONFIG, RULES, consulted, looking_back
from relay.cli.times import moment
from relay.config import Config
from relay.core.model import Incident
from relay.lints import observed, written
from relay.lints.finding import Finding
from relay.store.incidents import Filter

# Of these routes are told whether they match anything.
MOST_INCIDENTS = 5_000


@click.command()
@CONFIG
@click.option("--since", default="30d", show_default=True, help="How far back to look: an age or a time.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def lint(path: Path, since: str, as_json: bool) -> None:
    """Say what is allowed in a configuration and yet probably not meant.

    Thresholds are held against the stored samples where there are any. Exit codes: 0 nothing was found, 1 something was, 2 the
    configuration is wrong.
    """
    now = app.now()
    begins_at = moment(since, now)
    config = consulted(path, RULES)
    incidents: list[Incident] | None = None
    found: list[Finding] = []
    try:
        incidents, found = _history(config, begins_at, now)
    except StartError as error:
        click.echo(f"thresholds were not held against history: {error}", err=True)
    found += written.findings(config, path, incidents)
    for one in sorted(found, key=lambda one: (one.origin.line or 0, one.about, one.code)):
        click.echo(
            _as_json(one) if as_json else f"{one.origin.place}: {one.code}: {one.about}: {one.message}"
        )
    if not as_json:
        click.echo(f"{len(found)} found" if found else "nothing found")
    sys.exit(1 if found else 0)


def _history(config: Config, since: datetime, until: datetime) -> tuple[list[Incident], list[Finding]]:
    with looking_back(config) as reader:
        with reader.read() as tx:
            incidents = list(tx.incidents(Filter(since=since), limit=MOST_INCIDENTS))
            if not any(one.last_at >= since for one in tx.kept_series()):
                click.echo(
                    "thresholds were not held against history: no samples are kept of that time", err=True
                )
        return incidents, list(observed.findings(reader, config.rules, since, until))


def _as_json(one: Finding) -> str:
    return json.dumps(
        {
            "code": one.code,
            "file": one.origin.file,
            "line": one.origin.line,
            "about": one.about,
            "message": one.message,
        }
    )
