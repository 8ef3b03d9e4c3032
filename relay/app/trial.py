"""A test message to one channel: a notification like any other, marked as a test."""

from __future__ import annotations

from datetime import datetime

from relay.app.start import now
from relay.channels import Channel
from relay.config import Config
from relay.core.identity import digest
from relay.core.model import ChangeKind, Incident, Moment, Notification, Severity
from relay.core.text import text
from relay.exchange import Exchange
from relay.pipeline.delivering import DEADLINE
from relay.pipeline.relay import unpark
from relay.pipeline.setup import Setup
from relay.store.transactions import Transaction


async def sent(config: Config, name: str, exchange: Exchange) -> int:
    """Send it and return the HTTP status, or raise ``DeliveryError``."""
    channel: Channel = dict(config.channels)[name].build(name, exchange)
    return (await channel.send(_notification(name, config.web.public_url), None, DEADLINE)).status


def taken_up(tx: Transaction, config: Config, name: str, exchange: Exchange, at: datetime) -> bool:
    """Take a parked channel up again, which ends the incident that told of it; return whether it was parked."""
    setup = Setup(
        policy=config.policy,
        channels={other: settings.build(other, exchange) for other, settings in config.channels},
        fallbacks=config.fallbacks,
        routes=config.routes,
        silences=config.silences,
    )
    return unpark(tx, name, setup, at)


def _notification(channel: str, link: str) -> Notification:
    at = now()
    incident = Incident(
        id=digest("test", channel, at.isoformat()),
        fingerprint=f"relay/test/{channel}",
        severity=Severity.INFO,
        peak=Severity.INFO,
        source="relay",
        kind="test",
        target="relay",
        title=text("message.test.title"),
        summary=text("message.test.summary"),
        opened_at=at,
        updated_at=at,
        sequence=1,
        resolved_at=at,
    )
    moment = Moment(1, at, ChangeKind.NOTICED, Severity.INFO, Severity.OK, incident.summary)
    return Notification(digest(incident.id, channel), incident, (moment,), at, link)
