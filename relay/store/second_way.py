"""Queries on ways out beside a channel's own: what its fallback tells too, and what one digest tells of many."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from relay.core.delivery import Delivery, DeliveryError, Failure
from relay.core.fallback import FIRST_TRY
from relay.core.model import ChangeKind, Incident
from relay.core.storm import Entry, Rate
from relay.store import Row
from relay.store.deliveries import Claim, DeliveryQueries, DeliveryWrites, delivery_of
from relay.store.documents import moment, read_incident, stamp, write_reason

# Due now, with nothing before it that is not: a silence that covered a whole trouble is left to be dropped by itself.
_DIGESTIBLE = """d.channel = %(channel)s and d.state = 'pending' and d.due_at <= %(at)s and d.lease_until <= %(at)s
    and (d.held <> 'silence' or i.resolved_at is null)
    and not exists (select 1 from deliveries o where o.incident_id = d.incident_id and o.channel = d.channel
                    and o.sequence < d.sequence and (o.state = 'parked'
                    or (o.state = 'pending' and (o.due_at > %(at)s or o.lease_until > %(at)s))))"""

_STUCK = """select d.*, i.document from deliveries d join incidents i on i.id = d.incident_id
    where d.channel = %(channel)s and d.state = '{state}' and (d.attempts > 0 or d.due_at <= %(tried_by)s)
    and not exists (select 1 from deliveries f where f.incident_id = d.incident_id
                    and f.channel = %(fallback)s and f.sequence = d.sequence)
    order by d.incident_id, d.sequence limit %(limit)s"""


class SecondWayQueries(DeliveryQueries):
    """Reads of what could be told another way."""

    def stuck(
        self, channel: str, fallback: str, at: datetime, limit: int
    ) -> Sequence[tuple[Delivery, Incident]]:
        """Return what a channel that refuses leaves untold and its fallback has no delivery for, in its order.

        What was not tried yet, and is due for a few seconds only, may still be taken.
        """
        # Two statements, as each state has its own partial index.
        found = [
            (delivery_of(row), read_incident(row["document"]))
            for state in ("pending", "parked")
            for row in self._database.rows(
                _STUCK.replace("{state}", state),
                channel=channel,
                fallback=fallback,
                tried_by=stamp(at - FIRST_TRY),
                limit=limit,
            )
        ]
        return sorted(found, key=lambda one: (one[0].incident_id, one[0].sequence))

    def stood_in(self, incident_id: str) -> dict[str, str]:
        """Return the channels that told an incident instead of another one, and that one."""
        rows = self._database.rows(
            """select distinct channel, instead_of from deliveries
               where incident_id = %(id)s and instead_of <> '' order by channel""",
            id=incident_id,
        )
        return {row["channel"]: row["instead_of"] for row in rows}

    def crowd(self, channel: str, at: datetime, most: int) -> tuple[Rate, int]:
        """Return at what rate a channel was told, and how many more could be told now, counted up to ``most``."""
        (row,) = self._database.rows(
            f"""select rate_at, rate_now, rate_before,
                   (select count(*) from (select 1 from deliveries d join incidents i on i.id = d.incident_id
                                          where {_DIGESTIBLE} limit %(most)s) counted) as waiting
               from channels where name = %(channel)s""",  # noqa: S608 - fixed text
            channel=channel,
            at=stamp(at),
            most=most,
        )
        return Rate(moment(row["rate_at"]), row["rate_now"], row["rate_before"]), row["waiting"]


class SecondWayWrites(DeliveryWrites, SecondWayQueries):
    """Changes of what is told another way."""

    def keep_rate(self, channel: str, rate: Rate) -> None:
        """Note at what rate a channel is told."""
        self._database.queue(
            """update channels set rate_at = %(at)s, rate_now = %(now)s, rate_before = %(before)s
               where name = %(channel)s""",
            channel=channel,
            at=stamp(rate.begun_at),
            now=rate.now,
            before=rate.before,
        )

    def claim_digest(
        self, channel: str, owner: str, at: datetime, lease: timedelta, limit: int
    ) -> Claim | None:
        """Take everything that a channel could be told now, as one; None where that is one incident or none."""
        rows = self._database.rows(
            f"""select d.*, c.kind, i.document from deliveries d join incidents i on i.id = d.incident_id
               join changes c on c.incident_id = d.incident_id and c.sequence = d.sequence
               where {_DIGESTIBLE} order by d.due_at, d.incident_id, d.sequence limit %(limit)s""",  # noqa: S608
            channel=channel,
            at=stamp(at),
            limit=limit,
        )
        entries = _entries(rows)
        if len(entries) < 2:
            return None
        self._database.queue(
            """update deliveries set lease_owner = %(owner)s, lease_until = %(until)s, token = token + 1
               where id in (select value from {names})""",
            names=json.dumps([row["id"] for row in rows]),
            owner=owner,
            until=stamp(at + lease),
        )
        first, *others = rows
        turn = self._turn(
            first,
            self._incident_of(first),
            first["sequence"],
            lost=any(map(_may_be_sent, rows)),
            silenced=False,
        )
        return Claim(
            turn=turn,
            token=first["token"] + 1,
            until=at + lease,
            attempt=first["attempts"] + 1,
            folded=tuple(row["id"] for row in others),
            previous=None,
            digest=entries,
        )

    def free_digest(self, claim: Claim, error: DeliveryError) -> None:
        """Give back what a digest would have told: each was tried, and waits for its turn."""
        self._database.queue(
            """update deliveries set attempts = attempts + 1, lease_until = 0, reason = %(reason)s,
                   uncertain = case when %(uncertain)s = 1 then 1 else uncertain end
               where id in (select value from {names}) and state = 'pending'""",
            names=json.dumps(claim.folded),
            # Of this attempt only: what one of them may have told before says nothing of the others.
            uncertain=int(error.failure is Failure.UNCERTAIN),
            reason=write_reason(error.reason),
        )


def _entries(rows: Sequence[Row]) -> tuple[Entry, ...]:
    found: dict[str, Entry] = {}
    for row in rows:
        kind = ChangeKind(row["kind"])
        known = found.get(row["incident_id"])
        found[row["incident_id"]] = (
            Entry(read_incident(row["document"]), (kind,), moment(row["created_at"]))
            if known is None
            else replace(known, kinds=(*known.kinds, kind))
        )
    return tuple(found.values())


def _may_be_sent(row: Row) -> bool:
    return bool(row["uncertain"]) or row["token"] > row["attempts"]
