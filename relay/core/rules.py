"""Rules: which series, which detector, and the event that a verdict gives."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from relay.core.catalogue import CATALOGUE
from relay.core.detectors import Detector, Verdict, flapping
from relay.core.detectors.absent import Silent
from relay.core.identity import dated
from relay.core.model import Event, Labels, Sample, Series, Severity
from relay.core.provenance import Origin, settings
from relay.core.text import Quantity, Text, text, verbatim

# The whole of what the relay's own verdicts come from, as an event's source.
POLLED = "poll"
NO_DATA = "no-data"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the threshold table: judges every series of ``metric``, or only those of ``target``.

    ``except_targets`` have a row of this name of their own, or are not judged by it. ``source`` is that of its events;
    ``momentary``: they have no end to wait for.
    """

    name: str
    metric: str
    detector: Detector
    unit: str = ""
    labels: Labels = ()
    target: str | None = None
    title: str | None = None
    except_targets: frozenset[str] = frozenset()
    source: str = POLLED
    momentary: bool = False
    origin: Origin | None = field(default=None, compare=False)

    def judges(self, series: Series) -> bool:
        """Whether this row is about ``series``."""
        if series.metric != self.metric or series.target in self.except_targets:
            return False
        return self.target in (None, series.target)

    def fingerprint(self, series: Series) -> str:
        """Name the trouble: this rule on this series."""
        return _named(series.target, self.name, *(f"{name}={value}" for name, value in series.labels))

    def event(self, series: Series, sample: Sample, verdict: Verdict, received_at: datetime) -> Event:
        """Return what the verdict says as an event."""
        fingerprint = self.fingerprint(series)
        # The trouble began when its threshold was first passed; it ends now.
        occurred_at = sample.at if verdict.severity is Severity.OK else min(verdict.since, sample.at)
        return Event(
            # By the sample: a level that is entered, left for a worse one and come back to is three events.
            id=dated(sample.at, fingerprint, verdict.severity.word, sample.at.isoformat()),
            fingerprint=fingerprint,
            severity=verdict.severity,
            kind=self.name,
            source=self.source,
            target=series.target,
            title=self._title(series.target, verdict),
            summary=verdict.summary or self._summary(sample, verdict),
            occurred_at=occurred_at,
            received_at=received_at,
            labels=tuple(sorted({**dict(series.labels), **dict(self.labels), "rule": self.name}.items())),
            facts=verdict.facts,
            value=sample.value,
            threshold=verdict.threshold,
            unit=self.unit,
            as_of=sample.at,
            momentary=self.momentary,
            rule=self.record(),
        )

    def record(self) -> Labels:
        """Return this rule as pairs to keep: its name, what it judges, every setting, and where it is written."""
        named = (("rule", self.name), ("kind", _kind(self.detector)), ("metric", self.metric))
        where = (("target", self.target),) if self.target is not None else ()
        given = (("labels." + name, value) for name, value in self.labels)
        return (
            *named,
            *where,
            *settings(self.detector),
            *given,
            *(self.origin.pairs() if self.origin else ()),
        )

    def metric_text(self) -> Text:
        """Return the metric's name for a reader."""
        if self.title is not None:
            return verbatim(self.title)
        key = f"metric.{self.metric}"
        return text(key) if key in CATALOGUE else verbatim(self.metric)

    def _title(self, target: str, verdict: Verdict) -> Text:
        if self.metric == "up":
            return text("probe.down", target=target)
        return text(verdict.title, metric=self.metric_text(), target=target)

    def _summary(self, sample: Sample, verdict: Verdict) -> Text:
        value = Quantity(sample.value, self.unit)
        if verdict.severity is Severity.OK or verdict.threshold is None:
            return text("rule.over", value=value)
        threshold = Quantity(verdict.threshold, self.unit)
        said = text("rule.firing", value=value, level=verdict.severity.text, threshold=threshold)
        if not verdict.flaps:
            return said
        return text("rule.flapping", firing=said, number=verdict.flaps, span=flapping.WITHIN)


def silent(target: str, state: Silent, severity: Severity, at: datetime) -> Event:
    """Return the event "no data from this target", or, with ``Severity.OK``, that data arrives again."""
    reason = state.reason or text("nodata.over")
    fingerprint = silent_fingerprint(target)
    over = severity is Severity.OK
    return Event(
        id=dated(at, fingerprint, severity.word, at.isoformat()),
        fingerprint=fingerprint,
        severity=severity,
        kind=NO_DATA,
        source=POLLED,
        target=target,
        title=text("nodata.title", target=target),
        summary=text("nodata.over") if over else text("nodata.summary", misses=state.misses, reason=reason),
        # The trouble began with the first miss; it ends now.
        occurred_at=at if over else min(state.since or at, at),
        received_at=at,
        labels=(("rule", NO_DATA),),
        as_of=at,
    )


def _kind(detector: object) -> str:
    """Return what config.yaml calls a kind of detector: its class's name in small letters."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(detector).__name__).lower()


def silent_fingerprint(target: str) -> str:
    """Name the trouble "no data from this target"."""
    # No rule's name is empty: a rule that is called "no-data" is another trouble.
    return _named(target, "", NO_DATA)


def _named(*parts: str) -> str:
    """Join the parts of a fingerprint so that a slash within one, as in a label of the watched service, splits nothing."""
    return "/".join([POLLED, *(part.replace("%", "%25").replace("/", "%2F") for part in parts)])
