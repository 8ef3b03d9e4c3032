"""What is polled: each target with its metrics and its source's own settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from relay.config.accounts import accounted, application_of, deadline, every
from relay.config.config import SourceSettings
from relay.config.draft import Draft
from relay.config.errors import Place
from relay.config.joined import own
from relay.config.measured import SourceSettingsOfAny, lag, own_metrics
from relay.config.metrics import metric
from relay.config.model import TargetSettings
from relay.core.detectors.absent import Absent
from relay.core.measures import Metric
from relay.core.model import Severity, labels
from relay.core.targets import Target


def targets(draft: Draft) -> tuple[tuple[Target, SourceSettings], ...]:
    """Return the targets; report what does not fit."""
    return tuple(
        (_target(name, settings, draft), accounted(own(settings, SourceSettingsOfAny), name, draft))
        for name, settings in draft.settings.targets.items()
    )


def _target(name: str, settings: Any, draft: Draft) -> Target:
    place = ("targets", name)
    if settings.deadline > settings.every:
        draft.findings.warn((*place, "deadline"), "is longer than every: a slow read delays the next one")
    metrics = tuple(_metrics(settings, place, draft))
    if not metrics and (*place, "metrics") not in draft.findings.problems:
        draft.findings.warn(place, "takes no metric: only its silence is noticed; give it metrics")
    return Target(
        name=name,
        source=settings.source,
        every=every(settings, place, draft),
        metrics=metrics,
        absent=Absent(settings.absent.after, Severity[settings.absent.severity.upper()]),
        deadline=deadline(settings),
        labels=labels(settings.labels),
        memory_limit=settings.memory_limit,
        request_counter=settings.request_counter,
        lag=lag(settings),
        route_label=settings.route_label,
        application=settings.application or application_of(settings) or None,
    )


def _metrics(settings: TargetSettings, place: Place, draft: Draft) -> Iterator[Metric]:
    for name, given in {**own_metrics(settings), **settings.metrics}.items():
        made = metric(name, given, settings.memory_limit, (*place, "metrics", name), draft.findings)
        if made is not None:
            yield made
