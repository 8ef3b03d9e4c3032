"""Queries on the ledger of deliveries: what is not told yet, what a digest told, and dead letters tried again.

The rule: nothing leaves the ledger here. A dead letter that is tried again keeps its id and its attempts.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from relay.core.delivery import Delivery, DeliveryState
from relay.core.model import Incident
from relay.store import Row
from relay.store.deliveries import DeliveryQueries, DeliveryWrites, delivery_of
from relay.store.documents import read_incident, stamp

UNTOLD = (DeliveryState.PENDING, DeliveryState.PARKED, DeliveryState.GIVEN_UP)

_PARKED_CHANNELS = "(select name from channels where parked_at is not null)"
# Each by the partial index that holds it. What waits for a parked channel waits for an operator.
_WHERE = {
    DeliveryState.PENDING: (f"d.state = 'pending' and d.channel not in {_PARKED_CHANNELS}",),
    DeliveryState.PARKED: (
        "d.state in ('parked', 'given up') and d.state = 'parked'",
        f"d.state = 'pending' and d.channel in {_PARKED_CHANNELS}",
    ),
    DeliveryState.GIVEN_UP: ("d.state in ('parked', 'given up') and d.state = 'given up'",),
}
_DIGEST = ("d.told_with <> '' and d.told_with = %(told_with)s", "d.id = %(told_with)s")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deliveries a reader asks for: in these states, on a channel, or all that one digest told."""

    states: tuple[DeliveryState, ...] = UNTOLD
    channel: str = ""
    told_with: str = ""


@dataclass(frozen=True, slots=True)
class LedgerPlace:
    """A place in the list, newest first: just after this delivery."""

    created_at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A delivery with the incident that it tells of, and how often it was tried."""

    delivery: Delivery
    incident: Incident
    attempts: int

    @property
    def place(self) -> LedgerPlace:
        """Where it stands in the list."""
        return LedgerPlace(self.delivery.created_at, self.delivery.id)


class LedgerQueries(DeliveryQueries):
    """Reads of the ledger."""

    def letters(self, which: Wanted, after: LedgerPlace | None = None, limit: int = 50) -> Sequence[Letter]:
        """Return deliveries, the newest first, at most ``limit``, beginning after a place."""
        parts = _DIGEST if which.told_with else [part for state in which.states for part in _WHERE[state]]
        found = [row for part in parts for row in self._letters(part, which, after, limit)]
        found.sort(key=lambda row: (row["created_at"], row["id"]), reverse=True)
        return [_letter(row) for row in found[:limit]]

    def _letters(self, part: str, which: Wanted, after: LedgerPlace | None, limit: int) -> Sequence[Row]:
        conditions, values = [part], {"told_with": which.told_with, "limit": limit}
        if which.channel:
            conditions.append("d.channel = %(channel)s")
            values["channel"] = which.channel
        if after is not None:
            conditions.append("(d.created_at, d.id) < (%(after_at)s, %(after_id)s)")
            values |= {"after_at": stamp(after.created_at), "after_id": after.id}
        where = " and ".join(conditions)
        return self._database.rows(
            # Only fixed conditions are joined here; every value is a parameter.
            f"""select d.*, i.document from deliveries d join incidents i on i.id = d.incident_id
                where {where} order by d.created_at desc, d.id desc limit %(limit)s""",  # noqa: S608
            **values,
        )


class LedgerWrites(DeliveryWrites, LedgerQueries):
    """Changes of the ledger."""

    def redeliver(self, ids: Collection[str], at: datetime) -> int:
        """Try deliveries again now: parked ones, given-up ones, and those that wait for their next try; return how many.

        Asked twice it does nothing more: what is told, due or being sent stays as it is. A parked channel is tried again.
        """
        number = 0
        for delivery_id in sorted(set(ids)):
            number += self._database.run(
                """update deliveries set due_at = %(at)s,
                       failures = case when state = 'pending' then failures else 0 end,
                       held = case when state = 'pending' then held else 'redelivery' end, state = 'pending'
                   where id = %(id)s and (state = 'parked' or state = 'given up'
                       or (state = 'pending' and attempts > 0 and due_at > %(at)s and lease_until <= %(at)s)
                       or (state = 'pending' and channel in (select name from channels where parked_at is not null)))""",
                id=delivery_id,
                at=stamp(at),
            )
            self._database.run(
                """update channels set parked_at = null, next_at = 0
                   where parked_at is not null and identity <> ''
                   and name in (select channel from deliveries where id = %(id)s and state = 'pending')""",
                id=delivery_id,
            )
        return number


def _letter(row: Row) -> Letter:
    return Letter(delivery_of(row), read_incident(row["document"]), row["attempts"])
