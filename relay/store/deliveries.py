"""Queries on the outbox: deliveries, their attempts, the channels' own state and their living messages.

The rule: the oldest pending delivery of an incident and channel goes first, one at a time a channel; a lease, with a token
that only grows, keeps a process that woke late from writing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

from relay.core.delivery import Delivery, DeliveryState, RemoteRef
from relay.core.model import Incident
from relay.core.routing import SILENCE
from relay.core.storm import Entry
from relay.core.telling import Turn
from relay.core.text import Text, text
from relay.store import Row
from relay.store.documents import maybe_moment, moment, read_reason, stamp, write_reason
from relay.store.incidents import IncidentQueries, IncidentWrites

# The identity of a channel that is no longer configured: no settings have it.
_GONE = ""

# Nothing older of the same incident and channel is still to be told: only such a delivery may be worked on.
_FIRST = """not exists (select 1 from deliveries o where o.incident_id = d.incident_id and o.channel = d.channel
                         and o.state in ('pending', 'parked') and o.sequence < d.sequence)"""

# The channels for which something is pending, found by one look at the index each: most have nothing most of the time, and
# what waits in a storm is too much to be read.
_WAITING = """with recursive waiting (name) as (
                  select min(channel) from deliveries where state = 'pending'
                  union all
                  select (select min(channel) from deliveries where state = 'pending' and channel > waiting.name)
                  from waiting where waiting.name is not null) """

# Seconds: a channel that is left alone for longer than this is not merely paced.
_PACED = 5

# Deliveries that one statement puts in: most changes have one or two.
_TOGETHER = 8
_WAITING_ROW = """(%(id{0})s, %(incident_id{0})s, %(sequence{0})s, %(channel{0})s, %(created_at{0})s, %(due_at{0})s,
                   %(state{0})s, 0, 0, %(held{0})s, '', 0, '', 0, 0, %(instead_of{0})s)"""

_WAITING_NAMES = (
    "id",
    "incident_id",
    "sequence",
    "channel",
    "created_at",
    "due_at",
    "state",
    "held",
    "instead_of",
)

# How many earlier changes go along with a turn, for a message that shows the story so far.
PAST = 20


@dataclass(frozen=True, slots=True)
class Claim:
    """A turn that this process holds until ``until``: only the holder of ``token`` may record what became of it.

    ``folded`` are the deliveries that its message tells too; with ``digest`` they are other incidents' as well.
    ``was_lost``: whoever held it before never recorded what became of it.
    """

    turn: Turn
    token: int
    until: datetime
    attempt: int
    folded: tuple[str, ...]
    previous: RemoteRef | None
    digest: tuple[Entry, ...] = ()
    was_lost: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to deliver, as it is kept. ``took`` is how long it lasted."""

    at: datetime
    outcome: str
    took: timedelta
    status: int | None = None
    retry_after: timedelta | None = None
    reason: Text | None = None
    number: int = 0


@dataclass(frozen=True, slots=True)
class ChannelState:
    """How a channel does: when it may be used next, since when it refuses, and since when it is parked."""

    name: str
    next_at: datetime
    refusing_since: datetime | None
    reason: Text | None
    parked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a channel's part of the outbox holds in one state: pending, parked or given up."""

    channel: str
    state: DeliveryState
    number: int
    oldest_due_at: datetime


@dataclass(frozen=True, slots=True)
class Depth:
    """How much the outbox holds: pending deliveries, and when the oldest of those that are due was due."""

    pending: int
    oldest_due_at: datetime | None


class DeliveryQueries(IncidentQueries):
    """Reads of the outbox."""

    def deliveries(self, incident_id: str, first: int = 1, last: int | None = None) -> Sequence[Delivery]:
        """Return the deliveries of an incident's changes from number ``first`` to ``last``, in their order."""
        rows = self._database.rows(
            """select * from deliveries where incident_id = %(id)s and sequence >= %(first)s
               and sequence <= %(last)s order by sequence, channel""",
            id=incident_id,
            first=first,
            last=2**31 - 1 if last is None else last,
        )
        return [delivery_of(row) for row in rows]

    def deliveries_of_event(self, incident_id: str, event_id: str) -> Sequence[Delivery]:
        """Return the deliveries of the change that an event caused."""
        rows = self._database.rows(
            """select d.* from changes c
               join deliveries d on d.incident_id = c.incident_id and d.sequence = c.sequence
               where c.incident_id = %(incident_id)s and c.event_id = %(event_id)s order by d.channel""",
            incident_id=incident_id,
            event_id=event_id,
        )
        return [delivery_of(row) for row in rows]

    def attempts(
        self, incident_id: str, first: int = 1, last: int | None = None, limit: int = 5_000
    ) -> dict[str, list[Attempt]]:
        """Return the attempts of those deliveries by delivery id, oldest first; of too many the newest ``limit``."""
        rows = self._database.rows(
            """select * from (select a.* from attempts a join deliveries d on d.id = a.delivery_id
                                where d.incident_id = %(id)s and d.sequence >= %(first)s and d.sequence <= %(last)s
                                order by a.at desc, a.number desc limit %(limit)s) newest
               order by delivery_id, number""",
            id=incident_id,
            first=first,
            last=2**31 - 1 if last is None else last,
            limit=limit,
        )
        by_delivery: dict[str, list[Attempt]] = {}
        for row in rows:
            by_delivery.setdefault(row["delivery_id"], []).append(_attempt(row))
        return by_delivery

    def channels(self) -> Sequence[ChannelState]:
        """Return the state of every channel that was ever configured."""
        return [_channel(row) for row in self._database.rows("select * from channels order by name")]

    def depth(self, at: datetime) -> Depth:
        """Return how much the outbox holds.

        What is held, or waits for a retry, for an older one's retry, for a parked channel or for one that asked to be left
        alone, is not overdue.
        """
        rows = self._database.rows(
            f"""select count(*) as pending, min(case when due_at <= %(at)s and channel not in
                   (select name from channels where parked_at is not null or next_at > %(at)s + {_PACED}) and {_FIRST} then due_at end) as oldest
               from deliveries d where state = 'pending'""",  # noqa: S608 - fixed text
            at=stamp(at),
        )
        return Depth(rows[0]["pending"], maybe_moment(rows[0]["oldest"]))

    def waiting(self) -> Sequence[Waiting]:
        """Return what is not delivered, by channel and state."""
        # Two statements, as each state has its own partial index.
        pending = self._database.rows(
            """select channel, state, count(*) as number, min(due_at) as oldest from deliveries
               where state = 'pending' group by channel, state order by channel"""
        )
        stuck = self._database.rows(
            """select channel, state, count(*) as number, min(due_at) as oldest from deliveries
               where state in ('parked', 'given up') group by channel, state order by channel, state"""
        )
        return [
            Waiting(row["channel"], DeliveryState(row["state"]), row["number"], moment(row["oldest"]))
            for row in (*pending, *stuck)
        ]

    def due_times(self) -> dict[str, datetime]:
        """Return for each channel that is not parked and has something pending when it may send next.

        What is due but comes after one that waits for a retry counts for nothing: whoever woke for it would find no work.
        """
        # The first of each channel by index: whatever waits in a storm, this is asked after every message.
        rows = self._database.rows(
            f"""{_WAITING} select name, next_at, busy_until,
                   (select case when d.lease_until > d.due_at then d.lease_until else d.due_at end from deliveries d
                    where d.channel = channels.name and d.state = 'pending' and {_FIRST}
                    order by d.due_at limit 1) as due_at
               from channels where name in (select name from waiting) and parked_at is null"""  # noqa: S608
        )
        return {
            row["name"]: moment(max(row["next_at"], row["busy_until"], row["due_at"]))
            for row in rows
            if row["due_at"] is not None
        }

    def is_waited_for(self, channel: str) -> bool:
        """Whether anything is pending for a channel."""
        return bool(
            self._database.rows(
                "select 1 from deliveries where channel = %(channel)s and state = 'pending' limit 1",
                channel=channel,
            )
        )

    def delivery_counts(self) -> dict[str, int]:
        """Return how many deliveries stand in each state."""
        rows = self._database.rows("select state, count(*) as number from deliveries group by state")
        return {row["state"]: row["number"] for row in rows}


class DeliveryWrites(IncidentWrites, DeliveryQueries):
    """Changes of the outbox."""

    def enqueue(self, deliveries: Sequence[Delivery]) -> None:
        """Put deliveries in the outbox. One that nothing holds brings forward what waits before it, held or for its next try."""
        for start in range(0, len(deliveries), _TOGETHER):
            some = deliveries[start : start + _TOGETHER]
            sql, names = _enqueuing(len(some))
            values = [value for delivery in some for value in _waiting(delivery)]
            self._database.queue(sql, **dict(zip(names, values, strict=True)))
        # Before the first change of an incident nothing waits.
        later = [delivery for delivery in deliveries if delivery.sequence > 1 and not delivery.held]
        for delivery in later:
            self._bring_forward(delivery)

    def announce(self) -> None:
        """Say to other processes, with the commit, that there is something to tell; only a store that they share can."""
        self._database.queue("{announce}")

    def know_channel(self, name: str, identity: str, at: datetime) -> bool:
        """Take note of a configured channel; return whether it was parked and is taken up, as its settings changed.

        What waits for a retry is tried at once with the new settings.
        """
        self._database.run(
            """insert into channels (name, identity, next_at, busy_until, reason)
               values (%(name)s, %(identity)s, 0, 0, '') on conflict do nothing""",
            name=name,
            identity=identity,
        )
        rows = self._database.rows("select * from channels where name = %(name)s", name=name)
        if rows[0]["identity"] == identity:
            return False
        self._database.run(
            "update channels set identity = %(identity)s where name = %(name)s", name=name, identity=identity
        )
        self._database.run(
            """update deliveries set due_at = %(at)s
               where channel = %(name)s and state = 'pending' and held = '' and due_at > %(at)s""",
            name=name,
            at=stamp(at),
        )
        return self.unpark(name, at)

    def retire_channels(self, configured: Iterable[str], at: datetime) -> Sequence[str]:
        """Park the channels that are no longer configured and return them; configured again, they are taken up."""
        rows = self._database.rows("select name from channels where identity <> %(gone)s", gone=_GONE)
        gone = sorted({row["name"] for row in rows}.difference(configured))
        for name in gone:
            self.park_channel(name, text("failure.unconfigured"), at)
            self._database.run(
                "update channels set identity = %(gone)s where name = %(name)s", name=name, gone=_GONE
            )
        return gone

    def unpark(self, name: str, at: datetime) -> bool:
        """Take a parked channel up again with all that waits for it; return whether it was parked."""
        unparked = self._database.run(
            """update channels set parked_at = null, refusing_since = null, reason = '', next_at = 0
               where name = %(name)s and parked_at is not null""",
            name=name,
        )
        return self._release(name, at) > 0 or bool(unparked)

    def ready_channels(self, at: datetime) -> Sequence[str]:
        """Return the channels that may send now and have something whose turn it is; none that another instance is claiming on."""
        rows = self._database.rows(
            f"""{_WAITING} select name from channels
               where name in (select name from waiting) and parked_at is null and next_at <= %(at)s and busy_until <= %(at)s
               and exists (select 1 from deliveries d where channel = channels.name and state = 'pending'
                           and due_at <= %(at)s and lease_until <= %(at)s and {_FIRST})
               order by name {{skip}}""",  # noqa: S608 - fixed text
            at=stamp(at),
        )
        return [row["name"] for row in rows]

    def ready_at(self, channel: str) -> datetime | None:
        """Return from when a channel may send; None where it is parked, or another instance is claiming on it."""
        rows = self._database.rows(
            "select next_at, busy_until from channels where name = %(name)s and parked_at is null {skip}",
            name=channel,
        )
        return moment(max(rows[0]["next_at"], rows[0]["busy_until"])) if rows else None

    def claim(self, channel: str, owner: str, at: datetime, lease: timedelta) -> Claim | None:
        """Take the oldest due delivery of a channel whose turn it is, with what can be told along with it."""
        rows = self._database.rows(
            f"""select * from deliveries d where channel = %(channel)s and state = 'pending' and due_at <= %(at)s
               and lease_until <= %(at)s and {_FIRST}
               order by due_at, incident_id, sequence limit 1 {{skip}}""",  # noqa: S608 - fixed text
            channel=channel,
            at=stamp(at),
        )
        return self._claimed(rows[0], owner, at + lease) if rows else None

    def pace(self, channel: str, next_at: datetime, busy_until: datetime) -> None:
        """Keep a channel for one sender until ``busy_until``, and for nobody before ``next_at``."""
        self._database.queue(
            """update channels set busy_until = %(busy_until)s,
                   next_at = case when next_at > %(next_at)s then next_at else %(next_at)s end
               where name = %(name)s""",
            name=channel,
            next_at=stamp(next_at),
            busy_until=stamp(busy_until),
        )

    def record(self, claim: Claim, after: Delivery, attempt: Attempt, remote: RemoteRef | None) -> bool:
        """Keep what became of a claim; return False, keeping the attempt only, when the lease was lost meanwhile."""
        self._add_attempt(claim, attempt)
        held = self._database.run(
            """update deliveries set state = %(state)s, failures = %(failures)s, uncertain = %(uncertain)s,
                   due_at = %(due_at)s, reason = %(reason)s, attempts = attempts + 1, lease_until = 0
               where id = %(id)s and token = %(token)s and state = 'pending'""",
            id=after.id,
            token=claim.token,
            state=after.state.value,
            failures=after.failures,
            uncertain=int(after.uncertain),
            due_at=stamp(after.due_at),
            reason=write_reason(after.reason),
        )
        if not held:
            return False
        if after.state in (DeliveryState.DELIVERED, DeliveryState.DROPPED):
            self._fold(claim, after.state)
        if remote is not None:
            self._keep_remote(after, remote)
        return True

    def doubt(self, claim: Claim) -> None:
        """Note of what a claim would have told along that it may have been told: it is told by itself where that is given up."""
        self._database.queue(
            "update deliveries set uncertain = 1 where id in (select value from {names}) and state = 'pending'",
            names=json.dumps(claim.folded),
        )

    def settle_channel(self, name: str, *, refused_at: datetime | None, reason: Text | None = None) -> None:
        """Free a channel after an attempt and note whether it takes messages."""
        self._database.queue(
            """update channels set busy_until = 0, reason = %(reason)s,
                   refusing_since = case when %(well)s = 1 then null
                                         else coalesce(refusing_since, %(refused_at)s) end
               where name = %(name)s""",
            name=name,
            reason=write_reason(reason),
            well=int(refused_at is None),
            refused_at=None if refused_at is None else stamp(refused_at),
        )

    def free_channel(self, name: str) -> None:
        """Free a channel after an attempt that sent nothing, and so says nothing of it."""
        self._database.queue("update channels set busy_until = 0 where name = %(name)s", name=name)

    def hurry(self, channel: str, at: datetime) -> int:
        """Bring forward what waits for its next try on a channel; return how many deliveries."""
        return self._database.run(
            """update deliveries set due_at = %(at)s
               where channel = %(channel)s and state = 'pending' and attempts > 0 and due_at > %(at)s""",
            channel=channel,
            at=stamp(at),
        )

    def hold_channel(self, name: str, until: datetime) -> None:
        """Leave a channel alone until then."""
        self._database.queue(
            "update channels set next_at = %(until)s where name = %(name)s and next_at < %(until)s",
            name=name,
            until=stamp(until),
        )

    def park_channel(self, name: str, reason: Text, at: datetime, identity: str | None = None) -> bool:
        """Stop using a channel until an operator mends it; what is pending for it waits.

        With ``identity``, only while those are its settings: an old instance that failed with the old ones must not park
        what was mended meanwhile. Return whether it is parked; if not, what was parked is tried again.
        """
        parked = self._database.run(
            """update channels set parked_at = coalesce(parked_at, %(at)s), reason = %(reason)s, busy_until = 0,
                   refusing_since = coalesce(refusing_since, %(at)s)
               where name = %(name)s and identity = coalesce(%(identity)s, identity)""",
            name=name,
            reason=write_reason(reason),
            at=stamp(at),
            identity=identity,
        )
        if not parked:
            self._release(name, at)
        return bool(parked)

    def _release(self, name: str, at: datetime) -> int:
        return self._database.run(
            "update deliveries set state = 'pending', due_at = %(at)s where channel = %(name)s and state = 'parked'",
            name=name,
            at=stamp(at),
        )

    def _bring_forward(self, delivery: Delivery) -> None:
        self._database.queue(
            """update deliveries set due_at = %(at)s where incident_id = %(incident_id)s and channel = %(channel)s
               and state = 'pending' and due_at > %(at)s""",
            incident_id=delivery.incident_id,
            channel=delivery.channel,
            at=stamp(delivery.due_at),
        )

    def _claimed(self, row: Row, owner: str, until: datetime) -> Claim:
        self._database.queue(
            """update deliveries set lease_owner = %(owner)s, lease_until = %(until)s, token = token + 1
               where id = %(id)s""",
            id=row["id"],
            owner=owner,
            until=stamp(until),
        )
        # First the incident, then nothing beyond it: another instance may change it between two statements.
        incident = self._incident_of(row)
        newer = self._database.rows(
            """select id, sequence, held from deliveries where incident_id = %(incident_id)s and channel = %(channel)s
               and state = 'pending' and sequence > %(sequence)s and sequence <= %(last)s order by sequence""",
            incident_id=row["incident_id"],
            channel=row["channel"],
            sequence=row["sequence"],
            last=incident.sequence,
        )
        last = newer[-1]["sequence"] if newer else row["sequence"]
        return Claim(
            # A claim that was never recorded may have been sent: the process died, or the store failed, in between.
            turn=self._turn(
                row,
                incident,
                last,
                lost=row["token"] > row["attempts"],
                silenced=all(one["held"] == SILENCE for one in (row, *newer)),
            ),
            token=row["token"] + 1,
            until=until,
            attempt=row["attempts"] + 1,
            folded=tuple(other["id"] for other in newer),
            previous=self._remote(row["incident_id"], row["channel"]),
            was_lost=row["token"] > row["attempts"],
        )

    def _incident_of(self, row: Row) -> Incident:
        incident = self.incident(row["incident_id"])
        if incident is None:
            raise LookupError("a delivery without its incident")
        return incident

    def _turn(self, row: Row, incident: Incident, last: int, *, lost: bool, silenced: bool) -> Turn:
        told = self._database.rows(
            """select 1 from deliveries where incident_id = %(incident_id)s and channel = %(channel)s
               and state in ('delivered', 'folded') limit 1""",
            incident_id=row["incident_id"],
            channel=row["channel"],
        )
        states = {
            state["name"]: _channel(state)
            for state in self._database.rows(
                "select * from channels where name = %(name)s or name = %(other)s",
                name=row["channel"],
                other=row["instead_of"],
            )
        }
        state, other = states[row["channel"]], states.get(row["instead_of"])
        delivery = delivery_of(row)
        return Turn(
            delivery=replace(delivery, uncertain=delivery.uncertain or lost),
            incident=incident,
            moments=tuple(self.moments(row["incident_id"], row["sequence"], last)),
            told=bool(told),
            refusing_since=state.refusing_since,
            refusal=state.reason,
            silenced=silenced,
            past=tuple(self.moments(row["incident_id"], row["sequence"] - PAST, row["sequence"] - 1)),
            other_refusing_since=other.refusing_since if other else None,
            other_refusal=other.reason if other else None,
        )

    def _remote(self, incident_id: str, channel: str) -> RemoteRef | None:
        rows = self._database.rows(
            "select parts from remotes where incident_id = %(incident_id)s and channel = %(channel)s",
            incident_id=incident_id,
            channel=channel,
        )
        return (
            RemoteRef(tuple((name, value) for name, value in json.loads(rows[0]["parts"]))) if rows else None
        )

    def _add_attempt(self, claim: Claim, attempt: Attempt) -> None:
        # Once, however often the step is run: the outcome of a commit may be unknown.
        self._database.queue(
            """insert into attempts (delivery_id, number, at, outcome, status, took, retry_after, reason)
               select %(delivery_id)s, (select coalesce(max(number), 0) + 1 from attempts
                                        where delivery_id = %(delivery_id)s),
                      %(at)s, %(outcome)s, %(status)s, %(took)s, %(retry_after)s, %(reason)s
               where not exists (select 1 from attempts where delivery_id = %(delivery_id)s and at = %(at)s
                                 and outcome = %(outcome)s)""",
            delivery_id=claim.turn.delivery.id,
            at=stamp(attempt.at),
            outcome=attempt.outcome,
            status=attempt.status,
            took=attempt.took.total_seconds(),
            retry_after=None if attempt.retry_after is None else attempt.retry_after.total_seconds(),
            reason=write_reason(attempt.reason),
        )

    def _fold(self, claim: Claim, state: DeliveryState) -> None:
        folded = DeliveryState.FOLDED if state is DeliveryState.DELIVERED else state
        told_with = text("failure.told_with", id=claim.turn.delivery.id)
        reason = write_reason(told_with if folded is DeliveryState.FOLDED else text("failure.silenced"))
        if claim.folded:
            self._database.queue(
                """update deliveries set state = %(state)s, reason = %(reason)s, told_with = %(told_with)s
                   where id in (select value from {names}) and state = 'pending'""",
                names=json.dumps(claim.folded),
                state=folded.value,
                told_with=claim.turn.delivery.id if folded is DeliveryState.FOLDED else "",
                reason=reason,
            )

    def _keep_remote(self, delivery: Delivery, remote: RemoteRef) -> None:
        self._database.queue(
            """insert into remotes (incident_id, channel, parts) values (%(incident_id)s, %(channel)s, %(parts)s)
               on conflict (incident_id, channel) do update set parts = excluded.parts""",
            incident_id=delivery.incident_id,
            channel=delivery.channel,
            parts=json.dumps(remote.parts),
        )


@lru_cache(maxsize=_TOGETHER)
def _enqueuing(number: int) -> tuple[str, tuple[str, ...]]:
    """Return what puts so many deliveries in, and the names of its values, as ``_waiting`` orders them."""
    rows = ", ".join(_WAITING_ROW.format(place) for place in range(number))
    sql = f"""insert into deliveries (id, incident_id, sequence, channel, created_at, due_at, state, failures,
                                      uncertain, held, reason, attempts, lease_owner, lease_until, token,
                                      instead_of)
              values {rows} on conflict do nothing"""  # noqa: S608 - places only
    return sql, tuple(f"{name}{place}" for place in range(number) for name in _WAITING_NAMES)


def _waiting(delivery: Delivery) -> tuple[object, ...]:
    """Return what a delivery is put in with, in the order of ``_WAITING_NAMES``."""
    return (
        delivery.id,
        delivery.incident_id,
        delivery.sequence,
        delivery.channel,
        stamp(delivery.created_at),
        stamp(delivery.due_at),
        delivery.state.value,
        delivery.held,
        delivery.instead_of,
    )


def delivery_of(row: Row) -> Delivery:
    """Return a delivery as its row says."""
    return Delivery(
        id=row["id"],
        incident_id=row["incident_id"],
        sequence=row["sequence"],
        channel=row["channel"],
        created_at=moment(row["created_at"]),
        due_at=moment(row["due_at"]),
        state=DeliveryState(row["state"]),
        failures=row["failures"],
        uncertain=bool(row["uncertain"]),
        held=row["held"],
        reason=read_reason(row["reason"]),
        instead_of=row["instead_of"],
        told_with=row["told_with"],
    )


def _attempt(row: Row) -> Attempt:
    return Attempt(
        at=moment(row["at"]),
        outcome=row["outcome"],
        took=timedelta(seconds=row["took"]),
        status=row["status"],
        retry_after=None if row["retry_after"] is None else timedelta(seconds=row["retry_after"]),
        reason=read_reason(row["reason"]),
        number=row["number"],
    )


def _channel(row: Row) -> ChannelState:
    return ChannelState(
        name=row["name"],
        next_at=moment(row["next_at"]),
        refusing_since=maybe_moment(row["refusing_since"]),
        reason=read_reason(row["reason"]),
        parked_at=maybe_moment(row["parked_at"]),
    )
