"""Queries on receipts and events: what came in, word for word, and what became of it."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from relay.core.model import Event, Receipt, Severity
from relay.store import Database, Row
from relay.store.documents import maybe_moment, moment, read_event, stamp, write_event
from relay.store.foresight import Foresight

# Parameters of one statement.
AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as it is stored: with its receipt, what became of it, and the incident that it belongs to."""

    event: Event
    receipt_id: str | None
    outcome: str
    incident_id: str | None


class EventQueries:
    """Reads of receipts and events."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._foreseen: Foresight | None = None

    def receipt(self, receipt_id: str) -> Receipt | None:
        """Return a receipt, or None."""
        rows = self._database.rows("select * from receipts where id = %(id)s", id=receipt_id)
        return _receipt(rows[0]) if rows else None

    def receipt_of(self, ids: Collection[str]) -> str | None:
        """Return the request that brought the first of these events, or None where none is stored with its request."""
        rows = self._database.rows(
            """select receipt_id from events where id in (select value from {names}) and receipt_id is not null
               order by received_at, id limit 1""",
            names=json.dumps(sorted(set(ids))),
        )
        return rows[0]["receipt_id"] if rows else None

    def has_event(self, event_id: str) -> bool:
        """Whether an event with this id is stored."""
        seen = None if self._foreseen is None else self._foreseen.seen((event_id,))
        if seen is not None:
            return seen
        return bool(self._database.rows("select 1 from events where id = %(id)s", id=event_id))

    def unseen(self, ids: Collection[str]) -> set[str]:
        """Return those of ``ids`` under which no event is stored."""
        asked = sorted(ids)
        seen: set[str] = set()
        for start in range(0, len(asked), AT_ONCE):
            named = {f"id{number}": id for number, id in enumerate(asked[start : start + AT_ONCE])}
            places = ", ".join(f"%({name})s" for name in named)
            # Only places are joined here; every value is a parameter.
            rows = self._database.rows(f"select id from events where id in ({places})", **named)  # noqa: S608
            seen.update(row["id"] for row in rows)
        return {id for id in asked if id not in seen}

    def newest_at(self, fingerprint: str) -> datetime | None:
        """Return as of when the newest event of a trouble was known; information does not count."""
        rows = self._database.rows(
            """select max(known_at) as newest from events
               where fingerprint = %(fingerprint)s and severity <> %(info)s""",
            fingerprint=fingerprint,
            info=int(Severity.INFO),
        )
        return maybe_moment(rows[0]["newest"])

    def events_of_incident(
        self,
        incident_id: str,
        limit: int = 500,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Sequence[Recorded]:
        """Return an incident's events in the order in which they came in; the newest ``limit`` of that span."""
        rows = self._database.rows(
            """select * from (select * from events where incident_id = %(id)s and received_at >= %(since)s
                                and received_at < %(until)s order by received_at desc, id desc
               limit %(limit)s) newest order by received_at, id""",
            id=incident_id,
            limit=limit,
            since=-1e12 if since is None else stamp(since),
            until=1e12 if until is None else stamp(until),
        )
        return [recorded_of(row) for row in rows]

    def events_of_receipt(self, receipt_id: str) -> Sequence[Recorded]:
        """Return the events that one request brought."""
        rows = self._database.rows(
            "select * from events where receipt_id = %(id)s order by received_at, id", id=receipt_id
        )
        return [recorded_of(row) for row in rows]

    def deployed_at(self, names: tuple[str, str], since: datetime) -> datetime | None:
        """Return when the newest successful deployment was that was reported since then of what has one of two names."""
        rows = self._database.rows(
            """select document from events where received_at >= %(since)s and target in (%(one)s, %(other)s)
               and kind in ('DEPLOYMENT_SUCCESS', 'DEPLOYMENT_ACTION_END')
               order by received_at desc limit 10""",
            one=names[0],
            other=names[1],
            since=stamp(since),
        )
        found = [read_event(row["document"]) for row in rows]
        # Both kinds tell of other ends too; the title alone says which one it was, whatever severity it was given.
        done = [event.occurred_at for event in found if event.title.key == "clever.deployment.succeeded"]
        return max(done, default=None)

    def newest_events(self, limit: int) -> Sequence[Recorded]:
        """Return the newest events of all, newest first."""
        rows = self._database.rows(
            "select * from events order by received_at desc, id desc limit %(limit)s", limit=limit
        )
        return [recorded_of(row) for row in rows]


class EventWrites(EventQueries):
    """Changes of receipts and events."""

    def add_receipt(self, receipt: Receipt) -> None:
        """Keep a request; one that is known already stays as it was."""
        self._database.queue(
            """insert into receipts (id, intake, received_at, body, content_type, note)
               values (%(id)s, %(intake)s, %(received_at)s, %(body)s, %(content_type)s, %(note)s)
               on conflict do nothing""",
            id=receipt.id,
            intake=receipt.intake,
            received_at=stamp(receipt.received_at),
            body=receipt.body,
            content_type=receipt.content_type,
            note=receipt.note,
        )

    def add_event(self, event: Event, receipt_id: str | None) -> bool:
        """Keep an event that says nothing of what became of it; return False, changing nothing, when it was seen before."""
        if any(self.has_event(known) for known in (event.id, *event.repeats)):
            return False
        self.keep_event(event, receipt_id, "", None)
        return True

    def keep_event(self, event: Event, receipt_id: str | None, outcome: str, incident_id: str | None) -> None:
        """Keep an event that was not seen before, and what became of it."""
        self._database.queue(
            """insert into events (id, receipt_id, fingerprint, severity, kind, source, target, occurred_at,
                                   known_at, received_at, document, outcome, incident_id)
               values (%(id)s, %(receipt_id)s, %(fingerprint)s, %(severity)s, %(kind)s, %(source)s, %(target)s,
                       %(occurred_at)s, %(known_at)s, %(received_at)s, %(document)s, %(outcome)s,
                       %(incident_id)s)""",
            id=event.id,
            receipt_id=receipt_id,
            fingerprint=event.fingerprint,
            severity=int(event.severity),
            kind=event.kind,
            source=event.source,
            target=event.target,
            occurred_at=stamp(event.occurred_at),
            known_at=stamp(event.known_at),
            received_at=stamp(event.received_at),
            document=write_event(event),
            outcome=outcome,
            incident_id=incident_id,
        )
        if self._foreseen is not None:
            self._foreseen.kept(event)


def _receipt(row: Row) -> Receipt:
    return Receipt(
        id=row["id"],
        intake=row["intake"],
        received_at=moment(row["received_at"]),
        body=bytes(row["body"]),
        content_type=row["content_type"],
        note=row["note"],
    )


def recorded_of(row: Row) -> Recorded:
    """Return the event that a row holds."""
    return Recorded(read_event(row["document"]), row["receipt_id"], row["outcome"], row["incident_id"])
