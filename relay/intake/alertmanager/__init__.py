"""Alerts of Prometheus, Alertmanager and Grafana: the webhook (versions 4 and 1) and ``POST /api/v2/alerts``.

The rule: a bad alert is refused by its number, and the good ones beside it are kept; Prometheus never sends them again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from relay.core.model import Event, Severity
from relay.core.text import text, verbatim
from relay.intake.alertmanager.alert import Alert
from relay.intake.alertmanager.identity import fingerprint
from relay.intake.alertmanager.span import Span, posted, told
from relay.intake.bounds import TITLE, line, link, pairs, prose
from relay.intake.document import document
from relay.intake.protocol import BodyError, Parsed
from relay.intake.severities import COMMON, Word, severity

SOURCE = "alertmanager"
# Prometheus 3 posts up to 256 alerts; a webhook holds a whole group, which only the body's size bounds.
MOST_POSTED = 256
MOST_TOLD = 2_048
_COMPLAINTS = 10
_TOLD = ("description", "message", "summary")
# Annotations that title and summary are made of.
_SHOWN = frozenset({*_TOLD, "title"})


class Settings(BaseModel):
    """Alerts of Prometheus, Alertmanager or Grafana."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["alertmanager"]
    severity_label: str = Field(default="severity", description="The label that says how bad an alert is.")
    severities: dict[str, Word] = Field(
        default={},
        description="What the values of that label mean, besides the common words.",
        examples=[{"page": "critical", "ticket": "warning"}],
    )
    default_severity: Literal["info", "warning", "critical"] = Field(
        default="warning", description="The severity of an alert whose label is missing or unknown."
    )
    target_labels: tuple[str, ...] = Field(
        default=("service", "app", "instance", "job", "host", "pod"),
        description="The labels that may name the target; the first that an alert has does.",
    )
    resolve_timeout: timedelta = Field(
        default=timedelta(minutes=5),
        gt=timedelta(0),
        le=timedelta(days=7),
        description="When an alert that was posted without endsAt is over unless it is posted again.",
    )

    def build(self) -> Alertmanager:
        """Return the intake."""
        own = {word.casefold(): severity(level) for word, level in self.severities.items()}
        return Alertmanager(self, {**COMMON, **own})


@dataclass(frozen=True, slots=True)
class Alertmanager:
    """Reads both forms; which one a body has, its JSON type says: the webhook is an object, the API's an array."""

    settings: Settings
    severities: Mapping[str, Severity]
    body_limit: int = 1024 * 1024

    def parse(self, body: bytes, headers: Mapping[str, str], received_at: datetime) -> Parsed:
        """Return one event an alert; ``rejected`` names the bad ones by their place in the list."""
        del headers
        said = document(body)
        if said is None:
            return Parsed((), note="no alerts")
        if isinstance(said, list):
            read = partial(posted, timeout=self.settings.resolve_timeout)
            return self._each(_bounded(said, MOST_POSTED), read, received_at)
        if not isinstance(said, dict) or not isinstance(said.get("alerts"), list):
            raise BodyError("the body must be an array of alerts, or a webhook with an array “alerts”")
        parsed = self._each(_bounded(said["alerts"], MOST_TOLD), told, received_at)
        truncated = "the sender left out alerts (max_alerts)" if said.get("truncatedAlerts") else ""
        return replace(parsed, note=parsed.note or truncated)

    def _each(
        self, items: Sequence[object], read: Callable[[Alert, str, datetime], Span], received_at: datetime
    ) -> Parsed:
        events: list[Event] = []
        complaints: list[str] = []
        for index, item in enumerate(items):
            try:
                alert = Alert.read(item)
            except ValueError as error:
                complaints.append(f"alert {index}: {error}")
            else:
                name = fingerprint(alert.labels)
                events.append(self._event(alert, name, read(alert, name, received_at), received_at))
        return Parsed(tuple(events), "" if items else "no alerts", _joined(complaints))

    def _event(self, alert: Alert, name: str, span: Span, received_at: datetime) -> Event:
        labels = alert.labels
        target = next((labels[label] for label in self.settings.target_labels if label in labels), SOURCE)
        return Event(
            id=span.id,
            fingerprint=f"{SOURCE}/{name}",
            severity=self._severity(alert) if span.firing else Severity.OK,
            kind=line(labels.get("alertname", "alert")) or "alert",
            source=SOURCE,
            target=line(target) or SOURCE,
            title=verbatim(_title(alert)),
            summary=verbatim(_summary(alert)) if span.firing else text("alert.over"),
            occurred_at=span.occurred_at,
            received_at=received_at,
            # Senders repeat what is so now, in order: an alert's own dates do not say which report is newer.
            as_of=received_at,
            labels=pairs(labels.items()),
            facts=pairs(_facts(alert)),
            ends_at=span.ends_at,
            repeats=span.repeats,
        )

    def _severity(self, alert: Alert) -> Severity:
        word = alert.labels.get(self.settings.severity_label, "").strip().casefold()
        # What fires is never an end, whatever its label says.
        return max(self.severities.get(word, severity(self.settings.default_severity)), Severity.INFO)


def _bounded(items: Sequence[object], most: int) -> Sequence[object]:
    if len(items) > most:
        raise BodyError(f"{len(items)} alerts in one request, at most {most} are taken", status=413)
    return items


def _joined(complaints: Sequence[str]) -> str:
    shown = "; ".join(complaints[:_COMPLAINTS])
    rest = len(complaints) - _COMPLAINTS
    return f"{shown}; and {rest} more" if rest > 0 else shown


def _title(alert: Alert) -> str:
    notes = alert.annotations
    said = (alert.labels.get("alertname"), notes.get("summary") or notes.get("title"))
    return line(": ".join(words for words in said if words), TITLE) or _named(alert)


def _summary(alert: Alert) -> str:
    said = next((alert.annotations[name] for name in _TOLD if name in alert.annotations), "")
    return prose(said) or _named(alert)


def _named(alert: Alert) -> str:
    return line(", ".join(f"{name}={value}" for name, value in pairs(alert.labels.items())), TITLE) or "alert"


def _facts(alert: Alert) -> list[tuple[str, str]]:
    links = {
        "graph": alert.generator_url,
        "dashboard": alert.dashboard_url,
        "panel": alert.panel_url,
        "silence": alert.silence_url,
    }
    facts: list[tuple[str, str]] = []
    for name, words in alert.annotations.items():
        if name.endswith("_url"):
            links[name] = words
        elif name not in _SHOWN and name not in links:
            facts.append((name, words))
    return [*((name, link(address)) for name, address in links.items() if address), *facts]
