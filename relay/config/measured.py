"""What can be polled, and what each kind measures by itself; config.yaml may take it otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field

from relay.clever import Settings as CleverSettings
from relay.clever import stats
from relay.config.metrics import MetricSettings
from relay.sources import JsonSettings, ProbeSettings, PrometheusSettings

SourceSettingsOfAny = Annotated[
    PrometheusSettings | JsonSettings | ProbeSettings | CleverSettings, Field(discriminator="source")
]

_PROBE = {
    "up": MetricSettings(gauge="up", combine="min"),
    "response_time": MetricSettings(gauge="response_time"),
}
# By the figures that are read.
_CLEVER: Mapping[str, Mapping[str, MetricSettings]] = {
    "stats": {
        "cpu": MetricSettings(gauge="cpu", unit="%"),
        "memory": MetricSettings(gauge="mem", unit="%"),
        "load": MetricSettings(gauge="load1"),
    },
    "status-codes": {"error_rate_hourly": MetricSettings(gauge="error_rate_hourly", unit="%")},
    "requests": {"requests": MetricSettings(gauge="requests", unit="/s")},
    "warp10": {
        "disk": MetricSettings(gauge="disk", unit="%"),
        "network_in": MetricSettings(gauge="network_in", scale=0.001, unit="kB/s"),
        "network_out": MetricSettings(gauge="network_out", scale=0.001, unit="kB/s"),
        "network_errors": MetricSettings(gauge="network_errors", unit="/s"),
    },
    "access-logs": {
        "response_time": MetricSettings(gauge="response_time"),
        "error_rate": MetricSettings(gauge="error_rate", unit="%"),
        "answers": MetricSettings(gauge="answers", unit="/s"),
    },
}


def own_metrics(settings: Any) -> Mapping[str, MetricSettings]:
    """Return the metrics that a target has without a word."""
    if isinstance(settings, CleverSettings):
        return {name: given for figure in settings.reads for name, given in _CLEVER[figure].items()}
    return _PROBE if settings.source == "probe" else {}


def lag(settings: Any) -> timedelta:
    """Return how old a target's values rightly are when they can be read."""
    return stats.FRESH * settings.span if isinstance(settings, CleverSettings) else timedelta(0)
