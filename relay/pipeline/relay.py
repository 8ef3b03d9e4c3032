"""The relay itself: reads the clock once an operation, gives steps to the writer, and drives sources and channels."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from time import perf_counter
from typing import Any

import structlog

from relay.core import canary, engine, restarts
from relay.core.delivery import DeliveryError, DeliveryState, Failure, Sent
from relay.core.identity import dated
from relay.core.model import Event, Incident, NoData, Readings, Receipt, Series, Severity
from relay.core.rollups import begin
from relay.core.rules import Rule
from relay.core.targets import Target
from relay.core.text import text
from relay.pipeline import following, history, sharing
from relay.pipeline.delivering import (
    DEADLINE,
    NONE,
    Claimed,
    Rest,
    Told,
    back,
    claim_due,
    claim_told,
    notification,
    record,
    told,
)
from relay.pipeline.diverting import divert
from relay.pipeline.indexing import Indexing
from relay.pipeline.meter import Meter
from relay.pipeline.network import Network
from relay.pipeline.patience import Patience
from relay.pipeline.polling import keep_poll
from relay.pipeline.rolling import Rolling
from relay.pipeline.setup import Polled, Setup
from relay.pipeline.showing import Illustrator, illustrated
from relay.pipeline.taking import Taken, take_all, take_request
from relay.pipeline.waking import Waking
from relay.store import StoreUnavailable, touching
from relay.store.deliveries import Claim
from relay.store.targets import Lease
from relay.store.transactions import Transaction
from relay.store.writer import Writer

log = structlog.get_logger("relay")
_lines = logging.getLogger("relay")

# How many targets one tick takes, and how long one may be kept.
TARGETS_A_TICK = 200
# After a start, senders that repeat themselves get this long before their silence counts as an end.
GRACE = timedelta(minutes=5)
# For so long a message that was sent, and could not be recorded, is remembered here, and its channel kept.
RECORD_AGAIN = timedelta(seconds=0.5)
RECORD_TRIES = 600
SAMPLES_AT_ONCE = 5_000
# How long a sender waits for the store: a disk or a server that hangs must not hang the senders too.
PATIENCE = timedelta(seconds=10)
INCIDENTS_AT_ONCE = 200
# Signs of life are looked at when one is missing, and never later.
BEATS_FOR = timedelta(days=1)


class Relay:
    """The pipeline of one process."""

    def __init__(
        self,
        writer: Writer,
        setup: Setup,
        *,
        now: Callable[[], datetime],
        owner: str,
        meter: Meter | None = None,
    ) -> None:
        self.setup = setup
        self.now = now
        self.meter = meter or Meter()
        self.waking = Waking()
        self.outbox_changed = self.waking.changed
        # Set while this process delivers: what may be told at once is then claimed with what it tells of.
        self.deliver_at_once: Callable[[Claim], None] | None = None
        # Makes the charts that go with messages, where there is one.
        self.illustrator: Illustrator | None = None
        # When the outbox has work again, as of the last claim; None while nothing is pending, or nobody knows.
        self.next_due_at: datetime | None = None
        self._writer = writer
        self._owner = owner
        self._started_at = now()
        self._states: dict[tuple[str, Series], Any] = {}
        self._patience = Patience(PATIENCE)
        self._network = Network()
        self._rolling = Rolling()
        self._indexing = Indexing()
        # Until when rollups were dropped, by their width: once in a piece of time is often enough.
        self._forgotten: dict[timedelta, datetime] = {}

    @property
    def is_pressed(self) -> bool:
        """Whether more comes in than the store keeps up with."""
        return self._writer.is_pressed

    @property
    def longest_wait(self) -> float:
        """For how many seconds the first of the requests that wait for the store does so by now."""
        return self._patience.longest

    async def start(self) -> None:
        """Take note of the configured channels and targets; take parked channels up whose settings changed."""
        await self._writer.run(partial(_know, setup=self.setup, at=self.now()))
        self.outbox_changed.set()

    async def swap(self, setup: Setup) -> None:
        """Go on with another configuration."""
        await self._writer.run(partial(_know, setup=setup, at=self.now()))
        self._states = {key: state for key, state in self._states.items() if _same(self.setup, setup, *key)}
        self.setup = setup
        self.waking.forget()
        self.outbox_changed.set()

    async def receive(self, receipt: Receipt, events: Sequence[Event]) -> Taken:
        """Keep a request and take its events; return once that is durable, or raise ``StoreUnavailable``."""
        at, setup, send = max(self.now(), receipt.received_at), self.setup, self.deliver_at_once

        def step(tx: Transaction) -> tuple[Taken, Claimed]:
            taken = take_request(tx, receipt, events, setup, at)
            free = self.waking.free(taken.told, at) if send and not self._network.is_away(at) else ()
            claimed = claim_told(tx, setup, free, self._owner, at, taken.first) if free else NONE
            if setup.announces and len(taken.told) > len(claimed[0]):
                tx.announce()
            return taken, claimed

        try:
            touched = touching.request(receipt.id, restarts.fingerprints(events))
            taken, (claims, ready_at) = await self._patience.wait(self._writer.run(step, touched, events))
        except TimeoutError as cause:
            # It may still be done; sent again, it was seen before.
            raise StoreUnavailable("the store does not answer") from cause
        self.meter.request(receipt.intake).inc()
        self.waking.learn(ready_at)
        for claim in claims:
            self.waking.sending.add(claim.turn.delivery.channel)
            if send is not None:
                send(claim)
        self._noticed(taken, at)
        return taken

    async def claim_targets(self) -> Sequence[Lease]:
        """Take the targets that are due."""
        at = self.now()
        every = {name: polled.target.every for name, polled in self.setup.targets.items()}
        longest = max(
            (polled.target.deadline for polled in self.setup.targets.values()), default=timedelta(0)
        )
        lease = longest + timedelta(seconds=20)
        return await self._writer.run(
            lambda tx: tx.claim_targets(every, self._owner, at, lease, TARGETS_A_TICK), touching.NOTHING
        )

    async def poll(self, lease: Lease) -> None:
        """Read one target and keep what it brought."""
        polled = self.setup.targets.get(lease.target)
        if polled is None:
            return
        setup = self.setup
        await self._remember(polled.target, setup)
        read = await self._read(polled)
        result = await self._network.judged(lease.target, read, setup, self.now())
        try:
            polling = await self._writer.run(
                lambda tx: keep_poll(tx, lease, polled.target, result, setup, self._states),
                sharing.touched(lease.target, result),
            )
        except BaseException:
            # States that are changed in place may have seen what is not kept.
            self._states = {
                key: state for key, state in self._states.items() if key[1].target != lease.target
            }
            raise
        if setup is self.setup:
            self._states.update(polling.states)
        self._noticed(polling.taken, self.now())

    async def claim_deliveries(self) -> Sequence[Claim]:
        """Take the deliveries whose turn it is, one a free channel."""
        at = self.now()
        busy = frozenset(self.waking.sending)
        self.next_due_at = None
        if self._network.is_away(at):
            return []
        claims, times = await self._writer.run(
            lambda tx: (claim_due(tx, self.setup, busy, self._owner, at), tx.due_times()),
            touching.NOTHING,
        )
        self.next_due_at = min(
            (at for name, at in times.items() if name in self.setup.channels), default=None
        )
        for claim in claims:
            channel = claim.turn.delivery.channel
            self.waking.learn({channel: at + self.setup.channels[channel].pace})
            self.waking.sending.add(channel)
        return claims

    async def deliver(self, claim: Claim) -> None:
        """Send one claimed delivery and record what became of it."""
        channel = claim.turn.delivery.channel
        rest = Rest.UNKNOWN
        try:
            result = await self._tell(claim)
            at = self.now()
            rest = await self._recorded(claim, result, at)
            self._counted(claim, result, at)
        except StoreUnavailable as unavailable:
            # The lease runs out and the message is sent again, marked as a possible repeat by its number.
            log.error(
                "an attempt could not be recorded", delivery=claim.turn.delivery.id, reason=str(unavailable)
            )
        finally:
            self.waking.sending.discard(channel)
            if rest is Rest.UNKNOWN:
                self.outbox_changed.set()
            elif rest is Rest.PACED:
                self.waking.told([channel], self.now())

    async def _recorded(self, claim: Claim, result: Told, at: datetime) -> Rest:
        """Record what became of a claim; return what its channel has left.

        A store that is away for a while is asked again: what is forgotten here is sent once more.
        """
        touched = touching.delivery(claim.turn.delivery.channel, claim.turn.incident.fingerprint)
        for _ in range(RECORD_TRIES):
            with suppress(StoreUnavailable):
                return await self._writer.run(lambda tx: record(tx, claim, result, self.setup, at), touched)
            await asyncio.sleep(RECORD_AGAIN.total_seconds())
        return await self._writer.run(lambda tx: record(tx, claim, result, self.setup, at), touched)

    async def deliver_due(self) -> int:
        """Send everything whose turn it is, once; return how many were sent or tried."""
        claims = await self.claim_deliveries()
        await asyncio.gather(*(self.deliver(claim) for claim in claims))
        return len(claims)

    async def sweep(self) -> None:
        """End what ends by the clock, and tell on fallbacks what their channels leave untold."""
        at = self.now()
        if self.setup.fallbacks:
            setup = self.setup
            if await self._writer.run(lambda tx: divert(tx, setup, at), touching.channels(setup.fallbacks)):
                self.outbox_changed.set()
        if at - self._started_at >= GRACE:
            self._noticed(await self._writer.run(lambda tx: _end(tx, self.setup, at)), at)
        if self.setup.following.verdict_after:
            self._noticed(await self._writer.run(lambda tx: following.judge(tx, self.setup, at)), at)

    async def index(self) -> None:
        """Index for text search what changed since."""
        await self._indexing.fill(self._writer, self.now())

    async def forget(self) -> None:
        """Roll samples up, and drop what is older than the operator keeps, in pieces so small that intake goes first."""
        at, setup = self.now(), self.setup
        if await self._rolling.roll(self._writer, at):
            await self._forget_measured(at, setup)
        await self._writer.run(
            lambda tx: tx.forget_misses(at - setup.keep_samples, SAMPLES_AT_ONCE), touching.RETENTION
        )
        if canary.NAME in setup.targets:
            await self._writer.run(
                lambda tx: tx.forget_beats(at - BEATS_FOR, INCIDENTS_AT_ONCE), touching.RETENTION
            )
        dropped = await self._writer.run(
            lambda tx: tx.forget_incidents(at - setup.keep_history, INCIDENTS_AT_ONCE), touching.RETENTION
        )
        events, requests = await self._writer.run(
            lambda tx: tx.forget_receipts(at - setup.keep_history, INCIDENTS_AT_ONCE), touching.RETENTION
        )
        await self._writer.run(
            lambda tx: tx.forget_deployments(at - setup.keep_history, INCIDENTS_AT_ONCE), touching.RETENTION
        )
        if dropped or events or requests:
            log.info(
                "retention",
                incidents=dropped,
                events=events,
                requests=requests,
                older_than=str(setup.keep_history),
            )

    async def _forget_measured(self, at: datetime, setup: Setup) -> None:
        """Drop old samples, which are rolled up, and old rollups."""
        await self._writer.run(
            lambda tx: tx.forget_samples(at - setup.keep_samples, SAMPLES_AT_ONCE), touching.RETENTION
        )
        for width, span in setup.keep_rollups.items():
            before = begin(at - span, width)
            if self._forgotten.get(width) != before:
                step = partial(_forget_rollups, width=width, before=before)
                if await self._writer.run(step, touching.ROLLUPS) < SAMPLES_AT_ONCE:
                    self._forgotten[width] = before

    async def unpark(self, channel: str) -> bool:
        """Take a parked channel up again; return whether it was parked."""
        at = self.now()
        unparked = await self._writer.run(lambda tx: unpark(tx, channel, self.setup, at))
        self.outbox_changed.set()
        return unparked

    async def redeliver(self, ids: Collection[str]) -> int:
        """Try deliveries again that are parked, given up or wait for their next try; return how many."""
        at = self.now()
        number = await self._writer.run(lambda tx: _redelivered(tx, ids, self.setup, at))
        log.info("redelivery", asked=len(ids), tried_again=number)
        self.outbox_changed.set()
        return number

    async def _remember(self, target: Target, setup: Setup) -> None:
        """Rebuild what needs a long history before the step that needs it: in pieces, so that intake goes first."""
        for rule in setup.remembering:
            for metric in target.metrics:
                series = Series(target.name, metric.name)
                if rule.judges(series) and (rule.name, series) not in self._states:
                    self._states[rule.name, series] = await self._rebuilt(rule, series)

    async def _rebuilt(self, rule: Rule, series: Series) -> Any:
        at = self.now()
        incident = await self._writer.run(
            lambda tx: tx.open_incident(rule.fingerprint(series)), touching.NOTHING
        )
        state = rule.detector.start(incident.severity if incident is not None else Severity.OK)
        since: datetime | None = at - rule.detector.memory
        while since is not None:
            piece, since = await self._writer.run(
                partial(history.some, rule=rule, series=series, since=since, until=at), touching.NOTHING
            )
            state = await asyncio.to_thread(engine.fold, rule, state, piece)
        return state

    async def _read(self, polled: Polled) -> Readings | NoData:
        at = self.now()
        target = polled.target
        began = perf_counter()
        try:
            # A source bounds itself; this bound holds even where it has a bug.
            async with asyncio.timeout(target.deadline.total_seconds() + 5):
                result = await polled.source.read(target, at)
        except Exception as fault:
            log.exception("a poll failed", target=target.name)
            result = NoData(at, text("nodata.fault", why=type(fault).__name__))
        outcome = "read" if isinstance(result, Readings) else "no data"
        self.meter.polls.count(target.name, outcome, perf_counter() - began)
        return result

    async def _tell(self, claim: Claim) -> Told:
        began = self.now()
        outcome: Sent | DeliveryError
        try:
            message = notification(claim, began, self.setup)
            if message is None:
                return told(claim, None, began, began)
            name = claim.turn.delivery.channel
            message = await illustrated(message, name, self.setup, self.illustrator, self.meter)
            # The lease is checked again right before sending: whoever woke late must not send.
            if self.now() + DEADLINE > claim.until:
                raise DeliveryError(Failure.REFUSED, text("failure.lease"))
            channel = self.setup.channels[name]
            async with asyncio.timeout(DEADLINE.total_seconds() + 1):
                outcome = await channel.send(message, claim.previous, DEADLINE)
            if outcome.unseen:
                self.meter.pictures.labels(name, "refused").inc()
        except DeliveryError as error:
            outcome = error
        except TimeoutError:
            # The channel did not keep to its deadline: whatever it sent by then may have arrived.
            outcome = DeliveryError(Failure.UNCERTAIN, text("failure.no_answer"))
        except Exception as fault:
            log.exception("a delivery failed", delivery=claim.turn.delivery.id)
            outcome = DeliveryError(Failure.UNCERTAIN, text("failure.fault", why=type(fault).__name__))
        return told(claim, outcome, began, self.now())

    def _noticed(self, taken: Taken, at: datetime) -> None:
        for (source, outcome), number in Counter(taken.outcomes).items():
            self.meter.event(source, outcome).inc(number)
            # To find out that nothing is written costs more than to count.
            if _lines.isEnabledFor(logging.INFO):
                log.info("event", source=source, outcome=outcome, number=number)
        self.waking.told(taken.told, at)

    def _counted(self, claim: Claim, result: Told, at: datetime) -> None:
        channel = result.delivery.channel
        self.meter.attempts.labels(channel, result.attempt.outcome).inc()
        if result.delivery.state is DeliveryState.DELIVERED:
            since = (at - claim.turn.delivery.created_at).total_seconds()
            self.meter.delivery_seconds.labels(channel).observe(max(0.0, since))
        logged = log.info if result.error is None else log.warning
        logged(
            "delivery",
            delivery=result.delivery.id,
            incident=claim.turn.incident.id,
            channel=channel,
            outcome=result.attempt.outcome,
            state=result.delivery.state.value,
            status=result.attempt.status,
            reason="" if result.error is None else str(result.error),
        )


def _same(before: Setup, after: Setup, name: str, series: Series) -> bool:
    """Whether a rule judges a series as it did, so that its state goes on."""
    was, now = (
        [rule for rule in setup.rules if rule.name == name and rule.judges(series)]
        for setup in (before, after)
    )
    return was == now


def _forget_rollups(tx: Transaction, width: timedelta, before: datetime) -> int:
    return tx.forget_rollups(width, before, SAMPLES_AT_ONCE)


def _redelivered(tx: Transaction, ids: Collection[str], setup: Setup, at: datetime) -> int:
    number = tx.redeliver(ids, at)
    if number and setup.announces:
        tx.announce()
    return number


def _know(tx: Transaction, setup: Setup, at: datetime) -> None:
    tx.know_targets(setup.targets, at)
    tx.retire_channels(setup.channels, at)
    known = {name: channel.identity for name, channel in setup.channels.items()}
    events = [back(name, at) for name, identity in known.items() if tx.know_channel(name, identity, at)]
    take_all(tx, events, setup, at)


def unpark(tx: Transaction, channel: str, setup: Setup, at: datetime) -> bool:
    """Take a parked channel up again and tell that it is back; return whether it was parked."""
    if not tx.unpark(channel, at):
        return False
    take_all(tx, [back(channel, at)], setup, at)
    return True


def _end(tx: Transaction, setup: Setup, at: datetime) -> Taken:
    return take_all(tx, [_expired(incident, at) for incident in tx.ended(at)], setup, at)


def _expired(incident: Incident, at: datetime) -> Event:
    return Event(
        id=dated(at, incident.id, "expired", str(incident.sequence)),
        fingerprint=incident.fingerprint,
        severity=Severity.OK,
        kind="expired",
        source=incident.source,
        target=incident.target,
        title=incident.title,
        # What many applications lived through is summed up at its end.
        summary=incident.summary if incident.kind == restarts.KIND else text("event.expired"),
        occurred_at=at,
        received_at=at,
    )
