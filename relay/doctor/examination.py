"""All checks, in the order in which they matter; each is bounded in time, and one that breaks is a finding."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from relay.config import Config
from relay.doctor import channels, database, files, place, platform
from relay.doctor.finding import Finding, State, absent, warning, well
from relay.exchange import Exchange

SECONDS = 40.0

Check = Callable[[], Awaitable[Sequence[Finding]]]


async def examined(config: Config, environment: Mapping[str, str], told: Sequence[str]) -> list[Finding]:
    """Return what was found. ``told`` names the channels that are sent a test message."""
    exchange = Exchange()
    store = database if not config.store.startswith("sqlite:") else files
    checks: tuple[tuple[str, Check], ...] = (
        ("config", lambda: _now(_configuration(config))),
        ("store", lambda: asyncio.to_thread(store.looked_at, config, environment)),
        ("clever-cloud", lambda: platform.looked_at(config, exchange)),
        ("channels", lambda: channels.looked_at(config, exchange, told)),
        ("port", lambda: place.port(config, environment, exchange)),
        ("time zone", lambda: _now(place.zones(config))),
        ("canary", lambda: _now(_canary(config))),
    )
    try:
        return [finding for name, check in checks for finding in await _bounded(name, check)]
    finally:
        await exchange.close()


async def _bounded(name: str, check: Check) -> Sequence[Finding]:
    try:
        async with asyncio.timeout(SECONDS):
            return await check()
    except TimeoutError:
        return [
            Finding(name, State.FAILED, "no answer in time", "try again; if it stays, look at the network")
        ]
    except Exception as fault:  # noqa: BLE001 - told as a finding
        # The boundary "one check": what else is wrong must be told all the same.
        return [Finding(name, State.FAILED, f"the check broke ({type(fault).__name__})", "tell the authors")]


async def _now(found: Sequence[Finding]) -> Sequence[Finding]:
    return found


def _configuration(config: Config) -> Sequence[Finding]:
    if not config.warnings:
        return [well("config", "well")]
    return [warning("config", said, "change it, or leave it so knowingly") for said in config.warnings]


def _canary(config: Config) -> Sequence[Finding]:
    if config.canary is None:
        how = "give canary.heartbeat an address outside, so that somebody notices when this relay is dead"
        return [absent("canary", "nobody outside watches this relay", how)]
    minutes = config.canary.every.total_seconds() / 60
    return [well("canary", f"a beat every {minutes:g} min pings a heartbeat outside")]
