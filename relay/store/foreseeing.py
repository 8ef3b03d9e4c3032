"""The looks of many events at the store, taken together: which are stored, what is known of their troubles, who was deployed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from relay.core.incidents import Past
from relay.core.model import Event, Severity
from relay.store.deployed import DeploymentQueries
from relay.store.documents import maybe_moment, read_incident
from relay.store.foresight import MOST, Foresight, named, plain
from relay.store.incidents import IncidentQueries

# One event is looked up as quickly by itself.
FEWEST = 2

_STORED = "select id from events where id in (select value from {names})"
# The limit keeps this a subquery of its own, so that nothing is looked up twice and what is new makes no row.
_TROUBLES = """select * from (
    select value as fingerprint,
        coalesce((select document from incidents where fingerprint = value and resolved_at is null),
                 (select document from incidents where fingerprint = value
                  order by updated_at desc, opened_at desc, id desc limit 1)) as document,
        (select max(known_at) from events where fingerprint = value and severity <> %(info)s) as newest
    from {names} limit 100000) found
    where document is not null or newest is not null"""
_DEPLOYED = """select value from {names} where exists (select 1 from deployments where application = value)
    or exists (select 1 from deployments where target = value)"""


class Foreseeing(DeploymentQueries, IncidentQueries):
    """Looks ahead."""

    @contextmanager
    def foreseeing(self, events: Sequence[Event]) -> Iterator[None]:
        """Look up at once what the steps within will ask of ``events``; within a wider look nothing is asked again."""
        if self._foreseen is not None or len(events) < FEWEST:
            yield
            return
        some = events[:MOST]
        found = Foresight()
        ids = plain(id for event in some for id in (event.id, *event.repeats))
        found.stored.update(row["id"] for row in self._database.rows(_STORED, names=json.dumps(ids)))
        found.asked.update(ids)
        found.troubles = self._troubles(event.fingerprint for event in some)
        names = plain(name for event in some for name in named(event))
        deployed = {row["value"] for row in self._database.rows(_DEPLOYED, names=json.dumps(names))}
        found.undeployed = {name for name in names if name not in deployed}
        self._foreseen = found
        try:
            yield
        finally:
            self._foreseen = None

    def _troubles(self, fingerprints: Iterable[str]) -> dict[str, Past]:
        wanted = plain(fingerprints)
        troubles = dict.fromkeys(wanted, Past())
        rows = self._database.rows(_TROUBLES, names=json.dumps(wanted), info=int(Severity.INFO))
        for row in rows:
            document = row["document"]
            incident = None if document is None else read_incident(document)
            troubles[row["fingerprint"]] = Past(incident, maybe_moment(row["newest"]))
        return troubles
