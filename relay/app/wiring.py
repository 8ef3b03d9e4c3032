"""Sources, channels, gates and connection pools, made from one configuration."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import cast

from relay.app.canarying import nested
from relay.app.charting import seal_for, showing_of
from relay.channels import Channel
from relay.channels.lookout import Lookout
from relay.clever import Client
from relay.clever import Settings as CleverSettings
from relay.clever.standing import Standing
from relay.clever.watch import Watch
from relay.config import Config, IntakeEntry
from relay.config.config import SourceSettings
from relay.core import canary
from relay.core.rollups import FIVE_MINUTES, HOUR
from relay.exchange import Exchange
from relay.intake import Intake
from relay.intake.clever_cloud import Settings as CleverIntake
from relay.pipeline import Meter, Setup
from relay.pipeline.setup import Polled
from relay.sources import Source
from relay.web.gates import Gate


class Wiring:
    """Sources, channels and connection pools of one configuration; a reload makes new ones and closes these."""

    def __init__(self, config: Config, meter: Meter | None = None) -> None:
        self._pools: list[Exchange] = []
        # Each context holds all certificates of the machine: one for all pools.
        self._verify = ssl.create_default_context()
        # What each account tells of names, which its webhooks lack.
        self._heard: dict[str, dict[str, str]] = {account.target.name: {} for account in config.accounts}
        self.clients = {
            account.target.name: Client(
                account.target.name, account.settings, self._pool(), counted=_counted(meter)
            )
            for account in config.accounts
        }
        self._canary = nested(config, self._pool(), meter or Meter()) if config.canary is not None else None
        self.setup = Setup(
            policy=config.policy,
            following=config.following,
            rules=(*config.rules, *((canary.rule(),) if self._canary else ())),
            targets=self._targets(config),
            channels=self._channels(config),
            fallbacks=config.fallbacks,
            digest_above=config.digest_above,
            routes=(*config.routes, *((canary.route(),) if self._canary else ())),
            silences=config.silences,
            announces=config.listen,
            lookout=Lookout(self._pool(), [settings.origin for _, settings in config.channels])
            if config.channels
            else None,
            showing=showing_of(config),
            seal=seal_for(config),
            public_url=config.web.public_url,
            keep_samples=config.retention.samples,
            keep_rollups={FIVE_MINUTES: config.retention.five_minutes, HOUR: config.retention.hours},
            keep_history=config.retention.history,
        )
        self.gates = tuple(
            Gate(
                name=entry.name,
                intake=self._intake(entry),
                secrets=tuple(secret.get_secret_value() for secret in entry.secrets),
                open_path=entry.path,
                takes_alerts=entry.settings.format == "alertmanager",
            )
            for entry in config.intakes
        )
        if self._canary is not None:
            self.gates += (self._canary.gate,)

    async def close(self) -> None:
        """Close the pools."""
        for pool in self._pools:
            await pool.close()

    def _targets(self, config: Config) -> dict[str, Polled]:
        made = {target.name: Polled(target, self._source(settings)) for target, settings in config.targets}
        for account in config.accounts:
            name = account.target.name
            standing = Standing(self.clients[name], account.hook)
            watch = Watch(self.clients[name], account.names, self._heard[name], account.severities, standing)
            made[name] = Polled(account.target, watch)
        if self._canary is not None:
            made[canary.NAME] = self._canary.polled
        return made

    def _source(self, settings: SourceSettings) -> Source:
        if isinstance(settings, CleverSettings):
            return settings.build(self.clients[settings.account or ""])
        return cast(Source, settings.build(self._pool()))

    def _intake(self, entry: IntakeEntry) -> Intake:
        if isinstance(entry.settings, CleverIntake):
            account = entry.settings.account
            return entry.settings.build(self._heard.get(account or ""), is_watched=account in self._heard)
        return cast(Intake, entry.settings.build())

    def _channels(self, config: Config) -> dict[str, Channel]:
        pool = self._pool()
        made: dict[str, Channel] = {name: settings.build(name, pool) for name, settings in config.channels}
        return made if self._canary is None else {**made, canary.NAME: self._canary.channel}

    def _pool(self) -> Exchange:
        # One pool a target: a shared one searches all its connections for every request.
        self._pools.append(Exchange(verify=self._verify))
        return self._pools[-1]


def _counted(meter: Meter | None) -> Callable[[str, str], None]:
    """Return what counts a request to the platform."""

    def counted(account: str, service: str) -> None:
        if meter is not None:
            meter.platform_requests.labels(account, service).inc()

    return counted
