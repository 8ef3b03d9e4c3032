"""The outbox at work: claim what is due, send with no transaction open, record what became of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from relay.core import storm, telling
from relay.core.delivery import (
    Delivery,
    DeliveryError,
    DeliveryState,
    Failure,
    RemoteRef,
    Sent,
    is_recovery,
    pause,
)
from relay.core.identity import dated
from relay.core.model import Change, Event, Notification, Severity
from relay.core.text import Text, text
from relay.pipeline.setup import Setup
from relay.pipeline.taking import Tellings, take_all
from relay.pipeline.waking import LOOK
from relay.store.deliveries import Attempt, Claim
from relay.store.transactions import Transaction

# The whole of one send, over all its calls; the lease outlives it.
DEADLINE = timedelta(seconds=10)
LEASE = timedelta(seconds=30)

# What the relay reports of itself comes from here.
OWN = "relay"


Claimed = tuple[Sequence[Claim], Mapping[str, datetime]]
# Nothing was claimed, and nothing learned of any channel.
NONE: Claimed = ((), {})


class Rest(Enum):
    """What a channel has left after an attempt: nothing, something for when its pace allows it, or who knows what."""

    NOTHING = 0
    PACED = 1
    UNKNOWN = 2


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one claim."""

    delivery: Delivery
    attempt: Attempt
    remote: RemoteRef | None = None
    error: DeliveryError | None = None


def claim_due(
    tx: Transaction, setup: Setup, busy: Collection[str], owner: str, at: datetime
) -> Sequence[Claim]:
    """Take the next delivery of each configured channel that is free, and keep each channel's pace."""
    claims: list[Claim] = []
    for name in tx.ready_channels(at):
        if name not in setup.channels or name in busy:
            continue
        claim = _claim(tx, setup, name, owner, at)
        if claim is not None:
            claims.append(claim)
    return claims


def claim_told(
    tx: Transaction,
    setup: Setup,
    channels: Collection[str],
    owner: str,
    at: datetime,
    first: Tellings = (),
) -> Claimed:
    """Take the next delivery of each of these channels that is free; return also from when each may be asked again.

    ``first`` is what this step opened, where that is all that it did.
    """
    begun = {delivery.channel: (change, delivery) for change, delivery in first}
    claims: list[Claim] = []
    later: dict[str, datetime] = {}
    for name in setup.channels.keys() & set(channels):
        if name in begun:
            claim, ready_at = _claim_first(tx, setup, *begun[name], owner, at)
        else:
            ready_at = tx.ready_at(name)
            is_free = ready_at is not None and ready_at <= at
            claim = _claim(tx, setup, name, owner, at) if is_free else None
        if claim is not None:
            claims.append(claim)
            ready_at = at + setup.channels[name].pace
        later[name] = at + LOOK if ready_at is None else ready_at
    return claims, later


def _claim_first(
    tx: Transaction, setup: Setup, change: Change, delivery: Delivery, owner: str, at: datetime
) -> tuple[Claim | None, datetime | None]:
    """Take what begins an incident, where nothing else waits for its channel; return also from when that may send."""
    name = delivery.channel
    ready = tx.readiness(name, delivery.id)
    if ready is None or ready.ready_at > at:
        return None, None if ready is None else ready.ready_at
    # With others it may be their turn, or a storm's; alone it is neither.
    if ready.has_others:
        return _claim(tx, setup, name, owner, at), ready.ready_at
    _keep(tx, setup, name, ready.rate.add(1, at), at)
    return tx.claim_first(change, delivery, ready, owner, at + LEASE), ready.ready_at


def _claim(tx: Transaction, setup: Setup, name: str, owner: str, at: datetime) -> Claim | None:
    """Take the next delivery of a channel; in a storm all that waits there, as one digest."""
    limit = _limit(setup, name)
    rate, waiting = tx.crowd(name, at, limit + 1)
    stormy = storm.is_storm(rate, waiting, limit, at)
    claim = tx.claim_digest(name, owner, at, LEASE, storm.MOST) if stormy else None
    claim = claim or tx.claim(name, owner, at, LEASE)
    if claim is None:
        return None
    _keep(tx, setup, name, rate.add(len(claim.digest) or 1, at), at)
    return claim


def _keep(tx: Transaction, setup: Setup, name: str, rate: storm.Rate, at: datetime) -> None:
    """Keep a channel for what was claimed, and for nobody before its pace allows it; in a storm it gathers longer."""
    tx.keep_rate(name, rate)
    pace = setup.channels[name].pace
    gathers = rate.a_minute(at) > _limit(setup, name)
    tx.pace(name, at + (max(pace, storm.GATHER) if gathers else pace), at + LEASE)


def _limit(setup: Setup, name: str) -> int:
    return setup.digest_above.get(name, storm.LIMIT)


def notification(claim: Claim, at: datetime, setup: Setup) -> Notification | None:
    """Return what to send for a claim, None for nothing."""
    turn = claim.turn
    if not claim.digest:
        return telling.compose(turn, at, setup.link(turn.incident.id))
    made = storm.compose(claim.digest, turn.delivery.id, at, setup.digest_link(turn.delivery.id))
    return replace(made, late=telling.late(turn, at), repeated=turn.delivery.uncertain)


def told(claim: Claim, outcome: Sent | DeliveryError | None, began: datetime, ended: datetime) -> Told:
    """Return what an attempt means for its delivery; None as outcome: a silence covered it all, nothing was sent."""
    delivery = claim.turn.delivery
    took = ended - began
    if outcome is None:
        dropped = replace(delivery, state=DeliveryState.DROPPED, reason=text("failure.silenced"))
        return Told(dropped, Attempt(began, DeliveryState.DROPPED.value, took))
    if isinstance(outcome, Sent):
        attempt = Attempt(began, DeliveryState.DELIVERED.value, took, status=outcome.status)
        # A digest is no incident's living message.
        return Told(delivery.delivered(), attempt, remote=None if claim.digest else outcome.remote)
    if claim.digest and outcome.failure is Failure.PERMANENT:
        # Of the digest, not of the change that it goes out as.
        outcome = DeliveryError(Failure.REFUSED, outcome.reason, status=outcome.status)
    attempt = Attempt(began, outcome.failure.value, took, outcome.status, outcome.retry_after, outcome.reason)
    return Told(delivery.failed(outcome, ended), attempt, error=outcome)


def record(tx: Transaction, claim: Claim, result: Told, setup: Setup, at: datetime) -> Rest:
    """Keep what became of a claim, and what it means for its channel; return what that has left."""
    channel = result.delivery.channel
    if not tx.record(claim, result.delivery, result.attempt, result.remote):
        # The lease was lost: the channel is another holder's now.
        return Rest.UNKNOWN
    error = result.error
    if claim.digest and error is not None:
        tx.free_digest(claim, error)
    elif error is not None and claim.folded and (error.failure is Failure.UNCERTAIN or claim.was_lost):
        tx.doubt(claim)
    if error is None:
        return _settle_success(tx, claim, result, setup, at)
    tx.settle_channel(channel, refused_at=at, reason=error.reason)
    # By either: news brings a delivery forward, but no sooner than its far end asked for.
    if error.failure is Failure.THROTTLED or error.retry_after is not None:
        tx.hold_channel(channel, at + pause(error))
    take_all(tx, list(_troubles(tx, claim, result, error, setup, at)), setup, at)
    return Rest.UNKNOWN


def _settle_success(tx: Transaction, claim: Claim, result: Told, setup: Setup, at: datetime) -> Rest:
    channel = result.delivery.channel
    if result.delivery.state is not DeliveryState.DELIVERED:
        tx.free_channel(channel)
        return Rest.UNKNOWN
    tx.settle_channel(channel, refused_at=None)
    if claim.turn.refusing_since is None:
        # As nearly always; what came meanwhile waits for the channel's pace.
        return Rest.PACED if tx.is_waited_for(channel) else Rest.NOTHING
    if is_recovery(claim.turn.refusing_since, at):
        tx.hurry(channel, at)
    # A parked channel that a redelivery tried again.
    if tx.open_incident(f"{OWN}/channel/{channel}"):
        take_all(tx, [back(channel, at)], setup, at)
    return Rest.UNKNOWN


def _troubles(
    tx: Transaction, claim: Claim, result: Told, error: DeliveryError, setup: Setup, at: datetime
) -> Iterator[Event]:
    """Yield what the relay has to report of itself after a failure."""
    channel = result.delivery.channel
    if error.failure is Failure.GONE:
        known = setup.channels.get(channel)
        if tx.park_channel(channel, error.reason, at, known.identity if known else None):
            yield parked(channel, error.reason, at)
    elif result.delivery.state is DeliveryState.GIVEN_UP and claim.turn.incident.source != OWN:
        yield _given_up(claim, error.reason, at)


def parked(channel: str, reason: Text, at: datetime) -> Event:
    """Return the event "this channel is parked", which is told on every other channel."""
    return _of_channel(channel, text("channel.parked.summary", channel=channel, why=reason), at)


def back(channel: str, at: datetime) -> Event:
    """Return the event "this channel takes messages again"."""
    return replace(
        _of_channel(channel, text("channel.back.summary", channel=channel), at),
        id=dated(at, OWN, channel, "back", at.isoformat()),
        severity=Severity.OK,
    )


def _of_channel(channel: str, summary: Text, at: datetime) -> Event:
    return _own(
        f"{OWN}/channel/{channel}",
        Severity.CRITICAL,
        "channel-parked",
        text("channel.parked.title", channel=channel),
        summary,
        channel,
        at,
    )


def _given_up(claim: Claim, reason: Text, at: datetime) -> Event:
    channel = claim.turn.delivery.channel
    event = _own(
        f"{OWN}/given-up/{claim.turn.delivery.id}",
        Severity.WARNING,
        "delivery-given-up",
        text("delivery.given_up.title", channel=channel),
        text("delivery.given_up.summary", title=claim.turn.incident.title, why=reason),
        channel,
        at,
    )
    return replace(event, momentary=True, facts=(("incident", claim.turn.incident.id),))


def _own(
    fingerprint: str, severity: Severity, kind: str, title: Text, summary: Text, channel: str, at: datetime
) -> Event:
    return Event(
        id=dated(at, fingerprint, severity.word, at.isoformat()),
        fingerprint=fingerprint,
        severity=severity,
        kind=kind,
        source=OWN,
        target=OWN,
        title=title,
        summary=summary,
        occurred_at=at,
        received_at=at,
        labels=(("failing_channel", channel),),
    )
