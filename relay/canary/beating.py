"""The canary as a source: a read posts a beat to the relay's own intake, over the network, as a sender does."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from relay.canary.heartbeat import Heartbeat
from relay.canary.settings import CanarySettings
from relay.core.canary import DEADLINE, NAME
from relay.core.model import NoData, Reading, Readings
from relay.core.targets import Target
from relay.core.text import text
from relay.exchange import Exchange, ExchangeError, Request

# Shorter than the read as a whole, in which the heartbeat may be told.
POST = DEADLINE / 2
assert DEADLINE - timedelta(seconds=4) > POST


class Beating:
    """Begins each beat. ``address`` is where the relay's own intake listens."""

    def __init__(
        self, settings: CanarySettings, exchange: Exchange, heartbeat: Heartbeat, address: str
    ) -> None:
        self._url = f"{settings.through or address}/webhooks/{NAME}/{settings.secret}"
        self._exchange = exchange
        self._heartbeat = heartbeat

    async def read(self, target: Target, at: datetime) -> Readings | NoData:
        """Return how long the intake took to keep a beat, or why it did not."""
        del target
        body = json.dumps({NAME: at.isoformat()}).encode()
        headers = {"content-type": "application/json"}
        request = Request("POST", self._url, POST, headers, content=body)
        try:
            answer = await self._exchange.send(request)
        except ExchangeError as error:
            why = str(error)
        else:
            if answer.status == 200:
                self._heartbeat.told("intake", "well")
                return Readings(at, (Reading(NAME, answer.took.total_seconds()),))
            why = f"HTTP {answer.status}"
        self._heartbeat.told("intake", "failed")
        await self._heartbeat.fail()
        return NoData(at, text("canary.refused", why=why))
