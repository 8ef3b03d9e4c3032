"""What the relay counts of itself, in a registry of its own. Label sets are bounded by the configuration."""

from __future__ import annotations

from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from relay.pipeline.poll_meter import PollMeter


class Meter:
    """Counters and histograms of one running relay."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.received = Counter(
            "relay_requests_received_total", "Webhook requests stored", ["intake"], registry=self.registry
        )
        self.rejected = Counter(
            "relay_requests_rejected_total",
            "Webhook requests refused",
            ["intake", "status"],
            registry=self.registry,
        )
        self.events = Counter(
            "relay_events_total",
            "Events by what became of them",
            ["source", "outcome"],
            registry=self.registry,
        )
        self.attempts = Counter(
            "relay_delivery_attempts_total",
            "Attempts to deliver",
            ["channel", "outcome"],
            registry=self.registry,
        )
        self.pictures = Counter(
            "relay_pictures_total",
            "Charts for messages: made, or why a message went without",
            ["channel", "outcome"],
            registry=self.registry,
        )
        self.chart_requests = Counter(
            "relay_chart_requests_total",
            "Requests for a chart by its sealed address",
            ["outcome"],
            registry=self.registry,
        )
        self.delivery_seconds = Histogram(
            "relay_delivery_seconds",
            "From an event's arrival to its delivery",
            ["channel"],
            registry=self.registry,
            buckets=(0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 60, 600, 3600),
        )
        self.polls = PollMeter()
        self.registry.register(self.polls)
        self.platform_requests = Counter(
            "relay_platform_requests_total",
            "Requests to Clever Cloud",
            ["account", "service"],
            registry=self.registry,
        )
        self.canary = Counter(
            "relay_canary_total", "Steps of the canary", ["step", "outcome"], registry=self.registry
        )
        self.canary_arrived = Gauge(
            "relay_canary_arrived_timestamp_seconds",
            "When the last sign of life arrived, 0 for never",
            registry=self.registry,
        )
        self.missed_ticks = Counter(
            "relay_missed_ticks_total", "Ticks that came late or not at all", ["job"], registry=self.registry
        )

        # To find a counter by its labels takes longer than to count, and each request asks for the same few.
        self.event = cache(self.events.labels)
        self.request = cache(self.received.labels)
        self.refusal = cache(self.rejected.labels)

    def beaten(self, step: str, outcome: str) -> None:
        """Count a step of the canary."""
        self.canary.labels(step, outcome).inc()
        if (step, outcome) == ("arrival", "well"):
            self.canary_arrived.set_to_current_time()
