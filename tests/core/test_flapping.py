"""Trouble that comes and goes: its end waits, its beginning never does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from relay.core.detectors import Level, Verdict
from relay.core.detectors.threshold import Threshold
from relay.core.model import Sample, Series, Severity
from relay.core.rules import Rule
from relay.core.text import Language, say

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
OK, WARNING, CRITICAL = Severity.OK, Severity.WARNING, Severity.CRITICAL
LEVELS = (Level(WARNING, 70, 65), Level(CRITICAL, 85, 80))
DAMPED = Threshold(LEVELS, damping=timedelta(hours=1))


def verdicts(rule: Threshold, *runs: tuple[float, int]) -> Sequence[Verdict]:
    """One sample a minute, given as runs of equal values."""
    state, found, at = rule.start(OK), [], NOON
    for value, length in runs:
        for _ in range(length):
            state, verdict = rule.step(state, Sample(at, value))
            found.append(verdict)
            at += MINUTE
    return found


def test_the_end_of_the_first_bout_is_the_end() -> None:
    assert verdicts(DAMPED, (75, 1), (50, 1))[-1].severity is OK


def test_each_time_that_trouble_comes_back_doubles_the_wait_for_its_end_up_to_damping() -> None:
    bout = ((75.0, 1), (50.0, 100))
    found = verdicts(DAMPED, *bout, *bout, *bout, *bout, *bout)
    open_minutes = [
        sum(one.severity is WARNING for one in found[start : start + 101]) for start in range(0, 505, 101)
    ]
    assert open_minutes == [1, 21, 41, 61, 61]
    assert found[101 + 5].reason == "flapping"


def test_what_begins_or_gets_worse_never_waits() -> None:
    found = verdicts(DAMPED, *((75, 1), (50, 70)) * 4, (75, 1), (90, 1))
    assert [one.severity for one in found[-3:]] == [OK, WARNING, CRITICAL]


def test_only_a_calm_that_would_have_been_an_end_makes_a_new_bout() -> None:
    """An outage that wavers is one trouble: its end is told as soon as its rule says."""
    rule = Threshold(LEVELS, release=5 * MINUTE, damping=timedelta(hours=1))
    assert verdicts(rule, *((75, 3), (50, 2)) * 10, (50, 4))[-1].severity is OK


def test_what_was_a_day_ago_is_forgotten() -> None:
    assert verdicts(DAMPED, *((75, 1), (50, 5)) * 3, (50, 1445), (75, 1), (50, 1))[-1].severity is OK
    assert verdicts(DAMPED, *((75, 1), (50, 5)) * 3, (50, 1400), (75, 1), (50, 1))[-1].severity is WARNING


def test_a_message_says_that_its_trouble_comes_and_goes() -> None:
    verdict = verdicts(DAMPED, *((75, 1), (50, 70)) * 3, (75, 1))[-1]
    event = Rule("cpu", "cpu", DAMPED, "%").event(Series("api", "cpu"), Sample(NOON, 75), verdict, NOON)
    assert say(event.summary, Language.ENGLISH).endswith(
        "It comes and goes, 4 times within 1 d: its end is told once it lasts."
    )
    assert "Va-et-vient, 4 fois en 1 j" in say(event.summary, Language.FRENCH)


@pytest.mark.parametrize("cut", range(0, 240, 7))
def test_a_restart_remembers_what_flapped(cut: int) -> None:
    """A state that is rebuilt from the samples of ``memory`` waits for the same ends."""
    values = [*[75.0] * 2, *[50.0] * 78] * 3
    samples = [Sample(NOON + number * MINUTE, value) for number, value in enumerate(values)]
    uninterrupted = verdicts(DAMPED, *((value, 1) for value in values))
    state = DAMPED.start(uninterrupted[cut - 1].severity if cut else OK)
    for number, sample in enumerate(samples):
        if sample.at >= samples[cut].at - DAMPED.memory:
            state, verdict = DAMPED.step(state, sample)
            assert number < cut or verdict == uninterrupted[number]
