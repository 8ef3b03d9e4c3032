"""Input series run through the engine, step by step, up to each time at which something is expected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from relay.core import engine, rules
from relay.core.detectors import Beside, Verdict
from relay.core.detectors.absent import Silent
from relay.core.incidents import Policy
from relay.core.model import Incident, Labels, Sample, Series, Severity
from relay.core.reruns import Rerun
from relay.core.rules import Rule
from relay.core.targets import Target
from relay.core.text import text
from relay.rule_tests.files import Inputs

# Where promtool's clock begins too.
BEGIN = datetime(1970, 1, 1, tzinfo=UTC)
_NOTHING = text("nodata.why.samples")


@dataclass(frozen=True, slots=True)
class Alert:
    """An open incident as a test sees it: its labels, and its sentences in English are left to the caller."""

    incident: Incident
    labels: Labels


@dataclass(slots=True)
class Run:
    """One test's clock: ``advance`` judges every step up to a time, ``firing`` says what is open then."""

    rules: Sequence[Rule]
    targets: Mapping[str, Target]
    policy: Policy
    inputs: Inputs
    interval: timedelta
    verdicts: dict[tuple[str, Series], tuple[Sample, Verdict]] = field(default_factory=dict)
    _step: int = 0
    _states: dict[tuple[Rule, Series], Any] = field(default_factory=dict)
    _silent: dict[str, Silent] = field(default_factory=dict)
    _reruns: dict[str, tuple[Rerun, str, Labels]] = field(default_factory=dict)

    def advance(self, until: timedelta) -> None:
        """Judge every step at or before ``until``."""
        longest = max((len(values) for values in self.inputs.values()), default=0)
        while self._step < longest and self._step * self.interval <= until:
            self._judge(self._step, BEGIN + self._step * self.interval)
            self._step += 1

    def firing(self, name: str) -> list[Alert]:
        """Return the open incidents of a rule."""
        found = [
            (lives[-1].incident, known)
            for rerun, rule, known in self._reruns.values()
            if rule == name and (lives := rerun.lives)
        ]
        return [_alert(incident, known) for incident, known in found if incident.is_open]

    def _judge(self, step: int, at: datetime) -> None:
        now = {series: values[step] for series, values in self.inputs.items() if step < len(values)}
        for name in sorted({series.target for series in now}):
            target = self.targets.get(name) or Target(name, "test", self.interval, ())
            brought = {
                series: value for series, value in now.items() if series.target == name and value is not None
            }
            self._listen(target, at, is_silent=not brought)
            for series, value in brought.items():
                self._judge_sample(target, series, Sample(at, value), brought)

    def _listen(self, target: Target, at: datetime, *, is_silent: bool) -> None:
        before = self._silent.get(target.name, Silent())
        state, severity = target.absent.step(before, at, _NOTHING if is_silent else None)
        self._silent[target.name] = state
        rerun = self._rerun(rules.silent_fingerprint(target.name), rules.NO_DATA, ())
        event = engine.judge_silence(target, state, severity, at, rerun.present)
        if event is not None:
            rerun.take(engine.labelled(event, target.labels))

    def _judge_sample(
        self, target: Target, series: Series, sample: Sample, brought: Mapping[Series, float]
    ) -> None:
        for rule in self.rules:
            if rule.judges(series):
                rerun = self._rerun(rule.fingerprint(series), rule.name, series.labels)
                state = self._states.get((rule, series)) or rule.detector.start(Severity.OK)
                beside = _beside(rule, brought)
                judged = engine.judge(rule, series, state, sample, rerun.present, beside)
                self._states[rule, series] = judged.state
                self.verdicts[rule.name, series] = (sample, judged.verdict)
                if judged.event is not None:
                    rerun.take(engine.labelled(judged.event, target.labels))

    def _rerun(self, fingerprint: str, rule: str, labels: Labels) -> Rerun:
        made = self._reruns.setdefault(fingerprint, (Rerun(self.policy, None), rule, labels))
        return made[0]

    def reasons(self, name: str) -> Iterator[tuple[Series, Sample, Verdict]]:
        """Yield the newest verdict of a rule on each series that it judged."""
        for (rule, series), (sample, verdict) in self.verdicts.items():
            if rule == name:
                yield series, sample, verdict


def _beside(rule: Rule, brought: Mapping[Series, float]) -> Beside:
    found: dict[str, dict[Labels, float]] = {}
    for series, value in brought.items():
        if series.metric in rule.detector.beside:
            found.setdefault(series.metric, {})[series.labels] = value
    return found


def _alert(incident: Incident, labels: Labels) -> Alert:
    own = {"severity": incident.severity.word, "target": incident.target}
    said = {name: value for name, value in incident.labels if name != "rule"}
    return Alert(incident, tuple(sorted({**said, **dict(labels), **own}.items())))
