"""Queries on polled targets: when each is due, who reads it, its last raw readings, its series and samples."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from relay.core.detectors.absent import Silent
from relay.core.model import NoData, Readings, Sample, Series, Severity
from relay.store import Row
from relay.store.deliveries import DeliveryQueries, DeliveryWrites
from relay.store.documents import (
    maybe_moment,
    moment,
    read_labels,
    read_readings,
    read_text,
    stamp,
    write_labels,
    write_readings,
    write_text,
)


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to read a target until ``until``; only the holder of ``token`` may keep what it read."""

    target: str
    token: int
    until: datetime


@dataclass(frozen=True, slots=True)
class TargetState:
    """How a target does: its misses, and when it was last read with success."""

    name: str
    silent: Silent
    read_at: datetime | None
    due_at: datetime


@dataclass(frozen=True, slots=True)
class LastPoll:
    """What the polls of a target came to so far: its newest raw readings, which rates are taken against, and its silence.

    ``is_away``: our own network was kept from it.
    """

    readings: Readings | None = None
    silent: Silent = field(default_factory=Silent)
    is_away: bool = False


@dataclass(frozen=True, slots=True)
class Latest:
    """A series with its newest sample."""

    series: Series
    unit: str
    sample: Sample


# Fingerprints that one statement asks for.
_AT_ONCE = 500
_ADD_SAMPLE = """insert into samples (series_id, at, value)
    select id, %(at)s, %(value)s from series
    where target = %(target)s and metric = %(metric)s and labels = %(labels)s on conflict do nothing"""


class TargetQueries(DeliveryQueries):
    """Reads of targets, series and samples."""

    def target_states(self) -> Sequence[TargetState]:
        """Return the state of every target that was ever polled."""
        return [_state(row) for row in self._database.rows("select * from targets order by name")]

    def last_poll(self, target: str) -> LastPoll:
        """Return what a target's polls came to so far."""
        rows = self._database.rows(
            "select readings, misses, silent_since, reason, away_since from targets where name = %(name)s",
            name=target,
        )
        if not rows:
            return LastPoll()
        (row,) = rows
        return LastPoll(read_readings(row["readings"]), _silent(row), row["away_since"] is not None)

    def severities(self, fingerprints: Collection[str]) -> Mapping[str, Severity]:
        """Return how bad those of these troubles are that are open."""
        found: dict[str, Severity] = {}
        asked = list(fingerprints)
        for start in range(0, len(asked), _AT_ONCE):
            named = {f"at{place}": one for place, one in enumerate(asked[start : start + _AT_ONCE])}
            places = ", ".join(f"%({name})s" for name in named)
            # Only places are joined here; every value is a parameter.
            sql = f"select fingerprint, severity from incidents where fingerprint in ({places}) and resolved_at is null"  # noqa: S608
            rows = self._database.rows(sql, **named)
            found.update((row["fingerprint"], Severity(row["severity"])) for row in rows)
        return found

    def samples(
        self, series: Series, since: datetime, until: datetime | None = None, limit: int = 5_000
    ) -> Sequence[Sample]:
        """Return the samples at or after ``since`` and before ``until``, oldest first; of too many the newest."""
        rows = self._database.rows(
            """select at, value from (
                 select s.at, s.value from samples s join series r on r.id = s.series_id
                 where r.target = %(target)s and r.metric = %(metric)s and r.labels = %(labels)s
                   and s.at >= %(since)s and s.at < %(until)s order by s.at desc limit %(limit)s) newest
               order by at""",
            target=series.target,
            metric=series.metric,
            labels=write_labels(series.labels),
            since=stamp(since),
            until=1e12 if until is None else stamp(until),
            limit=limit,
        )
        return [Sample(moment(row["at"]), row["value"]) for row in rows]

    def samples_from(self, series: Series, since: datetime, until: datetime, limit: int) -> Sequence[Sample]:
        """Return the first ``limit`` samples at or after ``since`` and before ``until``, oldest first."""
        rows = self._database.rows(
            """select s.at, s.value from samples s join series r on r.id = s.series_id
               where r.target = %(target)s and r.metric = %(metric)s and r.labels = %(labels)s
                 and s.at >= %(since)s and s.at < %(until)s order by s.at limit %(limit)s""",
            target=series.target,
            metric=series.metric,
            labels=write_labels(series.labels),
            since=stamp(since),
            until=stamp(until),
            limit=limit,
        )
        return [Sample(moment(row["at"]), row["value"]) for row in rows]

    def series_of(self, target: str, metric: str) -> Sequence[tuple[Series, str]]:
        """Return the series of one metric of a target, each with its unit."""
        rows = self._database.rows(
            "select labels, unit from series where target = %(target)s and metric = %(metric)s order by labels",
            target=target,
            metric=metric,
        )
        return [(Series(target, metric, read_labels(row["labels"])), row["unit"]) for row in rows]

    def latest(self) -> Sequence[Latest]:
        """Return every series with its newest sample, without those that only stand beside others."""
        rows = self._database.rows(
            """select r.target, r.metric, r.labels, r.unit, s.at, s.value from series r
               join samples s on s.series_id = r.id
                and s.at = (select max(at) from samples where series_id = r.id)
               where substr(r.metric, 1, 1) <> '_'
               order by r.target, r.metric, r.labels"""
        )
        return [
            Latest(
                Series(row["target"], row["metric"], read_labels(row["labels"])),
                row["unit"],
                Sample(moment(row["at"]), row["value"]),
            )
            for row in rows
        ]


class TargetWrites(DeliveryWrites, TargetQueries):
    """Changes of targets, series and samples."""

    def know_targets(self, names: Iterable[str], at: datetime) -> None:
        """Take note of the configured targets; a new one is due at once, one that is gone is forgotten."""
        wanted = set(names)
        known = {row["name"] for row in self._database.rows("select name from targets")}
        for name in sorted(wanted - known):
            self._database.run(
                """insert into targets (name, due_at, lease_owner, lease_until, token, misses, reason, readings)
                   values (%(name)s, %(at)s, '', 0, 0, 0, '', '') on conflict do nothing""",
                name=name,
                at=stamp(at),
            )
        for name in sorted(known - wanted):
            self._database.run("delete from targets where name = %(name)s", name=name)

    def claim_targets(
        self, every: Mapping[str, timedelta], owner: str, at: datetime, lease: timedelta, limit: int
    ) -> Sequence[Lease]:
        """Take the targets that are due, each for ``lease``, and set when they are due next.

        A target keeps its beat: the next time is a whole number of its periods after the last, never in the past.
        """
        rows = self._database.rows(
            """select name, due_at, token from targets where due_at <= %(at)s and lease_until <= %(at)s
               order by due_at, name limit %(limit)s {skip}""",
            at=stamp(at),
            limit=limit,
        )
        return [
            self._claim_target(row, every[row["name"]], owner, at, lease)
            for row in rows
            if row["name"] in every
        ]

    def keep_read(self, lease: Lease, silent: Silent, result: Readings | NoData) -> bool:
        """Keep what a read brought and free the target; return False when the lease was lost meanwhile, or given back."""
        brought = isinstance(result, Readings)
        return bool(
            self._database.run(
                """update targets set misses = %(misses)s, silent_since = %(since)s, reason = %(reason)s,
                       lease_until = 0,
                       readings = case when %(brought)s = 1 then %(readings)s else readings end,
                       read_at = case when %(brought)s = 1 then %(at)s else read_at end
                   where name = %(name)s and token = %(token)s and lease_until > 0""",
                name=lease.target,
                token=lease.token,
                misses=silent.misses,
                since=None if silent.since is None else stamp(silent.since),
                reason="" if silent.reason is None else write_text(silent.reason),
                brought=int(brought),
                readings=write_readings(result) if isinstance(result, Readings) else "",
                at=stamp(result.at),
            )
        )

    def keep_away(self, name: str, at: datetime) -> None:
        """Note that our own network keeps us from a target, since ``at`` where it was not noted before."""
        self._database.run(
            "update targets set away_since = coalesce(away_since, %(at)s) where name = %(name)s",
            name=name,
            at=stamp(at),
        )

    def end_away(self) -> datetime | None:
        """End that for all targets; return since when it was, once."""
        (row,) = self._database.rows("select min(away_since) as since from targets")
        ended = self._database.run("update targets set away_since = null where away_since is not null")
        return maybe_moment(row["since"]) if ended else None

    def add_sample(self, series: Series, unit: str, sample: Sample) -> bool:
        """Keep a sample; return False when the series has one of that moment already."""
        named = {"target": series.target, "metric": series.metric, "labels": write_labels(series.labels)}
        values = {"at": stamp(sample.at), "value": sample.value, **named}
        # Nearly always the series is known and the moment is not: one statement.
        if self._database.run(_ADD_SAMPLE, **values):
            return True
        self._note_series(unit, named)
        return bool(self._database.run(_ADD_SAMPLE, **values))

    def forget_samples(self, before: datetime, limit: int) -> int:
        """Drop samples older than ``before``, at most ``limit`` of them; return how many."""
        dropped = 0
        # Series by series, so that the key finds them: a search through all samples would hold up the writer.
        for row in self._database.rows("select id from series order by id"):
            if dropped < limit:
                dropped += self._database.run(
                    """delete from samples where (series_id, at) in (select series_id, at from samples
                       where series_id = %(id)s and at < %(before)s order by at limit %(limit)s)""",
                    id=row["id"],
                    before=stamp(before),
                    limit=limit - dropped,
                )
        return dropped

    def _claim_target(self, row: Row, every: timedelta, owner: str, at: datetime, lease: timedelta) -> Lease:
        period = every.total_seconds()
        missed = max(0, int((stamp(at) - row["due_at"]) // period))
        self._database.queue(
            """update targets set lease_owner = %(owner)s, lease_until = %(until)s, token = token + 1,
                   due_at = %(due_at)s where name = %(name)s""",
            name=row["name"],
            owner=owner,
            until=stamp(at + lease),
            due_at=row["due_at"] + (missed + 1) * period,
        )
        return Lease(row["name"], row["token"] + 1, at + lease)

    def _note_series(self, unit: str, named: Mapping[str, str]) -> None:
        self._database.queue(
            """insert into series (target, metric, labels, unit)
               values (%(target)s, %(metric)s, %(labels)s, %(unit)s) on conflict do nothing""",
            unit=unit,
            **named,
        )


def _state(row: Row) -> TargetState:
    return TargetState(row["name"], _silent(row), maybe_moment(row["read_at"]), moment(row["due_at"]))


def _silent(row: Row) -> Silent:
    reason = read_text(row["reason"]) if row["reason"] else None
    return Silent(row["misses"], maybe_moment(row["silent_since"]), reason)
