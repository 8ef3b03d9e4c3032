"""The road that every event takes, within one transaction: seen before? → apply → save → plan → enqueue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from relay.core import deployments, fallback, incidents, routing
from relay.core.delivery import Delivery
from relay.core.identity import dated, derived
from relay.core.incidents import Past, Reason
from relay.core.model import Change, ChangeKind, Event, Receipt, Severity
from relay.pipeline import crowding, preceding
from relay.pipeline.setup import Setup
from relay.store.transactions import Transaction

# Changes with the deliveries that tell them.
Tellings = tuple[tuple[Change, Delivery], ...]
NOBODY: frozenset[str] = frozenset()
NOTHING: Tellings = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a request or a poll: for each event its source and outcome, and the channels that may be told now.

    ``first`` is, where all that changed is one incident that begins, that change with its deliveries that nothing holds.
    ``receipt_id`` is the request under which all of it is found.
    """

    outcomes: tuple[tuple[str, str], ...]
    told: frozenset[str] = NOBODY
    first: Tellings = NOTHING
    receipt_id: str = ""

    def __add__(self, other: Taken) -> Taken:
        return Taken(self.outcomes + other.outcomes, self.told | other.told)

    @property
    def is_repeat(self) -> bool:
        """Whether every event of it had been seen before."""
        return bool(self.outcomes) and all(outcome == Reason.SEEN for _, outcome in self.outcomes)


def take_request(
    tx: Transaction, receipt: Receipt, events: Sequence[Event], setup: Setup, at: datetime
) -> Taken:
    """Keep a request and take its events; what only repeats what came before is a part of that request."""
    taken = take_all(tx, events, setup, at, receipt.id)
    if taken.is_repeat:
        first = tx.receipt_of([id for event in events for id in (event.id, *event.repeats)])
        if first is not None:
            return replace(taken, receipt_id=first)
        # It repeats what a poll found: one request for all its repetitions.
        receipt = replace(
            receipt, id=derived(events[0].id, receipt.intake, *(event.id for event in events[1:]))
        )
        taken = replace(taken, receipt_id=receipt.id)
    tx.add_receipt(receipt)
    return taken


def take_all(
    tx: Transaction, events: Sequence[Event], setup: Setup, at: datetime, receipt_id: str | None = None
) -> Taken:
    """Take events in the order in which they were known to be so."""
    ordered = sorted(events, key=lambda event: event.known_at)
    with tx.foreseeing(ordered):
        results = [
            (event.source, *_take(tx, event, setup, at, receipt_id))
            for reported in ordered
            for event in crowding.gathered(tx, reported)
        ]
    tellings = [telling for _, _, tellings in results for telling in tellings]
    return Taken(
        tuple((source, outcome) for source, outcome, _ in results),
        frozenset(delivery.channel for _, delivery in tellings),
        tuple(tellings) if len(results) == 1 and tellings and tellings[0][0].sequence == 1 else NOTHING,
        receipt_id or "",
    )


def _take(
    tx: Transaction, event: Event, setup: Setup, at: datetime, receipt_id: str | None
) -> tuple[str, Tellings]:
    seen, past = tx.known(event)
    if seen:
        renewed = _renewed(tx, event, past)
        if renewed is None or tx.has_event(renewed.id):
            return Reason.SEEN, NOTHING
        event = renewed
    deployment = deployments.of(event)
    if deployment is not None:
        tx.keep_deployment(deployment)
        if deployment.ended_at is not None and event.received_at - event.known_at > deployments.LATE:
            tx.keep_verdict(deployment, at, {})
    decided = incidents.apply(past, event, setup.policy)
    if isinstance(decided, Reason):
        belongs_to = past.incident.id if past.incident is not None and past.incident.is_open else None
        tx.keep_event(event, receipt_id, decided.value, belongs_to)
        return decided.value, NOTHING
    decided = preceding.named(tx, decided, setup)
    tx.keep_event(event, receipt_id, decided.kind.value, decided.incident.id)
    return decided.kind.value, _save(tx, decided, setup, at)


def _save(tx: Transaction, change: Change, setup: Setup, at: datetime) -> Tellings:
    deliveries = routing.plan(change, setup.routes, setup.silences, at, setup.channels.keys())
    if setup.fallbacks and change.kind is ChangeKind.RESOLVED:
        deliveries += fallback.follow(change, deliveries, tx.stood_in(change.incident.id), at)
    tx.save_change(change, routing.untold(change, deliveries))
    tx.enqueue(deliveries)
    # What is held is found when it is due.
    return tuple((change, delivery) for delivery in deliveries if delivery.due_at <= at)


def _renewed(tx: Transaction, event: Event, past: Past) -> Event | None:
    """Return a repeat that is news again, None where it only says what is known.

    A sender that repeats a firing state puts off its end; if the relay took it as over meanwhile, it begins anew.
    """
    if event.ends_at is None or event.severity <= Severity.INFO or event.ends_at <= event.received_at:
        return None
    incident = past.incident
    if incident is None or not incident.is_open:
        return replace(
            event, id=dated(event.received_at, event.id, event.received_at.isoformat()), repeats=()
        )
    if incident.ends_at is not None and incident.ends_at < event.ends_at:
        tx.prolong(replace(incident, ends_at=event.ends_at), event.ends_at)
    return None
