"""The fold: one more sample of one process in, one finding out.

The rule: the state is the caller's to keep and is changed in place, since copying kilobytes for each sample would cost
more than the judgement; replaying the same samples gives the same findings.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf, isfinite, nan

from relay.core.detectors.leak.forecast import forecast, level
from relay.core.detectors.leak.gates import LIGHT, STRICT, Gate
from relay.core.detectors.leak.judging import Growth, judge
from relay.core.detectors.leak.life import Life
from relay.core.detectors.leak.rush import rush
from relay.core.detectors.leak.shapes import without_load
from relay.core.detectors.leak.verdicts import Finding, Forecast, Reason, Standing

MINUTE = 60.0
GATES: tuple[Gate, ...] = (STRICT, LIGHT)
# So many samples in a row that are older than the newest mean that the clock was set back.
BEHIND = 5
# A growth is over when of what was expected, at least this part of what had grown and of the limit, so little came.
STOPPED, LEAST_STOPPED, STILL = 0.5, 0.03, 0.2
LAG = 300.0
UNKNOWN = Finding(Standing.UNKNOWN, Reason.TOO_LITTLE)


@dataclass(frozen=True, slots=True)
class Deployment:
    """A new version that was deployed: when, and what people call it."""

    at: float
    name: str


@dataclass(slots=True)
class Track:
    """What is remembered of one process."""

    limit: float
    imminent_within: float = 3600.0
    life: Life | None = None
    finding: Finding = UNKNOWN
    # Seconds for which each gate let a growth through, less twice those for which it did not.
    credit: list[float] = field(default_factory=lambda: [0.0, 0.0])
    looked_at: float = nan
    rushes: int = 0
    shift: float = 0.0
    last_at: float = -inf
    behind: int = 0
    behind_at: float = -inf
    # Of the alarm that stands: the floor that it began at, and what had grown.
    peak: float = 0.0
    grown: float = 0.0
    # When the growth was last seen to go on, with the level and the requests of then.
    seen_at: float = nan
    seen_level: float = 0.0
    seen_requests: float = nan
    # What the life began with, and what is to begin the next one.
    deployment: str | None = None
    coming: Deployment | None = None


def track(state: Track, at: float, memory: float, requests: float = nan) -> Finding:
    """Take one sample; one that is no number, or not newer than the last, changes nothing.

    ``requests`` is the process's cumulative request counter, NaN where there is none.
    """
    if not (isfinite(at) and isfinite(memory) and memory >= 0):
        return state.finding
    moment = _clocked(state, at)
    if moment is None:
        return state.finding
    life = _living(state, moment, memory, requests)
    closed = life.add(moment, memory)
    _rushing(state, life)
    if closed and _due(state, life):
        _look(state, life)
    return state.finding


def deployed(state: Track, at: float, name: str) -> None:
    """Tell of a deployment: the first sample after it begins a new life, and what is found in that life names it."""
    state.coming = Deployment(at + state.shift, name)


def _clocked(state: Track, at: float) -> float | None:
    """Return the sample's time on a clock that never goes back, None for one that came late or twice."""
    moment = at + state.shift
    if moment > state.last_at:
        state.last_at, state.behind = moment, 0
        return moment
    state.behind = state.behind + 1 if moment > state.behind_at else 1
    state.behind_at = moment
    if state.behind < BEHIND:
        return None
    state.shift += state.last_at - moment + 1.0
    state.behind, state.behind_at = 0, -inf
    state.last_at += 1.0
    return state.last_at


def _living(state: Track, at: float, memory: float, requests: float) -> Life:
    """Return the life that the sample belongs to; a new one takes nothing over from the last."""
    requests = requests if isfinite(requests) and requests >= 0 else nan
    life = state.life
    deployment = state.coming if state.coming is not None and state.coming.at < at else None
    if life is not None and deployment is None and not life.counted(requests) and not life.fell(memory, at):
        return life
    if deployment is not None:
        state.deployment, state.coming = deployment.name, None
    if life is not None and state.finding.standing not in (Standing.UNKNOWN, Standing.NONE):
        reason = Reason.RESTARTED if deployment is None else Reason.DEPLOYED
        state.finding = Finding(Standing.NONE, reason, deployment=state.deployment)
    state.life = life = Life(at, state.limit)
    life.counted(requests)
    state.credit, state.looked_at, state.rushes = [0.0, 0.0], nan, 0
    return life


def _due(state: Track, life: Life) -> bool:
    """Whether to look: each minute in a young life, more seldom the older it is, and where all was said."""
    often = 48 if state.finding.standing.alarms else 60
    return not state.looked_at > life.recent_at[-1] - max(MINUTE, life.age / often) + 1


def _look(state: Track, life: Life) -> None:
    now = life.recent_at[-1]
    passed = now - state.looked_at if isfinite(state.looked_at) else 0.0
    state.looked_at = now
    if state.finding.standing is Standing.UNKNOWN and life.age >= 900:
        state.finding = Finding(Standing.NONE, Reason.CALM)
    judgement = judge(life, GATES)
    for place, (gate, growth) in enumerate(zip(GATES, judgement.growths, strict=True)):
        if growth is None:
            state.credit[place] = max(0.0, state.credit[place] - 2 * passed)
            continue
        state.credit[place] += min(passed, 0.25 * growth.window.span)
        if state.credit[place] >= max(4 * MINUTE, gate.confirm * growth.window.span):
            _found(state, life, growth, place)
            return
    _fading(state, life)


def _found(state: Track, life: Life, growth: Growth, place: int) -> None:
    floor, _ = without_load(growth.window)
    expected = forecast(life, growth, floor)
    now = state.finding.standing
    if place == 1 and now.alarms:
        return
    reason = Reason.GROWS_BY_REQUESTS if growth.shape.by_requests else Reason.GROWS_BY_TIME
    standing = Standing.LEAK if place == 0 else Standing.SUSPECTED
    if standing is Standing.LEAK and (now is Standing.IMMINENT or expected.ends_in < state.imminent_within):
        standing, reason = Standing.IMMINENT, Reason.ENDS_SOON
    since = state.finding.since if isfinite(state.finding.since) and now.alarms else growth.window.at[0]
    state.grown = growth.shape.growth
    _seen(state, life)
    state.finding = Finding(standing, reason, since, expected, state.deployment)


def _seen(state: Track, life: Life) -> None:
    # The level lags behind the newest sample: measured the same way as what it is later compared with.
    state.peak = state.seen_level = level(life)
    state.seen_at, state.seen_requests = life.recent_at[-1], life.requests


def _fading(state: Track, life: Life) -> None:
    """Let what stands go when memory was given back, when it grows no more, or when nothing speaks for a suspicion."""
    now = state.finding.standing
    if now in (Standing.UNKNOWN, Standing.NONE):
        return
    held = level(life)
    state.peak = max(state.peak, held)
    if held < state.peak - 0.3 * state.grown:
        state.finding = Finding(Standing.NONE, Reason.FREED, deployment=state.deployment)
    elif _has_stopped(state, life, held):
        state.finding = Finding(Standing.NONE, Reason.BOUNDED, deployment=state.deployment)
    elif now is Standing.SUSPECTED and state.credit[1] <= 0:
        state.finding = Finding(Standing.NONE, Reason.FADED, deployment=state.deployment)


def _has_stopped(state: Track, life: Life, held: float) -> bool:
    """Whether memory stayed where it was while half of what had grown should have come on top."""
    ahead = state.finding.forecast
    if ahead is None:
        return False
    passed = life.recent_at[-1] - state.seen_at
    expected = ahead.per_second * passed if passed >= LAG else 0.0
    # The level lags behind where memory runs.
    held = max(held, min(life.recent[-3:]))
    # A leak by requests stands still while nobody asks.
    if ahead.per_request is not None and isfinite(life.requests - state.seen_requests):
        expected = min(expected, ahead.per_request * (life.requests - state.seen_requests))
    enough = max(STOPPED * state.grown, LEAST_STOPPED * life.limit)
    return expected > enough and held - state.seen_level < STILL * expected


def _rushing(state: Track, life: Life) -> None:
    run = rush(life)
    state.rushes = 0 if run is None else state.rushes + 1
    if run is None or state.rushes < 2 or state.finding.standing is Standing.IMMINENT:
        return
    room = max(0.0, life.limit - life.recent[-1])
    ends = room / run.slope
    expected = Forecast(life.recent_at[-1], run.slope, None, None, ends, (0.7 * ends, 1.5 * ends))
    state.grown = life.recent[-1] - life.recent[0]
    _seen(state, life)
    state.finding = Finding(Standing.IMMINENT, Reason.RUNS_OUT, run.since, expected, state.deployment)
