"""The rule kind ``forecast``: anything with a limit that it nears for good, by the machinery that finds leaks.

The rule: a growth counts once it is sure and its end is near enough. For credits and the like, whose limit is below, what is
used up grows: how far the value has come down from its top.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from datetime import datetime

from relay.core.detectors import NOTHING, Beside, Verdict
from relay.core.detectors.leak import Finding, Reason, Standing, Track
from relay.core.detectors.leaking import Leak, Watch
from relay.core.detectors.outlook import Course
from relay.core.model import Sample, Severity

TITLE = "forecast.title"
# How it came here is looked at over two days at the least, where it is known: days differ from nights.
LONGEST = 2 * 86_400.0
# The machinery speaks of memory.
_REASONS = {
    Reason.OVER_LIMIT: "it is beyond the given limit and has been since the start: the limit cannot be right",
    Reason.CALM: "it does not grow",
    Reason.FALLS_BACK: "it falls back",
    Reason.GROWS_BY_TIME: "it grows steadily and does not come back",
    Reason.RUNS_OUT: "it runs out within minutes",
    Reason.ENDS_SOON: "it grows and the limit is near",
    Reason.RESTARTED: "what had grown was given back",
    Reason.FREED: "what had grown was given back",
}
_SAID = {reason.value: said for reason, said in _REASONS.items()}


@dataclass(frozen=True, slots=True)
class Forecast(Leak):
    """The settings are those of a leak; ``below``: the limit is one to fall to, not one to rise to."""

    suspicions: bool = False
    below: bool = False

    @property
    def beside(self) -> tuple[str, ...]:
        """It needs its own series only."""
        return ()

    @property
    def titles(self) -> dict[Standing, str]:
        """Whatever stands, the end is in sight."""
        return dict.fromkeys(Standing, TITLE)

    @property
    def pace(self) -> str:
        """The sentence that says how fast."""
        return "forecast.falls" if self.below else "leak.pace"

    def step(self, state: Watch, sample: Sample, _beside: Beside = NOTHING) -> tuple[Watch, Verdict]:
        """Take one more sample; the state is changed in place."""
        seen = sample
        if self.below:
            if state.last_at is None or sample.value > state.top:
                self._fill_up(state, sample.value)
            seen = Sample(sample.at, state.top - sample.value)
        state, verdict = Leak.step(self, state, seen)
        if verdict.reason in _SAID:
            verdict = replace(verdict, reason=_SAID[verdict.reason])
        return state, verdict

    def _verdict(self, state: Watch, finding: Finding, at: datetime, *, is_news: bool) -> Verdict:
        """Say how sure the end is by how evenly it was neared: what is no process has days, nights and jobs."""
        ahead, life = finding.forecast, state.track.life
        if state.severity > Severity.OK and ahead is not None and life is not None:
            whole = life.whole
            first = bisect_left(whole.at, min(finding.since, whole.at[-1] - LONGEST))
            course = Course(whole.at[first:], whole.floor[first:])
            ends = course.widened(ahead.ends_in, ahead.per_second, ahead.ends_range)
            finding = replace(finding, forecast=replace(ahead, ends_range=ends))
        return Leak._verdict(self, state, finding, at, is_news=is_news)

    def _fill_up(self, state: Watch, top: float) -> None:
        """Begin anew from a top: what was used up is there again."""
        # A top that is hardly higher is noise on an unused value, and begins nothing.
        if state.last_at is not None and top - state.top < 0.01 * state.track.limit:
            return
        state.top = top
        state.track = Track(
            max(top - self.limit, 1e-9),
            state.track.imminent_within,
            shift=state.track.shift,
            last_at=state.track.last_at,
        )
