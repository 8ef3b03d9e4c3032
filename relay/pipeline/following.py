"""What followed a deployment: each gets its verdict after a while."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from relay.core import deployments
from relay.core.deployments import KIND, Deployment, Figure
from relay.core.model import Series, Severity
from relay.pipeline.measuring import around, threshold
from relay.pipeline.setup import Setup
from relay.pipeline.taking import Taken, take_all
from relay.store.incidents import Filter
from relay.store.transactions import Transaction

AT_ONCE = 20
LAST = 5
# When nothing could be judged for so long, the relay was down: nobody waits for the verdict any more.
STALE = timedelta(hours=6)


def judge(tx: Transaction, setup: Setup, at: datetime) -> Taken:
    """Judge the deployments whose time has come."""
    after = setup.following.verdict_after
    events = []
    for one in tx.unjudged(at - after, AT_ONCE):
        ended_at = one.ended_at or one.began_at
        is_told = one.is_asked_for and at - ended_at - after < STALE
        newer = tx.deployments(one.application, 1)
        # A newer one came before its time was over: what is measured now is that one's.
        is_told = is_told and not (newer and newer[0].id != one.id and newer[0].began_at < ended_at + after)
        figures = tuple(_figures(tx, setup, one, ended_at, ended_at + after)) if is_told else ()
        tx.keep_verdict(one, at, {figure.key: figure.after for figure in figures if figure.after is not None})
        if is_told:
            incidents = _opened(tx, setup, one, ended_at)
            events.append(deployments.verdict(one, figures, incidents, after, at))
    return take_all(tx, events, setup, at)


def _targets(setup: Setup, one: Deployment) -> list[str]:
    return [
        name
        for name, polled in setup.targets.items()
        if polled.target.application == one.application or name == one.target
    ]


def _figures(
    tx: Transaction, setup: Setup, one: Deployment, ended_at: datetime, until: datetime
) -> Iterator[Figure]:
    earlier = tx.figures_of(one.application, one.began_at, LAST)
    for name in _targets(setup, one):
        for metric in setup.targets[name].target.metrics:
            series = Series(name, metric.name)
            rule = next((rule for rule in setup.rules if rule.judges(series) and threshold(rule)), None)
            if rule is not None:
                figure = around(tx, rule, series, one, ended_at, until)
                known = tuple(past[figure.key] for past in earlier if figure.key in past)
                yield replace(figure, earlier=known)


def _opened(tx: Transaction, setup: Setup, one: Deployment, since: datetime) -> int:
    names = {*_targets(setup, one), one.target}
    found = [
        incident
        for name in sorted(names)
        for incident in tx.incidents(Filter(target=name, since=since, at_least=Severity.WARNING))
    ]
    return sum(incident.kind != KIND for incident in found)
