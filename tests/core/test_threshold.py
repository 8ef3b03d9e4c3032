"""The threshold fold: waits, hysteresis, gaps, escalation and easing, and that a restart changes no verdict."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relay.core.detectors import Verdict
from relay.core.detectors.threshold import Level, Threshold
from relay.core.model import Sample, Severity
from tests.building import MINUTE, NOON, SECOND

OK, WARNING, CRITICAL = Severity.OK, Severity.WARNING, Severity.CRITICAL

TABLE = (Level(WARNING, 80, 75), Level(CRITICAL, 90, 85))
PLAIN = Threshold(TABLE)
PATIENT = Threshold(TABLE, hold=2 * MINUTE, release=2 * MINUTE)


def fold(
    rule: Threshold, values: Sequence[float | None], start: Severity = OK, every: timedelta = MINUTE
) -> list[Verdict]:
    """One sample a minute, the newest last; None is a sample that did not come."""
    state = rule.start(start)
    verdicts = []
    for number, value in enumerate(values):
        if value is not None:
            state, verdict = rule.step(state, Sample(NOON + number * every, value))
            verdicts.append(verdict)
    return verdicts


@pytest.mark.parametrize(
    ("rule", "values", "start", "severity"),
    [
        (PLAIN, [79], OK, OK),
        (PLAIN, [80], OK, OK),  # at the threshold is not beyond it
        (PLAIN, [80.001], OK, WARNING),
        (PLAIN, [95], OK, CRITICAL),  # straight to the worst
        (PLAIN, [81, 76], OK, WARNING),  # within the slack
        (PLAIN, [76], OK, OK),  # the slack keeps, it does not enter
        (PLAIN, [81, 75], OK, OK),  # at the leave-threshold is left
        (PLAIN, [95, 86], OK, CRITICAL),
        (PLAIN, [95, 85], OK, WARNING),  # eased
        (PLAIN, [95, 74], OK, OK),
        (PLAIN, [95, 74, 86], OK, WARNING),  # beyond warning, in the slack of a critical that was left
        (PATIENT, [85, 85], OK, OK),  # one minute long
        (PATIENT, [85, 85, 85], OK, WARNING),  # two minutes long
        (PATIENT, [85, 70, 85, 85], OK, OK),  # the dip starts the wait again
        (PATIENT, [85, 80, 85, 85], OK, OK),  # so does a value at the threshold
        (PATIENT, [95, 85, 95, 85], OK, WARNING),  # beyond warning all the time, beyond critical never long
        (PATIENT, [95, 95, 95], OK, CRITICAL),
        (PATIENT, [85, 85, 95], OK, WARNING),
        (PATIENT, [70, 70], WARNING, WARNING),  # calm, not for long enough
        (PATIENT, [70, 70, 70], WARNING, OK),
        (PATIENT, [70, 77, 70, 70], WARNING, WARNING),  # the slack starts the calm again
        (PATIENT, [82, 82, 82], CRITICAL, WARNING),
        (PATIENT, [82, 82, 70], CRITICAL, WARNING),  # each level has its own calm
        (PATIENT, [82, 82, 70, 70], CRITICAL, WARNING),
        (PATIENT, [82, 82, 70, 70, 70], CRITICAL, OK),
        (PATIENT, [70, 70, 70], CRITICAL, OK),
        (PATIENT, [70, 70, 95, 70], CRITICAL, CRITICAL),
        # A pause of more than five minutes: what happened in it is unknown.
        (PATIENT, [85, 85, *[None] * 5, 85], OK, OK),
        (PATIENT, [85, 85, *[None] * 4, 85], OK, WARNING),  # five minutes are not more than five
        (PATIENT, [70, 70, *[None] * 5, 70], WARNING, WARNING),
        (
            PATIENT,
            [*[None] * 9, 77],
            CRITICAL,
            CRITICAL,
        ),  # the calm begins with the first sample after a start
        (Threshold(TABLE, times=3), [85, 85], OK, OK),
        (Threshold(TABLE, times=3), [85, 85, 85], OK, WARNING),
        (Threshold(TABLE, times=3), [85, 85, 70, 85, 85], OK, OK),
        (Threshold(TABLE, times=3, hold=3 * MINUTE), [85, 85, 85], OK, OK),  # both waits must be over
        (Threshold(TABLE, times=3, hold=3 * MINUTE), [85, 85, 85, 85], OK, WARNING),
        (Threshold((Level(CRITICAL, 0.5, 0.5),), below=True), [1, 0], OK, CRITICAL),
        (Threshold((Level(CRITICAL, 0.5, 0.5),), below=True), [0, 0.5], OK, OK),
        (Threshold((Level(WARNING, 10, 15), Level(CRITICAL, 5, 8)), below=True), [4, 7], OK, CRITICAL),
        (Threshold((Level(WARNING, 10, 15), Level(CRITICAL, 5, 8)), below=True), [4, 9], OK, WARNING),
        (Threshold((Level(WARNING, 10, 15), Level(CRITICAL, 5, 8)), below=True), [4, 14], OK, WARNING),
        (Threshold((Level(WARNING, 10, 15), Level(CRITICAL, 5, 8)), below=True), [4, 15], OK, OK),
    ],
)
def test_threshold(rule: Threshold, values: Sequence[float], start: Severity, severity: Severity) -> None:
    assert fold(rule, values, start)[-1].severity is severity


def test_a_verdict_says_since_when_and_against_which_threshold() -> None:
    verdicts = fold(Threshold(TABLE, hold=2 * MINUTE), [70, 85, 85, 85, 95, 95, 95, 82, 70])
    quiet, firing, worse, eased, over = (verdicts[number] for number in (0, 3, 6, 7, 8))
    assert (quiet.severity, quiet.threshold) == (OK, None)
    assert (firing.severity, firing.since, firing.threshold) == (WARNING, NOON + MINUTE, 80)
    assert (worse.severity, worse.since, worse.threshold) == (CRITICAL, NOON + 4 * MINUTE, 90)
    assert (eased.severity, eased.since, eased.threshold) == (WARNING, NOON + MINUTE, 80)
    assert (over.severity, over.since, over.threshold) == (OK, NOON + 8 * MINUTE, None)


# Runs of equal values: a level that counts samples is never reached by single ones.
runs = st.tuples(
    st.sampled_from([60.0, 75.0, 77.0, 80.0, 82.0, 85.0, 87.0, 90.0, 95.0]),
    st.sampled_from([1, 1, 2, 4, 10, 12]),
)
values = st.lists(runs, max_size=14).map(
    lambda runs: [value for value, length in runs for _ in range(length)][:60]
)
gaps = st.lists(st.sampled_from([15, 60, 60, 60, 300, 301, 900]), min_size=60, max_size=60)
rules = st.builds(
    Threshold,
    levels=st.just(TABLE),
    hold=st.sampled_from([0, 60, 120, 600]).map(lambda seconds: seconds * SECOND),
    times=st.sampled_from([1, 2, 5, 10]),
    release=st.sampled_from([0, 60, 300]).map(lambda seconds: seconds * SECOND),
    gap=st.sampled_from([60, 300]).map(lambda seconds: seconds * SECOND),
    damping=st.sampled_from([0, 3600]).map(lambda seconds: seconds * SECOND),
)


def _series(numbers: Sequence[float], pauses: Sequence[int]) -> list[Sample]:
    samples, at = [], NOON
    for value, pause in zip(numbers, pauses, strict=False):
        at += pause * SECOND
        samples.append(Sample(at, value))
    return samples


@given(rules, values, gaps, st.integers(0, 60))
@settings(max_examples=600, deadline=None)
def test_a_restart_changes_no_verdict(
    rule: Threshold, numbers: Sequence[float], pauses: Sequence[int], cut: int
) -> None:
    """A state that is rebuilt from the samples of ``memory``, at the severity of the open incident, judges the same."""
    samples = _series(numbers, pauses)
    before, after = samples[:cut], samples[cut:]
    state = rule.start(OK)
    severity = OK
    for sample in before:
        state, verdict = rule.step(state, sample)
        severity = verdict.severity
    rebuilt = rule.start(severity)
    if after:
        for sample in before:
            if sample.at >= after[0].at - rule.memory:
                rebuilt, _ = rule.step(rebuilt, sample)
    for sample in after:
        state, uninterrupted = rule.step(state, sample)
        rebuilt, restarted = rule.step(rebuilt, sample)
        assert (restarted.severity, restarted.threshold) == (uninterrupted.severity, uninterrupted.threshold)


@pytest.mark.parametrize("cut", range(12))
def test_a_restart_within_a_run_loses_no_count(cut: int) -> None:
    """Ten in a row, as far apart as may be: the tenth counts, wherever the restart was."""
    rule = Threshold(TABLE, times=10)
    samples = [Sample(NOON + number * rule.gap, 85) for number in range(12)]
    state = rule.start(OK if cut < 10 else WARNING)
    severities = []
    for number, sample in enumerate(samples):
        if number >= cut or sample.at >= samples[cut].at - rule.memory:
            state, verdict = rule.step(state, sample)
            severities.append(verdict.severity)
    assert set(severities[-3:]) == {WARNING}
    assert set(severities[:-3]) <= {OK if cut < 10 else WARNING}


@given(rules, values, gaps)
def test_no_level_is_entered_within_the_threshold_nor_left_beyond_its_slack(
    rule: Threshold, numbers: Sequence[float], pauses: Sequence[int]
) -> None:
    state, severity = rule.start(OK), OK
    for sample in _series(numbers, pauses):
        state, verdict = rule.step(state, sample)
        for level in TABLE:
            entered = severity < level.severity <= verdict.severity
            left = severity >= level.severity > verdict.severity
            assert not (entered and sample.value <= level.enter)
            assert not (left and sample.value > level.leave)
        severity = verdict.severity


@given(values, gaps)
def test_a_flat_rule_follows_each_sample(numbers: Sequence[float], pauses: Sequence[int]) -> None:
    """Without waits and slack the verdict is the table read at the sample."""
    rule = Threshold((Level(WARNING, 80, 80), Level(CRITICAL, 90, 90)))
    state = rule.start(OK)
    for sample in _series(numbers, pauses):
        state, verdict = rule.step(state, sample)
        expected = CRITICAL if sample.value > 90 else WARNING if sample.value > 80 else OK
        assert verdict.severity is expected
