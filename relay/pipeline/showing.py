"""The picture that goes with a message: made beside the road, and left out where it is not there in time.

The rule: an alert never waits for it longer than ``DEADLINE``, and nothing that goes wrong with it is the alert's trouble.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

import structlog

from relay.core.model import Notification, Picture
from relay.pipeline.meter import Meter
from relay.pipeline.setup import Setup, Showing

log = structlog.get_logger("relay")

DEADLINE = timedelta(milliseconds=300)


class Missed(Exception):
    """There may be a picture, but not now; ``why`` is the word that it is counted under."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Illustrator(Protocol):
    """Makes pictures of what messages tell."""

    async def picture(self, notification: Notification, setup: Setup, showing: Showing) -> Picture | None:
        """Return the picture, None where there is nothing to show; raise ``Missed`` where it can't be made now."""
        ...


async def illustrated(
    message: Notification, channel: str, setup: Setup, illustrator: Illustrator | None, meter: Meter
) -> Notification:
    """Return a message with its picture, or as it is.

    A digest tells of many, so none would be right. What may have been sent before goes without what may have kept it
    from arriving.
    """
    showing = setup.showing.get(channel)
    if illustrator is None or showing is None or message.told > 1 or message.repeated:
        return message
    try:
        async with asyncio.timeout(DEADLINE.total_seconds()):
            picture = await illustrator.picture(message, setup, showing)
    except TimeoutError:
        why = "late"
    except Missed as missed:
        why = missed.why
    except Exception:
        # A bug in a drawing costs the picture, never the message.
        log.exception("a picture failed", delivery=message.id)
        why = "failed"
    else:
        if picture is not None:
            meter.pictures.labels(channel, "made").inc()
        return replace(message, picture=picture)
    meter.pictures.labels(channel, why).inc()
    log.warning("a message goes without its picture", delivery=message.id, channel=channel, why=why)
    return message
