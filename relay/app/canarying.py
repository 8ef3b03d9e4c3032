"""The canary's parts, made of one configuration."""

from __future__ import annotations

from dataclasses import dataclass

from relay.canary import Beating, Hearing, Heartbeat, Loopback
from relay.channels import Channel
from relay.config import Config
from relay.core import canary
from relay.exchange import Exchange
from relay.pipeline import Meter
from relay.pipeline.setup import Polled
from relay.web.gates import Gate


@dataclass(frozen=True, slots=True)
class Nest:
    """Where the canary stands on the road: its target, its gate and its channel."""

    polled: Polled
    gate: Gate
    channel: Channel


def nested(config: Config, exchange: Exchange, meter: Meter) -> Nest:
    """Return the parts of the canary that ``config`` has."""
    settings = config.canary
    assert settings is not None
    heartbeat = Heartbeat(settings, exchange, meter.beaten)
    beating = Beating(settings, exchange, heartbeat, config.web.own_url)
    return Nest(
        Polled(canary.target(settings.every), beating),
        Gate(canary.NAME, Hearing(), (settings.secret,)),
        Loopback(settings, heartbeat),
    )
