"""Queries that look back: samples a page at a time, reads that brought nothing, and what was found in a span of time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from relay.core.detectors.absent import Silent
from relay.core.model import Event, Incident, Moment, Series
from relay.core.text import Text
from relay.store.documents import (
    moment,
    read_incident,
    read_labels,
    read_text,
    stamp,
    write_text,
)
from relay.store.events import recorded_of
from relay.store.incidents import moment_of
from relay.store.targets import TargetQueries, TargetWrites

MOMENTS_AT_ONCE = 1_000

_FOUND = """select document from incidents where {} and opened_at < %(until)s
    and (opened_at, id) > (%(after_at)s, %(after_id)s) order by opened_at, id limit %(limit)s"""
_OPEN_THEN = _FOUND.format("{scan}source = %(source)s and resolved_at is null")
_OVER_THEN = _FOUND.format(
    "source = %(source)s and resolved_at is not null and {scan}resolved_at >= %(since)s"
)


@dataclass(frozen=True, slots=True)
class Miss:
    """A read that brought nothing, the ``number``-th in a row; 0 is the read that brought data again."""

    at: datetime
    number: int
    reason: Text | None


@dataclass(frozen=True, slots=True)
class Kept:
    """A series and the span of time in which samples of it are kept."""

    series: Series
    unit: str
    first_at: datetime
    last_at: datetime


class HindsightQueries(TargetQueries):
    """Reads of the past."""

    def kept_series(self) -> Sequence[Kept]:
        """Return every series of which samples are kept."""
        rows = self._database.rows(
            """select * from (select target, metric, labels, unit,
                 (select min(at) from samples where series_id = series.id) as first_at,
                 (select max(at) from samples where series_id = series.id) as last_at from series) known
               where first_at is not null order by target, metric, labels"""
        )
        return [
            Kept(
                Series(row["target"], row["metric"], read_labels(row["labels"])),
                row["unit"],
                moment(row["first_at"]),
                moment(row["last_at"]),
            )
            for row in rows
        ]

    def misses(self, target: str, since: datetime, until: datetime, limit: int) -> Sequence[Miss]:
        """Return the reads of a target that brought nothing, and each that ended such a run, oldest first."""
        rows = self._database.rows(
            """select * from misses where target = %(target)s and at >= %(since)s and at < %(until)s
               order by at limit %(limit)s""",
            target=target,
            since=stamp(since),
            until=stamp(until),
            limit=limit,
        )
        return [
            Miss(moment(row["at"]), row["number"], read_text(row["reason"]) if row["reason"] else None)
            for row in rows
        ]

    def event_of(self, incident_id: str, sequence: int) -> Event | None:
        """Return the event that caused a change, or None."""
        rows = self._database.rows(
            """select e.* from changes c join events e on e.id = c.event_id
               where c.incident_id = %(id)s and c.sequence = %(sequence)s""",
            id=incident_id,
            sequence=sequence,
        )
        return recorded_of(rows[0]).event if rows else None

    def found_between(
        self, source: str, since: datetime, until: datetime, after: Incident | None, limit: int
    ) -> Sequence[Incident]:
        """Return the incidents of a source that were open at some time of a span, the first opened first, after one."""
        # Two looks, as what is open has an index of its own.
        found = [
            read_incident(row["document"])
            for asked in (_OPEN_THEN, _OVER_THEN)
            for row in self._database.rows(
                asked,
                source=source,
                since=stamp(since),
                until=stamp(until),
                after_at=-1e12 if after is None else stamp(after.opened_at),
                after_id="" if after is None else after.id,
                limit=limit,
            )
        ]
        return sorted(found, key=lambda one: (one.opened_at, one.id))[:limit]

    def every_moment(self, incident_id: str) -> Iterator[Moment]:
        """Yield an incident's changes in order, however many they are, each at the time as of which it was known.

        A source may bring a sample some time after it was taken; what is judged again is judged by the sample.
        """
        first = 1
        while piece := self._known_moments(incident_id, first):
            yield from piece
            first = piece[-1].sequence + 1

    def _known_moments(self, incident_id: str, first: int) -> Sequence[Moment]:
        rows = self._database.rows(
            """select c.*, coalesce(e.known_at, c.at) as known_at from changes c left join events e on e.id = c.event_id
               where c.incident_id = %(id)s and c.sequence >= %(first)s order by c.sequence limit %(limit)s""",
            id=incident_id,
            first=first,
            limit=MOMENTS_AT_ONCE,
        )
        return [replace(moment_of(row), at=moment(row["known_at"])) for row in rows]

    def last_of(self, fingerprint: str, before: datetime) -> Incident | None:
        """Return the newest incident of a trouble that opened before then, or None."""
        rows = self._database.rows(
            """select document from incidents where fingerprint = %(fingerprint)s and opened_at < %(before)s
               order by opened_at desc, id desc limit 1""",
            fingerprint=fingerprint,
            before=stamp(before),
        )
        return read_incident(rows[0]["document"]) if rows else None


class HindsightWrites(TargetWrites, HindsightQueries):
    """Changes of what is kept to look back at."""

    def keep_miss(self, target: str, at: datetime, silent: Silent) -> None:
        """Keep that a read brought nothing, or that one brought data again after such a run."""
        self._database.queue(
            """insert into misses (target, at, number, reason) values (%(target)s, %(at)s, %(number)s, %(reason)s)
               on conflict do nothing""",
            target=target,
            at=stamp(at),
            number=silent.misses,
            reason="" if silent.reason is None else write_text(silent.reason),
        )

    def forget_misses(self, before: datetime, limit: int) -> None:
        """Drop misses older than ``before``, at most ``limit`` of them."""
        self._database.run(
            """delete from misses where (target, at) in
               (select target, at from misses where at < %(before)s order by at limit %(limit)s)""",
            before=stamp(before),
            limit=limit,
        )
