"""The canary as a source: a read posts a beat to the relay's own intake, over the network, as a sender does."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from time import monotonic

from relay.canary.heartbeat import Heartbeat
from relay.canary.settings import CanarySettings
from relay.core.canary import DEADLINE, NAME
from relay.core.model import NoData, Reading, Readings
from relay.core.targets import Target
from relay.core.text import text
from relay.exchange import Exchange, ExchangeError, Obstacle, Request

# Shorter than the read as a whole, in which the heartbeat may be told.
POST = DEADLINE / 2
PAUSE = 0.2
assert DEADLINE - timedelta(seconds=4) > POST


class _Refused(Exception):
    """A beat that was not kept, and why."""


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
        try:
            took = await self._posted(json.dumps({NAME: at.isoformat()}).encode())
        except _Refused as refused:
            self._heartbeat.told("intake", "failed")
            await self._heartbeat.fail()
            return NoData(at, text("canary.refused", why=str(refused)))
        self._heartbeat.told("intake", "well")
        return Readings(at, (Reading(NAME, took.total_seconds()),))

    async def _posted(self, body: bytes) -> timedelta:
        until = monotonic() + POST.total_seconds()
        while True:
            left = timedelta(seconds=until - monotonic())
            request = Request("POST", self._url, left, {"content-type": "application/json"}, content=body)
            try:
                answer = await self._exchange.send(request)
            except ExchangeError as error:
                # At the start the first beat is there before the socket listens: that is no failure to be told.
                if error.obstacle is not Obstacle.REFUSED or monotonic() + PAUSE > until:
                    raise _Refused(str(error)) from None
                await asyncio.sleep(PAUSE)
                continue
            if answer.status != 200:
                raise _Refused(f"HTTP {answer.status}")
            # Anybody may answer 200; only the relay's intake names a receipt.
            if b'"receipt"' not in answer.body:
                raise _Refused("something else answers there")
            return answer.took
