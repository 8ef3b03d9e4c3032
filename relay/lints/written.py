"""What the file alone shows: waits shorter than a poll, channels that no route leads to, routes that nobody matches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from relay.config import Config
from relay.config.errors import Place
from relay.core.detectors.threshold import Threshold
from relay.core.matching import incident_labels, matches
from relay.core.model import Incident
from relay.core.provenance import Origin, span
from relay.core.routing import Route
from relay.core.rules import NO_DATA, POLLED
from relay.lints.finding import Finding


def findings(config: Config, path: Path, history: Sequence[Incident] | None) -> Iterator[Finding]:
    """Yield what the configuration shows; ``history`` are the incidents that routes could have matched, None for unknown."""
    yield from _short_waits(config)
    yield from _unrouted(config, path)
    for index, route in enumerate(config.routes):
        if ("routes", index) in config.where and not _could_match(route, config, history):
            seen = f" and none of {len(history)} incidents did" if history else ""
            message = f"nothing can match its where: no rule and no target here does{seen}"
            yield Finding("unmatched-route", _origin(config, path, ("routes", index)), route.name, message)


def _short_waits(config: Config) -> Iterator[Finding]:
    for rule in config.rules:
        detector = rule.detector
        if not isinstance(detector, Threshold) or not detector.hold or rule.origin is None:
            continue
        for target, _ in config.targets:
            takes = any(metric.name == rule.metric for metric in target.metrics)
            about = rule.target in (None, target.name) and target.name not in rule.except_targets
            if takes and about and detector.hold < target.every:
                message = f"for {span(detector.hold)} is shorter than the poll of {target.name} ({span(target.every)})"
                yield Finding(
                    "short-for", rule.origin, rule.name, f"{message}: two samples in a row always span it"
                )


def _unrouted(config: Config, path: Path) -> Iterator[Finding]:
    told = {channel for route in config.routes for channel in route.channels}
    told |= {fallback.channel for fallback in config.fallbacks.values()}
    for place in config.where:
        if place[0] == "channels" and place[1] not in told:
            message = "no route leads here: it is told of nothing but its own test"
            yield Finding("unrouted-channel", _origin(config, path, place), str(place[1]), message)


def _could_match(route: Route, config: Config, history: Sequence[Incident] | None) -> bool:
    """Whether a rule on a target here could open what ``route`` takes, or a webhook that is not known yet."""
    if any(matches(known, route.where) for known in _polled(config)):
        return True
    if history is not None and any(matches(incident_labels(one), route.where) for one in history):
        return True
    # What webhooks bring is known by history only.
    return bool(config.intakes) and not history


def _polled(config: Config) -> Iterator[dict[str, str]]:
    for target, _ in config.targets:
        own = {**dict(target.labels), "target": target.name, "source": POLLED}
        yield {**own, "kind": NO_DATA, "rule": NO_DATA}
        for rule in config.rules:
            if rule.target in (None, target.name) and target.name not in rule.except_targets:
                yield {**own, **dict(rule.labels), "kind": rule.name, "rule": rule.name}


def _origin(config: Config, path: Path, place: Place) -> Origin:
    return Origin(str(path), config.where[place].line, config.digest)
