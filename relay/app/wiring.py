"""Sources, channels, gates and connection pools, made from one configuration."""

from __future__ import annotations

import ssl

from relay.channels import Channel
from relay.config import Config
from relay.exchange import Exchange
from relay.pipeline import Setup
from relay.pipeline.setup import Polled
from relay.web.gates import Gate


class Wiring:
    """Sources, channels and connection pools of one configuration; a reload makes new ones and closes these."""

    def __init__(self, config: Config) -> None:
        self._pools: list[Exchange] = []
        # Each context holds all certificates of the machine: one for all pools.
        self._verify = ssl.create_default_context()
        self.setup = Setup(
            policy=config.policy,
            rules=config.rules,
            targets={
                target.name: Polled(target, settings.build(self._pool()))
                for target, settings in config.targets
            },
            channels=self._channels(config),
            fallbacks=config.fallbacks,
            digest_above=config.digest_above,
            routes=config.routes,
            silences=config.silences,
            public_url=config.web.public_url,
            keep_samples=config.retention.samples,
            keep_history=config.retention.history,
        )
        self.gates = tuple(
            Gate(
                name=entry.name,
                intake=entry.settings.build(),
                secrets=tuple(secret.get_secret_value() for secret in entry.secrets),
                open_path=entry.path,
                takes_alerts=entry.settings.format == "alertmanager",
            )
            for entry in config.intakes
        )

    async def close(self) -> None:
        """Close the pools."""
        for pool in self._pools:
            await pool.close()

    def _channels(self, config: Config) -> dict[str, Channel]:
        pool = self._pool()
        return {name: settings.build(name, pool) for name, settings in config.channels}

    def _pool(self) -> Exchange:
        # One pool a target: a shared one searches all its connections for every request.
        self._pools.append(Exchange(verify=self._verify))
        return self._pools[-1]
