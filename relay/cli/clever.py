"""``relay clever setup``: the webhook of each account, created or repaired after its plan was shown."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import click

from relay import logs
from relay.clever import Client, ClientError
from relay.clever.hooks import Wanted, listed
from relay.clever.repair import Step, carry_out, plan
from relay.cli.running import CONFIG, failing
from relay.config import Config, load
from relay.config.config import Account
from relay.core.text import Language, say
from relay.exchange import Exchange

# Who sets up a webhook needs no channel yet.
NEEDS = frozenset({"web", "intakes", "clever_cloud"})
HOW = "set web.public_url (https://…) and give it an intake of format clever-cloud with secrets"


@click.group()
def clever() -> None:
    """What there is to do on Clever Cloud."""


@clever.command()
@CONFIG
@click.option("--account", help="Only this one of clever_cloud.")
@click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing.")
@click.option("--yes", is_flag=True, help="Do it without asking.")
def setup(path: Path, account: str | None, *, dry_run: bool, yes: bool) -> None:
    """Create or repair the relay's own webhook; a second time there is nothing to do."""
    with failing():
        config = load(path, os.environ, NEEDS)
    logs.set_up("warning", "text")
    accounts = _chosen(config, account, path)
    well = [_set_up(one, dry_run=dry_run, yes=yes) for one in accounts]
    sys.exit(0 if all(well) else 1)


def _chosen(config: Config, name: str | None, path: Path) -> list[Account]:
    chosen = [one for one in config.accounts if name in (None, one.target.name)]
    if not chosen:
        names = ", ".join(one.target.name for one in config.accounts) or "none"
        raise click.UsageError(f"no such account in clever_cloud of {path}; there are: {names}")
    for one in chosen:
        if one.hook is None:
            raise click.UsageError(f"clever_cloud.{one.target.name} has no address to post to: {HOW}")
    return chosen


def _set_up(account: Account, *, dry_run: bool, yes: bool) -> bool:
    name, wanted = account.target.name, account.hook
    assert wanted is not None
    try:
        steps = asyncio.run(_asked(account, wanted))
        if not steps:
            click.echo(f"{name}: the webhook to {wanted.shown} is there and enabled; nothing to do")
            return True
        for step in steps:
            click.echo(f"{name}: {_said(step, wanted)}")
        if dry_run:
            click.echo(f"{name}: nothing was done (--dry-run)")
            return True
        if not (yes or click.confirm("Do it?")):
            return False
        asyncio.run(_done(account, wanted, steps))
        left = asyncio.run(_asked(account, wanted))
    except ClientError as error:
        click.echo(f"{name}: {say(error.reason, Language.ENGLISH)}", err=True)
        return False
    click.echo(f"{name}: done" if not left else f"{name}: the platform took it, but {_said(left[0], wanted)}")
    return not left


def _said(step: Step, wanted: Wanted) -> str:
    which = f"webhook {step.hook.id}" if step.hook is not None else f"a webhook to {wanted.shown}"
    return f"{step.action.value} {which}: {'; '.join(step.why)}"


async def _asked(account: Account, wanted: Wanted) -> tuple[Step, ...]:
    async with _client(account) as client:
        return plan(await listed(client), wanted)


async def _done(account: Account, wanted: Wanted, steps: tuple[Step, ...]) -> None:
    async with _client(account) as client:
        await carry_out(client, wanted, steps)


@asynccontextmanager
async def _client(account: Account) -> AsyncIterator[Client]:
    exchange = Exchange()
    try:
        yield Client(account.target.name, account.settings, exchange)
    finally:
        await exchange.close()
