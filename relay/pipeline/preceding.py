"""The deployment that came before a trouble, named with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from relay.core import deployments
from relay.core.deployments import Deployment, Figure
from relay.core.model import Change, ChangeKind, Event, Series
from relay.core.rules import POLLED
from relay.pipeline.measuring import AROUND, around
from relay.pipeline.setup import Setup
from relay.store.transactions import Transaction

_BEGINNINGS = frozenset({ChangeKind.OPENED, ChangeKind.REOPENED, ChangeKind.NOTICED})
_MOMENT = timedelta(microseconds=1)


def named(tx: Transaction, change: Change, setup: Setup) -> Change:
    """Return ``change`` with the deployment that its trouble followed, where there is one and it begins now."""
    event = change.event
    if change.kind not in _BEGINNINGS or event.kind == deployments.KIND:
        return change
    polled = setup.targets.get(event.target)
    application = (polled.target.application if polled else None) or dict(event.labels).get("resource", "")
    since = event.occurred_at - setup.following.within
    own = dict(event.facts).get("deployment", "")
    found = tx.deployment_before(application, event.target, event.occurred_at, since, own)
    if found is None:
        return change
    said = deployments.preceded(found, event.occurred_at, _figure(tx, event, found, setup))
    return replace(change, incident=replace(change.incident, deployment=said))


def _figure(tx: Transaction, event: Event, found: Deployment, setup: Setup) -> Figure | None:
    if event.source != POLLED:
        return None
    for rule in setup.rules:
        series = Series(event.target, rule.metric)
        if rule.name == event.kind and rule.judges(series):
            until = event.known_at + _MOMENT
            since = max(found.ended_at or found.began_at, until - AROUND)
            return around(tx, rule, series, found, min(since, event.known_at), until)
    return None
