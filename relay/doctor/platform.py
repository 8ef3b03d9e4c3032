"""Clever Cloud's API: whether it lets each account in, until when, and whether its webhook is there and enabled."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

from relay.clever import Client, ClientError, Fault, repair, tokens
from relay.clever.hooks import Wanted, listed
from relay.config import Config
from relay.config.config import Account
from relay.core.text import Language, say
from relay.doctor.clock import ahead, judged
from relay.doctor.finding import Finding, absent, failed, warning, well
from relay.exchange import Exchange, ExchangeError, Request

RENEW = "make a token (clever tokens create NAME) of a member who manages the organisation, and set it"
SETUP = "relay clever setup"


async def looked_at(config: Config, exchange: Exchange) -> Sequence[Finding]:
    """Return what there is to say of every account."""
    if not config.accounts:
        how = "give clever_cloud an organisation and a token, to watch applications there"
        return [absent("clever-cloud", "no account on Clever Cloud", how)]
    return [finding for account in config.accounts async for finding in _account(account, exchange)]


async def _account(account: Account, exchange: Exchange) -> AsyncIterator[Finding]:
    name = account.target.name
    client = Client(name, account.settings, exchange)
    api = f"clever-cloud {name}: API"
    try:
        await client.get(f"{client.root}/applications")
    except ClientError as error:
        yield failed(api, say(error.reason, Language.ENGLISH), _way_out(error))
        return
    yield well(api, "it answers, and the token may list applications")
    yield await _token(client)
    yield await _hook(client, account.hook)
    async for finding in _clock(client, exchange):
        yield finding


def _way_out(error: ClientError) -> str:
    if error.fault is Fault.DENIED:
        return RENEW
    if error.fault is Fault.MISSING:
        return "check the organisation's id: orga_…, or user_… for personal applications"
    return "check the network and clever_cloud.<account>.api, then https://www.clevercloudstatus.com"


async def _token(client: Client) -> Finding:
    check, at = f"clever-cloud {client.name}: token", datetime.now(UTC)
    try:
        ends = await tokens.ends_at(client, at)
    except ClientError as error:
        return warning(
            check, f"its end can't be read: {say(error.reason, Language.ENGLISH)}", "set token_ends"
        )
    if ends is None:
        return warning(check, "nobody says when it ends", "set token_ends, so that its end is told ahead")
    days = (ends - at) / timedelta(days=1)
    said = f"ends on {ends:%Y-%m-%d}, in {days:.0f} days"
    if days > 30:
        return well(check, said)
    return (failed if days <= 1 else warning)(check, said, RENEW)


async def _hook(client: Client, wanted: Wanted | None) -> Finding:
    check = f"clever-cloud {client.name}: webhook"
    if wanted is None:
        how = "set web.public_url and an intake of format clever-cloud with secrets, then: relay clever setup"
        return absent(check, "none is to come in: deployments are read once a minute only", how)
    try:
        steps = repair.plan(await listed(client), wanted)
    except ClientError as error:
        return failed(check, f"can't be read: {say(error.reason, Language.ENGLISH)}", _way_out(error))
    if steps:
        return failed(check, "; ".join(why for step in steps for why in step.why), SETUP)
    return well(check, f"to {wanted.shown}, enabled")


async def _clock(client: Client, exchange: Exchange) -> AsyncIterator[Finding]:
    account = client.account
    request = Request("GET", f"{account.address}/v2/self", account.deadline, account.headers, partial=True)
    began = datetime.now(UTC)
    try:
        answer = await exchange.send(request)
    except ExchangeError:
        return
    found = ahead(answer.headers.get("date", ""), began + (datetime.now(UTC) - began) / 2)
    if found is not None:
        yield judged("Clever Cloud's", found)
