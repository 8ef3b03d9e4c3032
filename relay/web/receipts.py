"""What became of one request: its events, and for each what was to be told of it, with every attempt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from relay.core.delivery import Delivery, DeliveryState
from relay.core.model import Incident, Receipt
from relay.store.deliveries import Attempt
from relay.store.events import Recorded
from relay.store.transactions import ReadTransaction


@dataclass(frozen=True, slots=True)
class Followed:
    """One delivery with its attempts, oldest first."""

    delivery: Delivery
    attempts: Sequence[Attempt]


@dataclass(frozen=True, slots=True)
class Became:
    """What became of one event: its incident, None where it changed none, and the deliveries of its change."""

    recorded: Recorded
    incident: Incident | None
    deliveries: tuple[Followed, ...]


@dataclass(frozen=True, slots=True)
class Journey:
    """A request from its arrival to what it was told as."""

    receipt: Receipt
    events: tuple[Became, ...]

    @property
    def states(self) -> list[tuple[DeliveryState, int]]:
        """How many of its deliveries stand where, in the order of their life."""
        found = [one.delivery.state for became in self.events for one in became.deliveries]
        return [(state, found.count(state)) for state in DeliveryState if state in found]


def journey(tx: ReadTransaction, receipt_id: str) -> Journey | None:
    """Return what became of a request, or None where there is none of that id."""
    receipt = tx.receipt(receipt_id)
    if receipt is None:
        return None
    return Journey(receipt, tuple(_became(tx, recorded) for recorded in tx.events_of_receipt(receipt_id)))


def _became(tx: ReadTransaction, recorded: Recorded) -> Became:
    if recorded.incident_id is None:
        return Became(recorded, None, ())
    found = tx.deliveries_of_event(recorded.incident_id, recorded.event.id)
    tried = tx.attempts(recorded.incident_id, found[0].sequence, found[0].sequence) if found else {}
    followed = tuple(Followed(one, tried.get(one.id, ())) for one in found)
    return Became(recorded, tx.incident(recorded.incident_id), followed)
