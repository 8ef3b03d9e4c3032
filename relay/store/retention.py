"""Retention: the only way in which anything leaves the store, a small piece at a time so that intake goes first."""

from __future__ import annotations

from datetime import datetime

from relay.core.marks import CANARY, CANARY_INTAKE
from relay.store.documents import stamp
from relay.store.targets import TargetWrites

# What belongs to an incident beside its events: table and the column that names the incident.
_PARTS = ("changes", "remotes", "deliveries", "searched", "unsearched")


class RetentionWrites(TargetWrites):
    """Drops what is older than the operator keeps."""

    def forget_incidents(self, before: datetime, limit: int) -> int:
        """Drop incidents that were over before then, with all that belongs to them; return how many.

        One that still has something to tell stays.
        """
        rows = self._database.rows(
            """select id from incidents where resolved_at < %(before)s and not exists
               (select 1 from deliveries d where d.incident_id = incidents.id and d.state in ('pending', 'parked'))
               order by resolved_at limit %(limit)s""",
            before=stamp(before),
            limit=limit,
        )
        for row in rows:
            self._forget_incident(row["id"])
        return len(rows)

    def forget_beats(self, before: datetime, limit: int) -> int:
        """Drop the canary's incidents and requests of before then; return how many incidents."""
        rows = self._database.rows(
            """select id from incidents where source = %(source)s and resolved_at < %(before)s and not exists
               (select 1 from deliveries d where d.incident_id = incidents.id and d.state in ('pending', 'parked'))
               order by resolved_at limit %(limit)s""",
            source=CANARY,
            before=stamp(before),
            limit=limit,
        )
        for row in rows:
            self._forget_incident(row["id"])
        self._database.run(
            """delete from receipts where id in (select id from receipts where received_at < %(before)s
               and intake = %(intake)s order by received_at limit %(limit)s)""",
            before=stamp(before),
            intake=CANARY_INTAKE,
            limit=limit,
        )
        return len(rows)

    def forget_receipts(self, before: datetime, limit: int) -> tuple[int, int]:
        """Drop events older than ``before`` that belong to no incident, and requests without an event; return how many."""
        if self._foreseen is not None:
            self._foreseen.forget()
        events = self._database.run(
            """delete from events where id in (select id from events where received_at < %(before)s
               and incident_id is null order by received_at limit %(limit)s)""",
            before=stamp(before),
            limit=limit,
        )
        requests = self._database.run(
            """delete from receipts where id in (select id from receipts where received_at < %(before)s and not exists
               (select 1 from events e where e.receipt_id = receipts.id) order by received_at limit %(limit)s)""",
            before=stamp(before),
            limit=limit,
        )
        return events, requests

    def _forget_incident(self, incident_id: str) -> None:
        if self._foreseen is not None:
            self._foreseen.forget()
        self._database.run(
            "delete from attempts where delivery_id in (select id from deliveries where incident_id = %(id)s)",
            id=incident_id,
        )
        for table in _PARTS:
            self._database.run(f"delete from {table} where incident_id = %(id)s", id=incident_id)  # noqa: S608
        self._database.run("delete from events where incident_id = %(id)s", id=incident_id)
        self._database.run("delete from incidents where id = %(id)s", id=incident_id)
