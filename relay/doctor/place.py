"""Where the relay stands: the port that it listens on, and the time zones that it knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from relay.app import StartError
from relay.app.start import listener
from relay.config import Config
from relay.doctor.finding import Finding, absent, failed, warning, well
from relay.exchange import Exchange, ExchangeError, Request

# Clever Cloud's instances have these; the second where it puts nginx before us.
DIRECT, BEHIND = 8080, 9000


def is_on_platform(environment: Mapping[str, str]) -> bool:
    """Whether this runs on an instance of Clever Cloud."""
    return "CC_DEPLOYMENT_ID" in environment or {"APP_ID", "INSTANCE_ID"} <= environment.keys()


async def port(config: Config, environment: Mapping[str, str], exchange: Exchange) -> Sequence[Finding]:
    """Return whether the relay can listen, or does so already, and where the platform expects it."""
    found = [_expected(config, environment)] if is_on_platform(environment) else []
    try:
        listener(config).close()
    except StartError as error:
        return [*found, await _taken(config, exchange, str(error))]
    where = f"{config.web.host} port {config.web.port}"
    return [*found, well("port", f"{where} is free; no relay listens there now")]


async def _taken(config: Config, exchange: Exchange, why: str) -> Finding:
    request = Request("GET", f"{config.web.own_url}/healthz", timedelta(seconds=5), {}, partial=True)
    try:
        answer = await exchange.send(request)
    except ExchangeError:
        return failed("port", f"taken, and what has it does not answer: {why}", "stop it, or set web.port")
    if b'"alive"' in answer.body:
        return well("port", f"a relay answers on {config.web.host} port {config.web.port}")
    return failed("port", f"another program answers there: {why}", "stop it, or set web.port")


def _expected(config: Config, environment: Mapping[str, str]) -> Finding:
    wanted = BEHIND if "CC_RUN_COMMAND" in environment else DIRECT
    if config.web.is_local:
        return failed("port", f"{config.web.host} can't be reached by the platform", "set web.host: 0.0.0.0")
    if config.web.port not in (DIRECT, BEHIND):
        return failed("port", f"the platform does not know port {config.web.port}", f"set web.port: {wanted}")
    if config.web.port != wanted:
        said = f"port {config.web.port}, while {'CC_RUN_COMMAND' if wanted == BEHIND else 'this runtime'} is given {wanted}"
        return warning("port", said, f"set web.port: {wanted}, unless a middleware stands before it")
    return well("port", f"{config.web.port}, as the platform expects")


def zones(config: Config) -> Sequence[Finding]:
    """Return whether the zones of quiet hours are known here, and what time it is there."""
    named = sorted({route.quiet.zone.key or "" for route in config.routes if route.quiet is not None})
    if not named:
        try:
            ZoneInfo("Europe/Paris")
        except ZoneInfoNotFoundError:
            return [
                warning("time zone", "this machine knows no time zones", "install tzdata before quiet hours")
            ]
        return [absent("time zone", "no quiet hours: every time is UTC")]
    at = datetime.now(UTC)
    return [
        well("time zone", f"{name}: {at.astimezone(ZoneInfo(name)):%H:%M %z}, in UTC {at:%H:%M}")
        for name in named
    ]
