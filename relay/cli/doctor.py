"""``relay doctor``: every check, as text for people or JSON for programs."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from relay import app, logs
from relay.app import Options, StartError
from relay.cli.running import CONFIG
from relay.config import Config, ConfigError
from relay.doctor import Finding, State, examined


@click.command()
@CONFIG
@click.option("--host", envvar="RELAY_HOST", show_envvar=True, help="As for relay serve.")
@click.option(
    "--port", type=click.IntRange(0, 65_535), envvar="RELAY_PORT", show_envvar=True, help="The same."
)
@click.option("--yes", is_flag=True, help="Send a test message to every channel without asking.")
@click.option("--no-send", is_flag=True, help="Send none.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object; asks nothing.")
def doctor(
    path: Path, host: str | None, port: int | None, *, yes: bool, no_send: bool, as_json: bool
) -> None:
    """Check everything a night could hang on, and say how to mend it; exit code 1 when something fails."""
    if yes and no_send:
        raise click.UsageError("give either --yes or --no-send")
    logs.set_up("error", "text")
    try:
        config = app.configured(Options(path, host, port), os.environ)
    except (ConfigError, StartError) as error:
        _shown(
            [Finding("config", State.FAILED, str(error), "mend it; relay check-config reads it alone")],
            as_json,
        )
        sys.exit(2)
    told = () if no_send else _agreed(config, yes=yes, asks=not as_json)
    found = asyncio.run(examined(config, os.environ, told))
    _shown(found, as_json)
    sys.exit(1 if any(finding.state is State.FAILED for finding in found) else 0)


def _agreed(config: Config, *, yes: bool, asks: bool) -> Sequence[str]:
    names = [name for name, _ in config.channels]
    if yes or not names:
        return names
    # A program that gave no answer is not asked: nothing is sent unasked for.
    if not asks or not sys.stdin.isatty():
        return ()
    return names if click.confirm(f"Send a test message to {', '.join(names)}?") else ()


def _shown(found: Sequence[Finding], as_json: bool) -> None:
    failed = sum(finding.state is State.FAILED for finding in found)
    if as_json:
        click.echo(json.dumps({"well": not failed, "checks": [asdict(finding) for finding in found]}))
        return
    for finding in found:
        click.echo(f"{finding.state.value:14}  {finding.check}: {finding.said}")
        if finding.mend and finding.state is not State.WELL:
            click.echo(f"{'':14}  → {finding.mend}")
    warned = sum(finding.state is State.WARNING for finding in found)
    click.echo(f"{len(found)} checks: {failed} failed, {warned} warnings")
