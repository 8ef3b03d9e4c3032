"""What channels leave untold, put in the outbox of their fallbacks as well."""

from __future__ import annotations

from datetime import datetime

import structlog

from relay.core import fallback
from relay.pipeline.setup import Setup
from relay.store.transactions import Transaction

log = structlog.get_logger("relay")

# A step is short: what is left comes with the next one, a few seconds later.
AT_ONCE = 500


def divert(tx: Transaction, setup: Setup, at: datetime) -> int:
    """Enqueue for each channel that has refused for long enough what its fallback tells instead; return how much."""
    number = 0
    for state in tx.channels():
        way = setup.fallbacks.get(state.name)
        if way is None or way.channel not in setup.channels or not way.stands_in(state.refusing_since, at):
            continue
        stuck = tx.stuck(state.name, way.channel, at, AT_ONCE)
        planned = [fallback.stand_in(delivery, incident, way.channel, at) for delivery, incident in stuck]
        told = [delivery for delivery in planned if delivery is not None]
        tx.enqueue(told)
        number += len(told)
        if told:
            log.warning("told on a fallback", channel=state.name, fallback=way.channel, deliveries=len(told))
    return number
