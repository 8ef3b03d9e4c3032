"""The first turn of an incident that the same step opens: nobody else knows of it yet, so there is little to ask.

The rule: what is claimed here is the very claim that ``DeliveryWrites.claim`` would make, with two statements for eleven.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from relay.core.delivery import Delivery
from relay.core.model import Change
from relay.core.storm import Rate
from relay.core.telling import Turn
from relay.core.text import Text
from relay.store.deliveries import Claim
from relay.store.documents import maybe_moment, moment, read_reason, stamp
from relay.store.second_way import SecondWayQueries, SecondWayWrites


@dataclass(frozen=True, slots=True)
class Readiness:
    """From when a channel may send, at what rate it was told, since when and why it refuses, and whether more waits for it."""

    ready_at: datetime
    rate: Rate
    refusing_since: datetime | None
    refusal: Text | None
    has_others: bool


class FirstTurnQueries(SecondWayQueries):
    """Reads of a channel as a whole."""

    def readiness(self, channel: str, but: str) -> Readiness | None:
        """Return how ready a channel is; None where it is parked, or another instance is claiming on it.

        ``but`` is a delivery that does not count as one of the others that wait.
        """
        rows = self._database.rows(
            """select next_at, busy_until, refusing_since, reason, rate_at, rate_now, rate_before,
                   (select count(*) from (select 1 from deliveries where channel = %(name)s and state = 'pending'
                                          and id <> %(but)s limit 1) other) as others
               from channels where name = %(name)s and parked_at is null {skip}""",
            name=channel,
            but=but,
        )
        if not rows:
            return None
        (row,) = rows
        return Readiness(
            ready_at=moment(max(row["next_at"], row["busy_until"])),
            rate=Rate(moment(row["rate_at"]), row["rate_now"], row["rate_before"]),
            refusing_since=maybe_moment(row["refusing_since"]),
            refusal=read_reason(row["reason"]),
            has_others=bool(row["others"]),
        )


class FirstTurnWrites(SecondWayWrites, FirstTurnQueries):
    """Claims of first turns."""

    def claim_first(
        self, change: Change, delivery: Delivery, ready: Readiness, owner: str, until: datetime
    ) -> Claim:
        """Take the delivery of a change that this very step saved as its incident's first and only one."""
        self._database.queue(
            """update deliveries set lease_owner = %(owner)s, lease_until = %(until)s, token = token + 1
               where id = %(id)s""",
            id=delivery.id,
            owner=owner,
            until=stamp(until),
        )
        turn = Turn(
            delivery=delivery,
            incident=change.incident,
            moments=(change.moment,),
            told=False,
            refusing_since=ready.refusing_since,
            refusal=ready.refusal,
        )
        return Claim(turn=turn, token=1, until=until, attempt=1, folded=(), previous=None)
