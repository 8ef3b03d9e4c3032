"""Whether it is our own network that is away: then nothing is known of any target, and nothing can be told.

The rule: it is ours when no target and no destination can be reached. Then reads are unknown and count for nothing, what is to
be told waits without using up its tries, and once it is over it is told once.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import structlog

from relay.core.detectors.absent import Silent
from relay.core.identity import digest
from relay.core.model import Event, NoData, Readings, Severity
from relay.core.text import Text, text
from relay.pipeline.setup import Setup
from relay.store.targets import Lease
from relay.store.transactions import Transaction

# How long an answer about the destinations holds, and how long one read keeps back what is to be told.
LOOK_EVERY = timedelta(seconds=10)
HOLD = timedelta(minutes=2)
# Why there was no connection, where nobody was there to refuse it.
_NOBODY = frozenset(f"nodata.why.{why}" for why in ("name", "silent", "route"))

log = structlog.get_logger("relay")


class Network:
    """What this process has seen of the network."""

    def __init__(self) -> None:
        self._lost: dict[str, bool] = {}
        self._looking = asyncio.Lock()
        self._looked_at: datetime | None = None
        self._held_until: datetime | None = None

    def is_away(self, at: datetime) -> bool:
        """Whether what is to be told waits."""
        return self._held_until is not None and at < self._held_until

    async def judged(
        self, target: str, result: Readings | NoData, setup: Setup, at: datetime
    ) -> Readings | NoData:
        """Return a read as it is, or as unknown where our own network is away."""
        self._lost[target] = isinstance(result, NoData) and _is_lost(result.reason)
        if not all(self._lost.get(name, True) for name in setup.targets):
            self._held_until = None
            return result
        if not self._lost[target] or setup.lookout is None or await self._sees(setup, at):
            return result
        return NoData(result.at, text("nodata.own_network"), own=True)

    async def _sees(self, setup: Setup, at: datetime) -> bool:
        async with self._looking:
            if setup.lookout is not None and (self._looked_at is None or at - self._looked_at >= LOOK_EVERY):
                self._looked_at = at
                sees = await setup.lookout.sees()
                if not sees and not self.is_away(at):
                    log.warning("neither a target nor a destination can be reached: it is our own network")
                self._held_until = None if sees else at + HOLD
            return not self.is_away(at)


def keep_unknown(tx: Transaction, lease: Lease, result: NoData) -> None:
    """Keep that a target could not be asked: neither a miss nor an end of one."""
    was = tx.last_poll(lease.target).silent
    if tx.keep_read(lease, Silent(was.misses, was.since or result.at, result.reason), result):
        tx.keep_away(lease.target, result.at)


def over(tx: Transaction, at: datetime) -> list[Event]:
    """Return the news that our network is back, once, with the first read that says so."""
    since = tx.end_away()
    if since is None:
        return []
    fingerprint = f"relay/network/{since.isoformat()}"
    return [
        Event(
            id=digest(fingerprint),
            fingerprint=fingerprint,
            severity=Severity.WARNING,
            kind="own-network",
            source="relay",
            target="relay",
            title=text("network.title"),
            summary=text("network.summary", since=f"{since:%Y-%m-%d %H:%M} UTC", span=at - since),
            occurred_at=at,
            received_at=at,
            momentary=True,
        )
    ]


def _is_lost(reason: Text) -> bool:
    why = dict(reason.args).get("why") if reason.key == "nodata.unreachable" else None
    return isinstance(why, Text) and why.key in _NOBODY
