"""An incident's story as one list in the order of time: what came in, what changed, and every delivery and attempt.

The rule: a page reads a bounded part of it, the newest ``WINDOW`` changes, and offers the part before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import ClassVar

from relay.core.delivery import Delivery, DeliveryState
from relay.core.model import Incident, Moment
from relay.store.deliveries import Attempt
from relay.store.events import Recorded
from relay.store.transactions import ReadTransaction

WINDOW = 100
MOST_EVENTS = 300
MOST_ATTEMPTS = 600


@dataclass(frozen=True, slots=True)
class Came:
    """An event came in."""

    kind: ClassVar = "came"
    at: datetime
    recorded: Recorded


@dataclass(frozen=True, slots=True)
class Changed:
    """The incident changed."""

    kind: ClassVar = "changed"
    at: datetime
    moment: Moment


@dataclass(frozen=True, slots=True)
class Queued:
    """A change was put in the outbox; the deliveries show how they stand now."""

    kind: ClassVar = "queued"
    at: datetime
    sequence: int
    deliveries: tuple[Delivery, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """One attempt was made to tell it."""

    kind: ClassVar = "tried"
    at: datetime
    delivery: Delivery
    attempt: Attempt


Entry = Came | Changed | Queued | Tried
_ORDER = {Came.kind: 0, Changed.kind: 1, Queued.kind: 2, Tried.kind: 3}


@dataclass(frozen=True, slots=True)
class Timeline:
    """A part of a story. ``before`` is the number to ask for the part before it, None where this is the first."""

    entries: tuple[Entry, ...]
    before: int | None
    is_newest: bool
    is_cut: bool

    @property
    def days(self) -> list[tuple[str, list[Entry]]]:
        """The entries by the day on which they happened."""
        by_day = groupby(self.entries, key=lambda entry: entry.at.date().isoformat())
        return [(day, list(entries)) for day, entries in by_day]

    @property
    def receipts(self) -> list[str]:
        """The ids of the requests that brought these events, newest first, each once."""
        came = [entry.recorded.receipt_id for entry in reversed(self.entries) if isinstance(entry, Came)]
        return list(dict.fromkeys(receipt for receipt in came if receipt is not None))


def timeline(tx: ReadTransaction, incident: Incident, before: int | None = None) -> Timeline:
    """Return the part of an incident's story that ends just before its change number ``before``."""
    last = incident.sequence if before is None else min(before - 1, incident.sequence)
    first = max(1, last - WINDOW + 1)
    moments = tx.moments(incident.id, first, last)
    events = tx.events_of_incident(
        incident.id,
        MOST_EVENTS,
        since=moments[0].at if first > 1 and moments else None,
        until=_begin(tx, incident, last + 1),
    )
    deliveries = tx.deliveries(incident.id, first, last)
    attempts = tx.attempts(incident.id, first, last, MOST_ATTEMPTS)
    tried = sum(map(len, attempts.values()))
    return Timeline(
        entries=tuple(_ordered(events, moments, deliveries, attempts)),
        before=first if first > 1 else None,
        is_newest=last == incident.sequence,
        is_cut=len(events) >= MOST_EVENTS or tried >= MOST_ATTEMPTS,
    )


def by_channel(deliveries: Sequence[Delivery]) -> dict[str, Delivery]:
    """Return for each channel the delivery that says how it stands: one that is not done, else the newest."""
    found: dict[str, Delivery] = {}
    for delivery in deliveries:
        known = found.get(delivery.channel)
        if known is None or known.state not in (DeliveryState.PENDING, DeliveryState.PARKED):
            found[delivery.channel] = delivery
    return dict(sorted(found.items()))


def _begin(tx: ReadTransaction, incident: Incident, sequence: int) -> datetime | None:
    later = tx.moments(incident.id, sequence, sequence) if sequence <= incident.sequence else ()
    return later[0].at if later else None


def _ordered(
    events: Sequence[Recorded],
    moments: Sequence[Moment],
    deliveries: Sequence[Delivery],
    attempts: Mapping[str, Sequence[Attempt]],
) -> list[Entry]:
    entries: list[Entry] = [Came(recorded.event.received_at, recorded) for recorded in events]
    entries += [Changed(moment.at, moment) for moment in moments]
    entries += _queued(deliveries)
    entries += [
        Tried(attempt.at, delivery, attempt)
        for delivery in deliveries
        for attempt in attempts.get(delivery.id, ())
    ]
    return sorted(entries, key=lambda entry: (entry.at, _ORDER[entry.kind]))


def _queued(deliveries: Sequence[Delivery]) -> Iterator[Queued]:
    for (sequence, at), together in groupby(
        deliveries, key=lambda delivery: (delivery.sequence, delivery.created_at)
    ):
        yield Queued(at, sequence, tuple(together))
