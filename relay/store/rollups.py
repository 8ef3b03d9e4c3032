"""Queries on rollups: made from samples a piece at a time, read together with the samples that are not rolled up yet.

The rules: a rollup is made once its time is long over, by a statement that gives the same when it is run again; from when
on there is more to roll up is read off what there is, so that nothing is kept that a crash could leave wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from relay.core.model import Sample, Series
from relay.core.rollups import FIVE_MINUTES, WIDTHS, Rollup, begin, of_rollups, of_samples, width_for
from relay.store import Row
from relay.store.documents import maybe_moment, moment, stamp, write_labels
from relay.store.targets import TargetQueries, TargetWrites

# Of what is not rolled up yet, so much is rolled up for one answer.
MOST_SAMPLES = 50_000
_FROM_SAMPLES = "samples s", "min(s.value), avg(s.value), max(s.value), count(*)"
_FROM_ROLLUPS = (
    "rollups s",
    "min(s.low), sum(s.mean * s.number) / sum(s.number), max(s.high), sum(s.number)",
)


@dataclass(frozen=True, slots=True)
class Rolled:
    """What one step rolled up: ``after`` is the last series that it looked at, None at the end."""

    made: int
    after: int | None


class RollupQueries(TargetQueries):
    """Reads of rollups."""

    def oldest(self, series: Series) -> dict[timedelta | None, datetime]:
        """Return since when a series is kept, by the width of its rollups; as samples under None."""
        found: dict[timedelta | None, datetime | None] = {}
        found[None] = self._edge(series, "select min(s.at) as at from samples s where s.series_id = %(id)s")
        for width in WIDTHS:
            found[width] = self._edge(
                series,
                "select min(s.at) as at from rollups s where s.series_id = %(id)s and s.width = %(width)s",
                width=_seconds(width),
            )
        return {width: at for width, at in found.items() if at is not None}

    def seen(self, series: Series, since: datetime, until: datetime, limit: int) -> Sequence[Sample | Rollup]:
        """Return a series over a span, oldest first: as samples where the span and their age allow, else as rollups."""
        width = width_for(since, until, self.oldest(series))
        if width is None:
            return self.samples(series, since, until, limit)
        return self.rollups(series, width, begin(since, width), until)[-limit:]

    def rollups(self, series: Series, width: timedelta, since: datetime, until: datetime) -> Sequence[Rollup]:
        """Return the rollups that begin in a span, oldest first; what is not rolled up yet is, for this answer."""
        found = self._id(series)
        if found is None:
            return []
        rows = self._database.rows(
            """select at, low, mean, high, number from rollups where series_id = %(id)s and width = %(width)s
               and at >= %(since)s and at < %(until)s order by at""",
            id=found,
            width=_seconds(width),
            since=stamp(since),
            until=stamp(until),
        )
        last = self._edge(
            series,
            "select max(s.at) as at from rollups s where s.series_id = %(id)s and s.width = %(width)s",
            width=_seconds(width),
        )
        later = begin(since, width) if last is None else max(begin(since, width), last + width)
        return [*(_rollup(row, width) for row in rows), *self._rest(series, width, later, until)]

    def _rest(self, series: Series, width: timedelta, since: datetime, until: datetime) -> list[Rollup]:
        if since >= until:
            return []
        if width > FIVE_MINUTES:
            return list(of_rollups(self.rollups(series, FIVE_MINUTES, since, until), width))
        return list(of_samples(self.samples(series, since, until, MOST_SAMPLES), width))

    def _edge(self, series: Series, sql: str, **values: object) -> datetime | None:
        found = self._id(series)
        return None if found is None else maybe_moment(self._database.rows(sql, id=found, **values)[0]["at"])

    def _id(self, series: Series) -> int | None:
        rows = self._database.rows(
            "select id from series where target = %(target)s and metric = %(metric)s and labels = %(labels)s",
            target=series.target,
            metric=series.metric,
            labels=write_labels(series.labels),
        )
        return int(rows[0]["id"]) if rows else None


class RollupWrites(TargetWrites, RollupQueries):
    """Changes of rollups."""

    def roll_up(self, width: timedelta, until: datetime, after: int, series: int, pieces: int) -> Rolled:
        """Make the rollups of the next ``series`` series after id ``after``, at most about ``pieces`` of each.

        They are made of what was before ``until``, which is the beginning of a piece.
        """
        (page,) = self._database.rows(
            """select count(*) as number, max(id) as last from
               (select id from series where id > %(after)s order by id limit %(series)s) page""",
            after=after,
            series=series,
        )
        if not page["number"]:
            return Rolled(0, None)
        source, figures = _FROM_SAMPLES if width == WIDTHS[0] else _FROM_ROLLUPS
        narrower = "" if width == WIDTHS[0] else "and s.width = %(narrower)s"
        # The limit keeps each series' place a subquery of its own, so that the key finds what comes after it.
        made = self._database.run(
            f"""insert into rollups (series_id, width, at, low, mean, high, number)
                select k.id, %(width)s, {{floor(}} s.at / %(span)s {{)floor}} * %(span)s, {figures}
                from (select p.id, p.since, (select min(s.at) from {source} where s.series_id = p.id {narrower}
                        and s.at >= p.since) as first
                      from (select id, coalesce((select max(r.at) + %(span)s from rollups r
                              where r.series_id = series.id and r.width = %(width)s), 0) as since
                            from series where id > %(after)s order by id limit %(series)s) p limit %(series)s) k
                join {source} on s.series_id = k.id {narrower} and s.at >= k.since
                 and s.at < {{floor(}} k.first / %(span)s {{)floor}} * %(span)s + %(pieces)s * %(span)s
                 and s.at < %(until)s
                group by 1, 3
                on conflict (series_id, width, at) do update set low = excluded.low, mean = excluded.mean,
                  high = excluded.high, number = excluded.number""",  # noqa: S608 - fixed texts of this module
            width=_seconds(width),
            narrower=_seconds(WIDTHS[0]),
            span=width.total_seconds(),
            after=after,
            series=series,
            until=stamp(until),
            pieces=float(pieces),
        )
        return Rolled(made, int(page["last"]))

    def forget_rollups(self, width: timedelta, before: datetime, limit: int) -> int:
        """Drop rollups older than ``before``, at most ``limit`` of them; return how many."""
        dropped = 0
        for row in self._database.rows("select id from series order by id"):
            if dropped < limit:
                dropped += self._database.run(
                    """delete from rollups where (series_id, width, at) in (select series_id, width, at from rollups
                       where series_id = %(id)s and width = %(width)s and at < %(before)s order by at
                       limit %(limit)s)""",
                    id=row["id"],
                    width=_seconds(width),
                    before=stamp(before),
                    limit=limit - dropped,
                )
        return dropped


def _rollup(row: Row, width: timedelta) -> Rollup:
    return Rollup(moment(row["at"]), width, row["low"], row["mean"], row["high"], int(row["number"]))


def _seconds(width: timedelta) -> int:
    return int(width.total_seconds())
