"""What is polled: each target with its metrics and its source's own settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from relay.config.config import SourceSettings
from relay.config.draft import Draft
from relay.config.errors import Place
from relay.config.joined import own
from relay.config.metrics import MetricSettings, metric
from relay.config.model import TargetSettings
from relay.core.detectors.absent import Absent
from relay.core.measures import Metric
from relay.core.model import Severity, labels
from relay.core.targets import Target
from relay.sources import SettingsOfAny

# What a source measures by itself; config.yaml may take it otherwise.
OWN_METRICS: Mapping[str, Mapping[str, MetricSettings]] = {
    "probe": {
        "up": MetricSettings(gauge="up", combine="min"),
        "response_time": MetricSettings(gauge="response_time"),
    },
}


def targets(draft: Draft) -> tuple[tuple[Target, SourceSettings], ...]:
    """Return the targets; report what does not fit."""
    return tuple(
        (_target(name, settings, draft), own(settings, SettingsOfAny))
        for name, settings in draft.settings.targets.items()
    )


def _target(name: str, settings: Any, draft: Draft) -> Target:
    place = ("targets", name)
    if settings.deadline > settings.every:
        draft.findings.warn((*place, "deadline"), "is longer than every: a slow read delays the next one")
    metrics = tuple(_metrics(settings, settings.source, place, draft))
    if not metrics and (*place, "metrics") not in draft.findings.problems:
        draft.findings.warn(place, "takes no metric: only its silence is noticed; give it metrics")
    return Target(
        name=name,
        source=settings.source,
        every=settings.every,
        metrics=metrics,
        absent=Absent(settings.absent.after, Severity[settings.absent.severity.upper()]),
        deadline=settings.deadline,
        labels=labels(settings.labels),
        memory_limit=settings.memory_limit,
        request_counter=settings.request_counter,
    )


def _metrics(settings: TargetSettings, source: str, place: Place, draft: Draft) -> Iterator[Metric]:
    for name, given in {**OWN_METRICS.get(source, {}), **settings.metrics}.items():
        made = metric(name, given, settings.memory_limit, (*place, "metrics", name), draft.findings)
        if made is not None:
            yield made
