"""Queries on incidents and the changes in their lives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from relay.core.incidents import Past
from relay.core.marks import CANARY
from relay.core.model import Change, ChangeKind, Event, Incident, Moment, Severity
from relay.core.text import Language, say
from relay.store import Row
from relay.store.documents import (
    maybe_moment,
    moment,
    read_incident,
    read_text,
    stamp,
    write_incident,
    write_text,
)
from relay.store.events import EventQueries, EventWrites
from relay.store.search import PLACES, narrowing

# SQLite refuses patterns of 50,000 bytes and conditions nested 1,000 deep; nobody looks for that.
MOST_WORDS = 16
LONGEST_WORD = 200


_KNOWN = """select coalesce((select document from incidents
                              where fingerprint = %(fingerprint)s and resolved_at is null),
                             (select document from incidents where fingerprint = %(fingerprint)s
                              order by updated_at desc, opened_at desc, id desc limit 1)) as document,
                 (select max(known_at) from events
                  where fingerprint = %(fingerprint)s and severity <> %(info)s) as newest,
                 (select count(*) from events where id in ({ids})) as seen"""


# The newest are listed again and again, by every page that refreshes itself; about a megabyte of them is kept.
_listed = lru_cache(maxsize=600)(read_incident)


@lru_cache(maxsize=64)
def _asking(ids: int) -> str:
    return _KNOWN.format(ids=", ".join(f"%(id{number})s" for number in range(ids)) or "null")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which incidents a reader asks for; None and empty mean all but the canary's, which must be named by its source."""

    is_open: bool | None = None
    at_least: Severity | None = None
    target: str = ""
    source: str = ""
    since: datetime | None = None
    until: datetime | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trouble:
    """An open incident in short: what it is about and how bad it is now."""

    incident_id: str
    fingerprint: str
    target: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the list, newest first: just after this incident."""

    opened_at: datetime
    id: str


class IncidentQueries(EventQueries):
    """Reads of incidents."""

    def incident(self, incident_id: str) -> Incident | None:
        """Return an incident, or None."""
        rows = self._database.rows("select document from incidents where id = %(id)s", id=incident_id)
        return read_incident(rows[0]["document"]) if rows else None

    def open_incident(self, fingerprint: str) -> Incident | None:
        """Return the open incident of a trouble, or None."""
        past = None if self._foreseen is None else self._foreseen.troubles.get(fingerprint)
        if past is not None:
            return past.incident if past.incident is not None and past.incident.is_open else None
        rows = self._database.rows(
            "select document from incidents where fingerprint = %(fingerprint)s and resolved_at is null",
            fingerprint=fingerprint,
        )
        return read_incident(rows[0]["document"]) if rows else None

    def past(self, fingerprint: str) -> Past:
        """Return what is known of a trouble."""
        return self._known(fingerprint, ())[1]

    def known(self, event: Event) -> tuple[bool, Past]:
        """Return whether an event was seen before, and what is known of its trouble."""
        if self._foreseen is not None:
            past = self._foreseen.troubles.get(event.fingerprint)
            seen = self._foreseen.seen((event.id, *event.repeats))
            if past is not None and seen is not None:
                return seen, past
        return self._known(event.fingerprint, (event.id, *event.repeats))

    def incidents(self, which: Filter, after: Place | None = None, limit: int = 50) -> Sequence[Incident]:
        """Return incidents, newest first, at most ``limit``, beginning after a place."""
        # What is open is few beside a history, and found by an index of its own.
        places = narrowing(self._database, _asked(which)) if which.words and not which.is_open else None
        if which.is_open is None and places is None:
            # Two looks, as the indexes hold what is open or what is over.
            both = [replace(which, is_open=is_open) for is_open in (True, False)]
            found = [one for part in both for one in self._look(part, after, limit, None)]
            return sorted(found, key=lambda one: (one.opened_at, one.id), reverse=True)[:limit]
        return self._look(which, after, limit, places)

    def _look(self, which: Filter, after: Place | None, limit: int, places: str | None) -> Sequence[Incident]:
        conditions, values = _conditions(which)
        if after is not None:
            conditions.append("(opened_at, id) < (%(after_at)s, %(after_id)s)")
            values |= {"after_at": stamp(after.opened_at), "after_id": after.id}
        source = "incidents"
        if places is not None:
            source = f"{PLACES} incidents"
            conditions.append("id = incident_id")
            values["places"] = places
        where = " and ".join(conditions) or "1 = 1"
        rows = self._database.rows(
            # Only fixed conditions are joined here; every value is a parameter.
            f"select document from {source} where {where} order by opened_at desc, id desc limit %(limit)s",  # noqa: S608
            limit=limit,
            **values,
        )
        return [_listed(row["document"]) for row in rows]

    def count_open(self) -> dict[Severity, int]:
        """Return how many incidents are open, by present severity."""
        rows = self._database.rows("{open_numbers}")
        return {Severity(row["severity"]): row["number"] for row in rows}

    def open_troubles(self, source: str, limit: int = 5_000) -> Sequence[Trouble]:
        """Return the open incidents of a source in short, the worst first.

        Only those whose fingerprints begin with the source and a slash, as those of polls do: others cost nothing here.
        """
        rows = self._database.rows(
            # "0" is what comes after a slash.
            """select id, fingerprint, target, severity from incidents
               where resolved_at is null and fingerprint >= %(first)s and fingerprint < %(end)s
               and {scan}source = %(source)s order by severity desc, id limit %(limit)s""",
            source=source,
            first=f"{source}/",
            end=f"{source}0",
            limit=limit,
        )
        return [
            Trouble(row["id"], row["fingerprint"], row["target"], Severity(row["severity"])) for row in rows
        ]

    def follower(self, incident: Incident) -> Incident | None:
        """Return the incident that follows this one, where the same trouble came back later."""
        rows = self._database.rows(
            """select document from incidents where fingerprint = %(fingerprint)s and opened_at >= %(opened_at)s
               order by opened_at, id limit 10""",
            fingerprint=incident.fingerprint,
            opened_at=stamp(incident.opened_at),
        )
        later = [read_incident(row["document"]) for row in rows]
        return next((other for other in later if other.follows == incident.id), None)

    def moments(self, incident_id: str, first: int = 1, last: int | None = None) -> Sequence[Moment]:
        """Return an incident's changes in order, from number ``first`` to ``last``."""
        rows = self._database.rows(
            """select * from changes where incident_id = %(id)s and sequence >= %(first)s
               and sequence <= %(last)s order by sequence""",
            id=incident_id,
            first=first,
            last=2**31 - 1 if last is None else last,
        )
        return [moment_of(row) for row in rows]

    def _known(self, fingerprint: str, ids: Sequence[str]) -> tuple[bool, Past]:
        # In one statement, as every event asks: the open incident, else the last, and as of when the newest news is.
        (row,) = self._database.rows(
            _asking(len(ids)),
            fingerprint=fingerprint,
            info=int(Severity.INFO),
            **{f"id{number}": id for number, id in enumerate(ids)},
        )
        document = row["document"]
        past = Past(None if document is None else read_incident(document), maybe_moment(row["newest"]))
        return bool(row["seen"]), past

    def ended(self, at: datetime, limit: int = 100) -> Sequence[Incident]:
        """Return open incidents whose own end has passed."""
        rows = self._database.rows(
            """select document from incidents where resolved_at is null and ends_at is not null
               and ends_at <= %(at)s order by ends_at limit %(limit)s""",
            at=stamp(at),
            limit=limit,
        )
        return [read_incident(row["document"]) for row in rows]


class IncidentWrites(EventWrites, IncidentQueries):
    """Changes of incidents."""

    def save_change(self, change: Change, untold: str = "") -> None:
        """Keep an incident as it is after ``change``, and the change as a row of its timeline.

        ``untold`` says why it has no deliveries.
        """
        self._save_incident(change.incident)
        if self._foreseen is not None:
            self._foreseen.changed(change.incident)
        self._database.queue(
            """insert into changes (incident_id, sequence, kind, severity, before, at, value, summary, event_id,
                                    untold)
               values (%(incident_id)s, %(sequence)s, %(kind)s, %(severity)s, %(before)s, %(at)s, %(value)s,
                       %(summary)s, %(event_id)s, %(untold)s)""",
            incident_id=change.incident.id,
            sequence=change.sequence,
            kind=change.kind.value,
            severity=int(change.incident.severity),
            before=int(change.before),
            at=stamp(change.event.received_at),
            value=change.event.value,
            summary=write_text(change.event.summary),
            event_id=change.event.id,
            untold=untold,
        )

    def prolong(self, incident: Incident, ends_at: datetime) -> None:
        """Put off the end of an open incident whose trouble was reported again."""
        prolonged = replace(incident, ends_at=ends_at)
        self._database.queue(
            "update incidents set ends_at = %(ends_at)s, document = %(document)s where id = %(id)s",
            id=incident.id,
            ends_at=stamp(ends_at),
            document=write_incident(prolonged),
        )
        if self._foreseen is not None:
            self._foreseen.changed(prolonged)

    def _save_incident(self, incident: Incident) -> None:
        self._database.queue(
            """insert into incidents (id, fingerprint, severity, peak, source, kind, target, opened_at, updated_at,
                                      resolved_at, ends_at, sequence, words, document)
               values (%(id)s, %(fingerprint)s, %(severity)s, %(peak)s, %(source)s, %(kind)s, %(target)s,
                       %(opened_at)s, %(updated_at)s, %(resolved_at)s, %(ends_at)s, %(sequence)s, %(words)s,
                       %(document)s)
               on conflict (id) do update set severity = excluded.severity, peak = excluded.peak,
                   updated_at = excluded.updated_at,
                   resolved_at = excluded.resolved_at, ends_at = excluded.ends_at, sequence = excluded.sequence,
                   words = excluded.words, document = excluded.document""",
            id=incident.id,
            fingerprint=incident.fingerprint,
            severity=int(incident.severity),
            peak=int(incident.peak),
            source=incident.source,
            kind=incident.kind,
            target=incident.target,
            opened_at=stamp(incident.opened_at),
            updated_at=stamp(incident.updated_at),
            resolved_at=None if incident.resolved_at is None else stamp(incident.resolved_at),
            ends_at=None if incident.ends_at is None else stamp(incident.ends_at),
            sequence=incident.sequence,
            words=_words(incident),
            document=write_incident(incident),
        )


def _conditions(which: Filter) -> tuple[list[str], dict[str, object]]:
    conditions: list[str] = []
    values: dict[str, object] = {}
    if which.is_open is not None:
        conditions.append("resolved_at is null" if which.is_open else "resolved_at is not null")
    # What is open is few beside a history: its own index first, whatever else is asked; then the target's, which tells most.
    scan = "{scan}" if which.is_open else ""
    beside = "{scan}" if which.is_open or which.target else ""
    # Critical is the worst there is: as an equality it is found by index, where a range would scan the history.
    worst = which.at_least is Severity.CRITICAL
    simple: tuple[tuple[str, str, object], ...] = (
        (
            f"{beside}peak = %(at_least)s" if worst else f"{beside}peak >= %(at_least)s",
            "at_least",
            None if which.at_least is None else int(which.at_least),
        ),
        (f"{scan}target = %(target)s", "target", which.target or None),
        (f"{beside}source = %(source)s", "source", which.source or None),
        ("opened_at >= %(since)s", "since", None if which.since is None else stamp(which.since)),
        ("opened_at < %(until)s", "until", None if which.until is None else stamp(which.until)),
    )
    for condition, name, value in simple:
        if value is not None:
            conditions.append(condition)
            values[name] = value
    if not which.source:
        # Signs of life are no history; who asks for their source sees them.
        conditions.append("source <> %(canary)s")
        values["canary"] = CANARY
    for number, word in enumerate(_asked(which)):
        conditions.append(f"words like %(word{number})s escape '!'")
        values[f"word{number}"] = f"%{_escaped(word)}%"
    return conditions, values


def _asked(which: Filter) -> list[str]:
    return [word[:LONGEST_WORD].lower() for word in which.words[:MOST_WORDS]]


def _escaped(word: str) -> str:
    return word.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def _words(incident: Incident) -> str:
    """What a text search looks through: the title and summary in both languages, names, labels and facts."""
    # Once each: what came from outside is the same in both.
    said = dict.fromkeys(
        say(what, language) for what in (incident.title, incident.summary) for language in Language
    )
    named = [incident.id, incident.target, incident.source, incident.kind]
    pairs = [value for _, value in (*incident.labels, *incident.facts)]
    return "\n".join((*said, *named, *pairs)).lower().replace("\0", " ")


def moment_of(row: Row) -> Moment:
    """Return the change that a row holds."""
    return Moment(
        sequence=row["sequence"],
        at=moment(row["at"]),
        kind=ChangeKind(row["kind"]),
        severity=Severity(row["severity"]),
        before=Severity(row["before"]),
        summary=read_text(row["summary"]),
        value=row["value"],
    )
