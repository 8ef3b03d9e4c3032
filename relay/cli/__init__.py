"""The ``relay`` command. Exit codes: 0 done, 1 it failed, 2 the command line or the configuration is wrong."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import closing
from pathlib import Path

import click

from relay import __version__, app, logs
from relay.app import Options, Role
from relay.app.trial import sent, taken_up
from relay.cli.backup import backup, restore
from relay.cli.check_store import check_store
from relay.cli.clever import clever
from relay.cli.detect import detect
from relay.cli.doctor import doctor
from relay.cli.explain import explain_command
from relay.cli.lint import lint
from relay.cli.redeliver import redeliver
from relay.cli.replay import replay
from relay.cli.running import CONFIG, changed, configured, failing, reader_of
from relay.cli.test import test
from relay.config import Config, json_schema
from relay.core.delivery import DeliveryError
from relay.core.identity import short
from relay.core.model import Incident
from relay.core.text import Language, say
from relay.exchange import Exchange
from relay.store.incidents import Filter
from relay.store_commands import store

HOST = click.option(
    "--host", envvar="RELAY_HOST", show_envvar=True, help="Listen on this address instead of web.host."
)
PORT = click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    envvar="RELAY_PORT",
    show_envvar=True,
    help="Listen on this port instead of web.port.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="relay")
def main() -> None:
    """Alerting for applications on Clever Cloud that loses no notification."""


main.add_command(detect)


main.add_command(store)
main.add_command(redeliver)
main.add_command(explain_command)
main.add_command(lint)
main.add_command(replay)
main.add_command(test)
main.add_command(backup)
main.add_command(restore)
main.add_command(check_store)
main.add_command(clever)
main.add_command(doctor)


@main.command()
@CONFIG
@HOST
@PORT
def serve(path: Path, host: str | None, port: int | None) -> None:
    """Run everything in one process: webhooks, pages, polling and delivery."""
    _run(Options(path, host, port), Role.WEB | Role.WORKER)


@main.command()
@CONFIG
@HOST
@PORT
def web(path: Path, host: str | None, port: int | None) -> None:
    """Take webhooks and show pages only; a relay worker beside it polls and delivers."""
    _run(Options(path, host, port), Role.WEB)


@main.command()
@CONFIG
def worker(path: Path) -> None:
    """Poll and deliver only; a relay web beside it takes webhooks and shows pages."""
    _run(Options(path), Role.WORKER)


@main.command("check-config")
@CONFIG
def check_config(path: Path) -> None:
    """Read the configuration, say what is wrong with it and where, and sum it up."""
    config = configured(path)
    for warning in config.warnings:
        click.echo(f"warning: {warning}")
    channels = ", ".join(name for name, _ in config.channels) or "none"
    targets = ", ".join(target.name for target, _ in config.targets) or "none"
    intakes = ", ".join(entry.name for entry in config.intakes) or "none"
    click.echo(f"{path}: well\n  channels: {channels}\n  targets: {targets}\n  intakes: {intakes}")


@main.command()
def schema() -> None:
    """Print the JSON Schema of the configuration, for editors."""
    click.echo(json.dumps(json_schema(), indent=2))


@main.command()
@CONFIG
def migrate(path: Path) -> None:
    """Bring the store's schema up to date; a server does it by itself at start."""
    config = configured(path)
    with failing():
        app.backend_of(config).migrate()
    click.echo("the store is up to date")


@main.command("send-test")
@click.argument("channel")
@CONFIG
def send_test(channel: str, path: Path) -> None:
    """Send a test message to CHANNEL; when it arrives, a parked channel is taken up again."""
    config = configured(path)
    channels = dict(config.channels)
    if channel not in channels:
        raise click.UsageError(
            f"no channel {channel!r} in {path}; there are: {', '.join(channels) or 'none'}"
        )
    logs.set_up("warning", "text")
    try:
        status, unparked = asyncio.run(_send_test(config, channel))
    except DeliveryError as error:
        click.echo(f"{channel}: {error.failure.value}: {error}", err=True)
        sys.exit(1)
    click.echo(f"{channel}: delivered (HTTP {status})" + (", and taken up again" if unparked else ""))


@main.command()
@CONFIG
@click.option("--open", "only_open", is_flag=True, help="Only those that are not over.")
@click.option("--limit", type=click.IntRange(1, 1_000), default=20, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--language", type=click.Choice([language.value for language in Language]), default="en")
def incidents(path: Path, only_open: bool, limit: int, as_json: bool, language: str) -> None:
    """List incidents, newest first."""
    config = configured(path)
    with failing(), closing(reader_of(config)) as reader, reader.read() as tx:
        found = tx.incidents(Filter(is_open=True if only_open else None), limit=limit)
    for incident in found:
        click.echo(_as_json(incident) if as_json else _as_line(incident, Language(language)))
    if not found and not as_json:
        click.echo("no incidents")


async def _send_test(config: Config, name: str) -> tuple[int, bool]:
    exchange = Exchange()
    try:
        status = await sent(config, name, exchange)
        with failing():
            return status, changed(config, lambda tx: taken_up(tx, config, name, exchange, app.now()))
    finally:
        await exchange.close()


def _run(options: Options, role: Role) -> None:
    with failing():
        app.run(options, os.environ, role)


def _as_line(incident: Incident, language: Language) -> str:
    state = "open" if incident.is_open else "over"
    opened = incident.opened_at.isoformat(sep=" ", timespec="seconds")
    return (
        f"{opened}  {state:4}  {incident.peak.word:8}  {short(incident.id)}  {say(incident.title, language)}"
    )


def _as_json(incident: Incident) -> str:
    return json.dumps(
        {
            "id": incident.id,
            "open": incident.is_open,
            "severity": incident.severity.word,
            "peak": incident.peak.word,
            "target": incident.target,
            "title": say(incident.title, Language.ENGLISH),
            "opened_at": incident.opened_at.isoformat(),
            "resolved_at": None if incident.resolved_at is None else incident.resolved_at.isoformat(),
        }
    )
