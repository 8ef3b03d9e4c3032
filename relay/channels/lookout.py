"""Whether any destination can be reached at all, without telling it anything."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from urllib.parse import urlsplit

from relay.exchange import Exchange, ExchangeError, Obstacle, Request, Trouble

PATIENCE = timedelta(seconds=4)
# Nobody was there to answer; by anything else somebody was.
_NOBODY = frozenset({Obstacle.NAME, Obstacle.SILENT, Obstacle.ROUTE})


def origin(address: str) -> str:
    """Return where an address leads, without its path, which may be a secret.

    >>> origin("https://hooks.slack.com/services/T/B/secret")
    'https://hooks.slack.com/'
    """
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}/"


class Lookout:
    """Asks each destination's host for nothing."""

    def __init__(self, exchange: Exchange, origins: Iterable[str]) -> None:
        self._exchange = exchange
        self._origins = sorted(set(origins))

    async def sees(self) -> bool:
        """Return whether any of them answers, whatever it says."""
        return any(await asyncio.gather(*map(self._answers, self._origins)))

    async def _answers(self, address: str) -> bool:
        try:
            await self._exchange.send(Request("HEAD", address, PATIENCE, {}, partial=True))
        except ExchangeError as error:
            lost = error.trouble is Trouble.UNREACHABLE and (error.obstacle or Obstacle.ROUTE) in _NOBODY
            return not lost and error.trouble is not Trouble.TIMEOUT
        return True
