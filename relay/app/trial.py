"""A test message to one channel: a notification like any other, marked as a test."""

from __future__ import annotations

from relay.app.start import now
from relay.channels import Channel
from relay.config import Config
from relay.core.identity import digest
from relay.core.model import ChangeKind, Incident, Moment, Notification, Severity
from relay.core.text import text
from relay.exchange import Exchange
from relay.pipeline.delivering import DEADLINE


async def sent(config: Config, name: str, exchange: Exchange) -> int:
    """Send it and return the HTTP status, or raise ``DeliveryError``."""
    channel: Channel = dict(config.channels)[name].build(name, exchange)
    return (await channel.send(_notification(name, config.web.public_url), None, DEADLINE)).status


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
