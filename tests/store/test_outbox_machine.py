"""Whatever happens in whatever order, the outbox loses nothing, keeps the order, and tells or explains each change.

A state machine drives a real store through events, sends, failures, crashes, time and other operators' doings, beside a
model so simple that it can be trusted: the far end's list of what arrived, and the list of the changes.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from relay.core import incidents, routing, telling
from relay.core.delivery import Delivery, DeliveryError, DeliveryState, Failure
from relay.core.incidents import Policy
from relay.core.model import Change, ChangeKind, Severity
from relay.core.routing import Route, Silence
from relay.store.deliveries import Attempt, Claim
from relay.store.incidents import Filter
from relay.store.sqlite import SqliteBackend
from relay.store.transactions import Transaction
from tests.building import MINUTE, NOON, SECOND, event

CHANNELS = ("slack", "discord")
TROUBLES = ("memory", "cpu")
LEASE = timedelta(seconds=30)
ENDED = (DeliveryState.DELIVERED, DeliveryState.FOLDED, DeliveryState.DROPPED, DeliveryState.GIVEN_UP)
ROUTES = (Route("all", CHANNELS), Route("more", ("slack",), at_least=Severity.CRITICAL))

KEPT = ("events", "incidents", "changes", "deliveries", "attempts")

severities = st.sampled_from([Severity.OK, Severity.INFO, Severity.WARNING, Severity.CRITICAL])
failures = st.sampled_from(Failure)
pauses = st.none() | st.sampled_from([0, 1, 40, 90_000])


class Outbox(RuleBasedStateMachine):
    """One store, two instances of the relay, two channels, two troubles."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="outbox-"))
        backend = SqliteBackend(self.folder / "relay.db")
        backend.migrate()
        self.connection = backend.connect()
        self.connection.run("pragma synchronous = off")  # no disk fails here: that is another test's
        self.tx = Transaction(self.connection)
        self.now = NOON
        self.number = 0
        self.identity = dict.fromkeys(CHANNELS, "settings")
        self.silences: tuple[Silence, ...] = ()
        self.sending: list[Claim] = []
        # The model.
        self.changes: list[Change] = []
        self.arrived: dict[tuple[str, str], list[int]] = defaultdict(list)
        self.holder: dict[str, int] = {}
        self.over: set[str] = set()
        self.kept = dict.fromkeys(KEPT, 0)
        for channel in CHANNELS:
            self.tx.know_channel(channel, "settings", self.now)

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.finish()
            self.connection.close()
            shutil.rmtree(self.folder)

    # What comes in

    @rule(trouble=st.sampled_from(TROUBLES), severity=severities, age=st.sampled_from([0, 0, 0, 30, 400]))
    def take(self, trouble: str, severity: Severity, age: int) -> None:
        self.number += 1
        self._take(trouble, severity, self.now - age * SECOND, str(self.number))

    @precondition(lambda self: self.changes)
    @rule(data=st.data())
    def take_again(self, data: st.DataObject) -> None:
        """A sender that repeats itself, or another instance."""
        known = data.draw(st.sampled_from(self.changes)).event
        assert not self.tx.add_event(known, None)

    @rule(trouble=st.sampled_from(TROUBLES), severity=severities)
    def fail_in_the_middle(self, trouble: str, severity: Severity) -> None:
        """The process dies, or the disk is full, before the commit: nothing of it is there."""
        changes = list(self.changes)
        self.connection.begin()
        self.number += 1
        self._take(trouble, severity, self.now, str(self.number))
        self.connection.rollback()
        self.changes = changes
        assert not self.tx.has_event(str(self.number))

    def _take(self, trouble: str, severity: Severity, at: datetime, name: str) -> None:
        one = event(severity, at, id=name, fingerprint=trouble, received_at=self.now)
        assert self.tx.add_event(one, None)
        decided = incidents.apply(self.tx.past(trouble), one, Policy())
        if isinstance(decided, Change):
            self.tx.save_change(decided)
            self.tx.enqueue(routing.plan(decided, ROUTES, self.silences, self.now))
            self.changes.append(decided)

    # What goes out

    @rule(channel=st.sampled_from(CHANNELS), owner=st.sampled_from(["old", "new"]))
    def claim(self, channel: str, owner: str) -> None:
        if channel not in self.tx.ready_channels(self.now):
            return
        claim = self.tx.claim(channel, owner, self.now, LEASE)
        assert claim is not None  # a channel that is ready has work: whoever asks does not spin
        for other in self.sending:  # nobody else holds it
            assert other.turn.delivery.id != claim.turn.delivery.id or self.now >= other.until
        self.holder[claim.turn.delivery.id] = claim.token
        self.tx.pace(channel, self.now + SECOND, self.now + LEASE)
        self.sending.append(claim)

    @rule(channel=st.sampled_from(CHANNELS), failure=st.none() | failures, after=pauses)
    def deliver(self, channel: str, failure: Failure | None, after: int | None) -> None:
        """The next delivery of a channel, when its time has come."""
        due = self.tx.due_times().get(channel)
        if due is not None and due - self.now < 10 * MINUTE:
            self.now = max(self.now, due)
        before = len(self.sending)
        self.claim(channel, "new")
        if len(self.sending) > before:
            self._end(self.sending.pop(), failure, after)

    @precondition(lambda self: self.sending)
    @rule(data=st.data(), failure=st.none() | failures, after=pauses)
    def end(self, data: st.DataObject, failure: Failure | None, after: int | None) -> None:
        """One of the sends under way ends, by one who may have woken late."""
        self._end(self._one(data), failure, after)

    @precondition(lambda self: self.sending)
    @rule(data=st.data(), sent=st.booleans())
    def crash(self, data: st.DataObject, sent: bool) -> None:
        """The process dies while it sends, before or after the far end took the message."""
        claim = self._one(data)
        if sent and telling.compose(claim.turn, self.now, "") is not None:
            self._arrive(claim)

    def _end(self, claim: Claim, failure: Failure | None, after: int | None) -> None:
        if failure is None or telling.compose(claim.turn, self.now, "") is None:
            self._send(claim)
            return
        error = DeliveryError(failure, "no", retry_after=None if after is None else after * SECOND)
        if failure is Failure.UNCERTAIN:
            self._arrive(claim)
        self._record(claim, claim.turn.delivery.failed(error, self.now), error)

    def _one(self, data: st.DataObject) -> Claim:
        claim = data.draw(st.sampled_from(self.sending))
        self.sending.remove(claim)
        return claim

    def _send(self, claim: Claim) -> None:
        if telling.compose(claim.turn, self.now, "") is None:
            kept = self._record(claim, replace(claim.turn.delivery, state=DeliveryState.DROPPED), None)
            if kept:
                assert not claim.turn.incident.is_open
            return
        self._arrive(claim)
        self._record(claim, claim.turn.delivery.delivered(), None)

    def _arrive(self, claim: Claim) -> None:
        delivery = claim.turn.delivery
        heard = self.arrived[delivery.incident_id, delivery.channel]
        told = [moment.sequence for moment in claim.turn.moments]
        assert told == list(range(told[0], told[-1] + 1))
        # What was told before is told again only with the mark of a possible repeat, or by one that woke late.
        if heard and told[0] <= max(heard):
            assert delivery.uncertain or self.now >= claim.until
        heard.extend(told)

    def _record(self, claim: Claim, after: Delivery, error: DeliveryError | None) -> bool:
        channel = after.channel
        kept = self.tx.record(claim, after, Attempt(self.now, after.state.value, SECOND), None)
        # Whoever claimed it last is heard, and nobody else.
        assert kept == (self.holder[after.id] == claim.token and after.id not in self.over)
        if not kept:
            return False
        if after.state is not DeliveryState.PENDING and after.state is not DeliveryState.PARKED:
            self.over.add(after.id)
        self.tx.settle_channel(
            channel, refused_at=self.now if error else None, reason=error.reason if error else None
        )
        if error is not None and (error.failure is Failure.UNCERTAIN or claim.was_lost):
            self.tx.doubt(claim)
        if error is not None and error.failure is Failure.GONE:
            self.tx.park_channel(channel, error.reason, self.now, self.identity[channel])
        return True

    # What happens meanwhile

    @rule(span=st.sampled_from([1, 10, 31, 60, 600, 3_600, 43_200]))
    def wait(self, span: int) -> None:
        self.now += span * SECOND

    @rule(span=st.sampled_from([1, 20, 90]))
    def set_back(self, span: int) -> None:
        """The clock is corrected, or the next to look has another one."""
        self.now -= span * SECOND

    @rule(begin=st.integers(-5, 5), minutes=st.integers(1, 60))
    def silence(self, begin: int, minutes: int) -> None:
        begins_at = self.now + begin * MINUTE
        self.silences = (*self.silences[-2:], Silence((), begins_at, begins_at + minutes * MINUTE))

    @rule(channel=st.sampled_from(CHANNELS))
    def mend(self, channel: str) -> None:
        self.number += 1
        self.identity[channel] = f"settings-{self.number}"
        self.tx.know_channel(channel, self.identity[channel], self.now)

    @rule(channel=st.sampled_from(CHANNELS))
    def unpark(self, channel: str) -> None:
        self.tx.unpark(channel, self.now)

    @rule(channel=st.sampled_from(CHANNELS))
    def unconfigure_and_configure(self, channel: str) -> None:
        self.tx.retire_channels([other for other in CHANNELS if other != channel], self.now)
        assert channel not in self.tx.ready_channels(self.now)
        self.tx.know_channel(channel, self.identity[channel], self.now)

    # What holds always

    @invariant()
    def each_change_that_is_to_be_told_has_its_deliveries(self) -> None:
        if not hasattr(self, "tx"):
            return
        for change in self.changes:
            sequences = [
                (one.sequence, one.channel)
                for one in self._deliveries(change.incident.id)
                if one.sequence == change.sequence
            ]
            told = change.kind is not ChangeKind.UPDATED
            assert sequences == ([(change.sequence, channel) for channel in sorted(CHANNELS)] if told else [])

    @invariant()
    def nothing_leaves_the_ledger(self) -> None:
        if not hasattr(self, "tx"):
            return
        for table in KEPT:
            (row,) = self.connection.rows(f"select count(*) as number from {table}")
            assert row["number"] >= self.kept[table]
            self.kept[table] = row["number"]

    @invariant()
    def nothing_newer_has_ended_before_something_older(self) -> None:
        if not hasattr(self, "tx"):
            return
        for incident in {change.incident.id for change in self.changes}:
            for channel in CHANNELS:
                ended = [one.state in ENDED for one in self._deliveries(incident) if one.channel == channel]
                assert ended == sorted(ended, reverse=True)

    @invariant()
    def whatever_is_not_over_is_worked_on_or_shown(self) -> None:
        """Each pending delivery has a time at which it, or what it waits for, is due; else its channel shows as parked."""
        if not hasattr(self, "tx"):
            return
        parked = {one.name for one in self.tx.channels() if one.parked_at is not None}
        due = self.tx.due_times()
        for waiting in self.tx.waiting():
            if waiting.state is DeliveryState.PENDING:
                assert waiting.channel in parked or waiting.channel in due
            if waiting.state is DeliveryState.PARKED:
                assert waiting.channel in parked

    @invariant()
    def one_trouble_has_at_most_one_open_incident(self) -> None:
        if hasattr(self, "tx"):
            found = [one.fingerprint for one in self.tx.incidents(Filter(is_open=True))]
            assert len(found) == len(set(found))

    def _deliveries(self, incident: str) -> Sequence[Delivery]:
        return self.tx.deliveries(incident)

    def finish(self) -> None:
        """Once the far ends are well and time passes, all is told, in order, or its absence is explained."""
        for channel in CHANNELS:
            self.mend(channel)
        for _ in range(500):
            due = self.tx.due_times()
            if not due:
                break
            self.now = max(self.now, *due.values())
            for channel in due:
                self.claim(channel, "new")
            for claim in list(self.sending):
                if claim.until > self.now:
                    self._send(claim)
                self.sending.remove(claim)
        assert {one.state for one in self.tx.waiting()} <= {DeliveryState.GIVEN_UP}
        for change in self.changes:
            for one in self._deliveries(change.incident.id):
                if one.state in (DeliveryState.DELIVERED, DeliveryState.FOLDED):
                    assert one.sequence in self.arrived[one.incident_id, one.channel]
                else:
                    assert one.state in (DeliveryState.GIVEN_UP, DeliveryState.DROPPED)
                    assert one.state is DeliveryState.DROPPED or one.reason


Outbox.TestCase.settings = settings(max_examples=100, stateful_step_count=50, deadline=None)
TestOutbox = Outbox.TestCase
