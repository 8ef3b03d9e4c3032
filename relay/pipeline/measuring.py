"""What a metric was before and after a deployment."""

from __future__ import annotations

from datetime import datetime, timedelta

from relay.core.deployments import Deployment, Figure
from relay.core.model import Series
from relay.core.rules import Rule
from relay.store.transactions import Transaction

# Over so long before a deployment, and at most so long after, a figure is averaged.
AROUND = timedelta(minutes=30)


def around(
    tx: Transaction, rule: Rule, series: Series, one: Deployment, since: datetime, until: datetime
) -> Figure:
    """Return a metric before a deployment, and from ``since`` to ``until`` after it."""
    return Figure(
        key=f"{series.target}/{series.metric}",
        metric=rule.metric_text(),
        unit=rule.unit,
        threshold=threshold(rule),
        before=tx.mean(series, one.began_at - AROUND, one.began_at),
        after=tx.mean(series, since, until),
        below=bool(getattr(rule.detector, "below", False)),
    )


def threshold(rule: Rule) -> float:
    """Return where a rule begins to warn; 0 for one that has no thresholds."""
    levels = getattr(rule.detector, "levels", ())
    return abs(levels[0].enter) if levels else 0.0
