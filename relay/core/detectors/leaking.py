"""The rule kind ``leak``: memory that grows for good, how bad it is by the time that is left, and who leaks.

The rule: only what the growth detector found counts. A process of which too little is known keeps the severity that it has:
unknown is not fine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import inf, isfinite, nan

from relay.core.besides import DEPLOYED, REQUESTS
from relay.core.detectors import NOTHING, Beside, Level, Verdict
from relay.core.detectors.culprits import Culprits
from relay.core.detectors.growth_words import Scale, facts, growing, over
from relay.core.detectors.leak import Finding, Reason, Standing, Track, track
from relay.core.detectors.suspect import Suspects
from relay.core.model import Sample, Severity
from relay.core.text import Text

# What stands is kept anew at most so often, and only where its end moved by so much.
RENEWED = timedelta(minutes=30)
MOVED = 0.25
# A growth that is no longer found may only hide in noise: this long it stays told.
RELEASE = timedelta(hours=1)
_TITLES = {
    Standing.SUSPECTED: "leak.title.suspected",
    Standing.LEAK: "leak.title",
    Standing.IMMINENT: "leak.title.imminent",
}


@dataclass(slots=True)
class Watch:
    """What is remembered of one process.

    ``present`` holds until something is known. ``over`` says what ended the last growth.
    """

    track: Track
    present: Severity
    severity: Severity = Severity.OK
    culprits: Culprits = field(default_factory=Culprits)
    suspects: Suspects = field(default_factory=Suspects)
    since: datetime | None = None
    last_at: datetime | None = None
    deployed_at: float = nan
    over: Text | None = None
    calm_since: datetime | None = None
    looked_at: datetime | None = None
    told_end: float = inf
    told_guilty: str | None = None
    # Of a limit that is below: the value that was come down from.
    top: float = 0.0
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Leak:
    """The settings. ``limit`` is in the metric's unit, of which ``scale`` says how many bytes it is.

    A leak is critical once the limit is within ``critical_within``, else a warning, and no trouble yet while the limit is
    further than ``warning_within``. ``speed``: time passes so many times faster, for demonstrations.
    """

    limit: float
    scale: Scale = field(default_factory=Scale)
    critical_within: timedelta = timedelta(hours=1)
    warning_within: timedelta | None = None
    suspicions: bool = True
    speed: float = 1.0
    memory: timedelta = timedelta(days=7)
    gap: timedelta = timedelta(minutes=5)
    levels: tuple[Level, ...] = ()

    @property
    def beside(self) -> tuple[str, ...]:
        """The request counter, of each route too, and deployments."""
        return REQUESTS, DEPLOYED

    @property
    def titles(self) -> Mapping[Standing, str]:
        """The catalogue's title for each way in which a growth stands."""
        return _TITLES

    @property
    def pace(self) -> str:
        """The catalogue's sentence that says how fast."""
        return "leak.pace"

    def start(self, severity: Severity) -> Watch:
        """Begin at the severity that the open incident has."""
        return Watch(Track(self.limit, self.critical_within.total_seconds() * self.speed), severity)

    def step(self, state: Watch, sample: Sample, beside: Beside = NOTHING) -> tuple[Watch, Verdict]:
        """Take one more sample; the state is changed in place."""
        if state.verdict is not None and state.last_at is not None and sample.at <= state.last_at:
            return state, state.verdict
        at, requests = sample.at.timestamp() * self.speed, beside.get(REQUESTS, {})
        _deployed(state, beside)
        before = state.track.finding
        finding = track(state.track, at, sample.value, requests.get((), nan))
        state.culprits.add(at, sample.value, requests)
        if finding.forecast is None and before.forecast is not None and state.over is None:
            state.over = over(finding.reason)
        severity = self._held(state, self._severity(finding, state.severity), finding, sample.at)
        if severity is not state.severity or state.since is None:
            state.since = sample.at
        if finding.standing is not Standing.UNKNOWN:
            state.present = Severity.OK
        alarms = severity > Severity.OK and finding.forecast is not None
        is_news = alarms and self._renews(state, finding, severity, sample.at)
        state.severity, state.last_at = severity, sample.at
        state.verdict = self._verdict(state, finding, sample.at, is_news=is_news)
        return state, state.verdict

    def _severity(self, finding: Finding, present: Severity) -> Severity:
        match finding.standing:
            case Standing.UNKNOWN | Standing.NONE:
                return Severity.OK
            case Standing.IMMINENT:
                return Severity.CRITICAL
            case Standing.SUSPECTED if not self.suspicions:
                return Severity.OK
        ends_in = inf if finding.forecast is None else finding.forecast.ends_in / self.speed
        far = self.warning_within is not None and ends_in > self.warning_within.total_seconds()
        # What was told once stays told until it is over, though the end may move.
        return Severity.OK if far and present is Severity.OK else Severity.WARNING

    def _held(self, state: Watch, severity: Severity, finding: Finding, at: datetime) -> Severity:
        """Let go at once of what a restart or freed memory ended, else once nothing was found for a while."""
        if severity is not Severity.OK or finding.standing is not Standing.NONE:
            state.calm_since = None
            return severity
        state.calm_since = state.calm_since or at
        if state.severity is Severity.OK or finding.reason in (Reason.RESTARTED, Reason.FREED):
            return severity
        return severity if at - state.calm_since >= RELEASE / self.speed else state.severity

    def _renews(self, state: Watch, finding: Finding, severity: Severity, at: datetime) -> bool:
        """Take note of what is told, where the figures have changed enough to be told."""
        escalates = severity is not state.severity
        if not escalates and state.looked_at is not None and at - state.looked_at < RENEWED / self.speed:
            return False
        state.looked_at = at
        state.suspects = state.culprits.found()
        ends = inf if finding.forecast is None else at.timestamp() + finding.forecast.ends_in / self.speed
        left = max(RENEWED.total_seconds() / self.speed, state.told_end - at.timestamp())
        moved = isfinite(ends) and not abs(ends - state.told_end) <= MOVED * left
        if not (escalates or moved or state.suspects.guilty != state.told_guilty):
            return False
        state.told_end, state.told_guilty = ends, state.suspects.guilty
        state.over = None
        return True

    def _verdict(self, state: Watch, finding: Finding, at: datetime, *, is_news: bool) -> Verdict:
        since = state.since or at
        if state.severity is Severity.OK or finding.forecast is None:
            return Verdict(
                max(state.severity, state.present),
                since,
                self.limit,
                finding.reason.value,
                self.titles[Standing.LEAK],
                state.over or over(Reason.CALM),
            )
        clock = replace(self.scale, speed=self.speed, shift=state.track.shift)
        return Verdict(
            state.severity,
            since,
            self.limit,
            finding.reason.value,
            self.titles[finding.standing],
            growing(finding, self.limit, clock, at, self.pace, state.deployed_at, state.suspects),
            facts(finding, clock, at, state.suspects),
            is_news=is_news,
        )


def _deployed(state: Watch, beside: Beside) -> None:
    """Begin a new life at a deployment that is new."""
    deployed_at = beside.get(DEPLOYED, {}).get((), nan)
    if not isfinite(deployed_at) or deployed_at == state.deployed_at:
        return
    state.deployed_at = deployed_at
    if state.track.finding.forecast is not None:
        state.over = over(Reason.RESTARTED, deployed_at)
    state.track = Track(
        state.track.limit,
        state.track.imminent_within,
        finding=Finding(Standing.NONE, Reason.RESTARTED) if state.track.life else state.track.finding,
        shift=state.track.shift,
        last_at=state.track.last_at,
    )
    state.culprits.restarted()
