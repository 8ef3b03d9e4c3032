"""The heartbeat outside: asked when a beat arrived, and told at once of one that did not.

Its address is a secret; what goes wrong with it is logged and counted, and fails no delivery: the beat did arrive.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import structlog

from relay.canary.settings import CanarySettings
from relay.exchange import Exchange, ExchangeError, Request

DEADLINE = timedelta(seconds=4)
TRIES = 2

# What a step of the canary came to: the step, and how it went.
Told = Callable[[str, str], None]

log = structlog.get_logger("relay.canary")


class Heartbeat:
    """Asks one address."""

    def __init__(self, settings: CanarySettings, exchange: Exchange, told: Told) -> None:
        self._settings = settings
        self._exchange = exchange
        self.told = told

    async def ping(self) -> None:
        """Say that a beat arrived."""
        await self._ask("", "ping")

    async def fail(self) -> None:
        """Say that a beat was lost, where the far end takes that; else silence says it."""
        if self._settings.fails:
            await self._ask("/fail", "fail")

    async def _ask(self, ending: str, step: str) -> None:
        start, mark, query = self._settings.heartbeat.get_secret_value().partition("?")
        request = Request("GET", f"{start.rstrip('/')}{ending}{mark}{query}", DEADLINE, {}, partial=True)
        why = ""
        for _ in range(TRIES):
            try:
                answer = await self._exchange.send(request)
            except ExchangeError as error:
                why = str(error)
                continue
            why = "" if 200 <= answer.status < 300 else f"HTTP {answer.status}"
            if not why:
                break
        if why:
            log.warning("the heartbeat was not told", step=step, reason=why)
        self.told(step, "failed" if why else "well")
