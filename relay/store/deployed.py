"""Queries on deployments: which came before something, which are to be judged, and what was measured around them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from relay.core.deployments import Deployment
from relay.core.model import Series
from relay.store import Row
from relay.store.documents import maybe_moment, moment, stamp, write_labels
from relay.store.targets import TargetQueries, TargetWrites


class DeploymentQueries(TargetQueries):
    """Reads of deployments."""

    def deployment_before(
        self, application: str, target: str, at: datetime, since: datetime, other_than: str = ""
    ) -> Deployment | None:
        """Return the newest deployment that began between ``since`` and ``at``; of an application, or of a target's name."""
        if self._foreseen is not None and {application, target} <= self._foreseen.undeployed:
            return None
        rows = self._database.rows(
            """select * from deployments where (application = %(application)s or target = %(target)s)
               and began_at <= %(at)s and began_at >= %(since)s and id <> %(other)s
               and state not in ('CANCELLED', 'FAIL') order by began_at desc limit 1""",
            application=application,
            target=target,
            at=stamp(at),
            since=stamp(since),
            other=other_than,
        )
        return _deployment(rows[0]) if rows else None

    def deployments(self, application: str, limit: int = 20) -> Sequence[Deployment]:
        """Return an application's deployments, newest first."""
        rows = self._database.rows(
            """select * from deployments where application = %(application)s
               order by began_at desc limit %(limit)s""",
            application=application,
            limit=limit,
        )
        return [_deployment(row) for row in rows]

    def unjudged(self, before: datetime, limit: int) -> Sequence[Deployment]:
        """Return successful deployments that ended before then and have no verdict yet, oldest first."""
        rows = self._database.rows(
            """select * from deployments where judged_at is null and ended_at is not null
               and ended_at <= %(before)s and state = 'OK' order by ended_at limit %(limit)s""",
            before=stamp(before),
            limit=limit,
        )
        return [_deployment(row) for row in rows]

    def figures_of(self, application: str, before: datetime, limit: int) -> Sequence[Mapping[str, float]]:
        """Return what was measured after each of the last deployments that began before then, by key."""
        rows = self._database.rows(
            """select figures from deployments where application = %(application)s and began_at < %(before)s
               and figures <> '' order by began_at desc limit %(limit)s""",
            application=application,
            before=stamp(before),
            limit=limit,
        )
        return [json.loads(row["figures"]) for row in rows]

    def mean(self, series: Series, since: datetime, until: datetime) -> float | None:
        """Return the mean of a series from ``since`` to before ``until``; None where there is no sample."""
        rows = self._database.rows(
            """select avg(s.value) as mean from samples s join series r on r.id = s.series_id
               where r.target = %(target)s and r.metric = %(metric)s and r.labels = %(labels)s
               and s.at >= %(since)s and s.at < %(until)s""",
            target=series.target,
            metric=series.metric,
            labels=write_labels(series.labels),
            since=stamp(since),
            until=stamp(until),
        )
        found = rows[0]["mean"]
        return None if found is None else float(found)


class DeploymentWrites(TargetWrites, DeploymentQueries):
    """Changes of deployments."""

    def keep_deployment(self, one: Deployment) -> None:
        """Keep what was told of a deployment, beside what is known of it: an end is never undone by a beginning."""
        if self._foreseen is not None:
            self._foreseen.undeployed.clear()
        self._database.run(
            """insert into deployments (id, application, target, began_at, ended_at, state, action, commit_id,
                                        cause, author, figures)
               values (%(id)s, %(application)s, %(target)s, %(began_at)s, %(ended_at)s, %(state)s, %(action)s,
                       %(commit)s, %(cause)s, %(author)s, '')
               on conflict (application, id) do update set
                   began_at = case when excluded.began_at < deployments.began_at
                              then excluded.began_at else deployments.began_at end,
                   ended_at = coalesce(deployments.ended_at, excluded.ended_at),
                   state = case when excluded.ended_at is null then deployments.state else excluded.state end,
                   target = excluded.target,
                   action = case when excluded.action = '' then deployments.action else excluded.action end,
                   commit_id = case when excluded.commit_id = '' then deployments.commit_id
                               else excluded.commit_id end,
                   cause = case when excluded.cause = '' then deployments.cause else excluded.cause end,
                   author = case when excluded.author = '' then deployments.author else excluded.author end""",
            id=one.id,
            application=one.application,
            target=one.target,
            began_at=stamp(one.began_at),
            ended_at=None if one.ended_at is None else stamp(one.ended_at),
            state=one.state,
            action=one.action,
            commit=one.commit,
            cause=one.cause,
            author=one.author,
        )

    def keep_verdict(self, one: Deployment, at: datetime, figures: Mapping[str, float]) -> None:
        """Take note that a deployment was judged, and of what was measured after it."""
        self._database.run(
            """update deployments set judged_at = %(at)s, figures = %(figures)s
               where application = %(application)s and id = %(id)s""",
            at=stamp(at),
            figures=json.dumps(dict(figures)) if figures else "",
            application=one.application,
            id=one.id,
        )

    def forget_deployments(self, before: datetime, limit: int) -> int:
        """Drop deployments that began before then; return how many."""
        return self._database.run(
            """delete from deployments where (application, id) in (select application, id from deployments
               where began_at < %(before)s order by began_at limit %(limit)s)""",
            before=stamp(before),
            limit=limit,
        )


def _deployment(row: Row) -> Deployment:
    return Deployment(
        id=row["id"],
        application=row["application"],
        target=row["target"],
        began_at=moment(row["began_at"]),
        ended_at=maybe_moment(row["ended_at"]),
        state=row["state"],
        action=row["action"],
        commit=row["commit_id"],
        cause=row["cause"],
        author=row["author"],
    )
