"""The rule kind ``burn_rate``: budgets over two windows, as the Site Reliability Workbook has them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import pytest

from relay.core import engine
from relay.core.besides import WHOLE
from relay.core.detectors.burn_rate import PAIRS, BurnRate
from relay.core.model import Event, Sample, Series, Severity
from relay.core.rules import Rule
from relay.core.text import Language, say
from tests.building import NOON

SERIES = Series("api", "error_rate")
BUDGET = BurnRate("error_rate", 99.9)
QUIET = 72 * 60
RULE = Rule("slo", "error_rate", BUDGET, "%")


def told(percentages: Iterable[float], whole: float = 600.0) -> list[tuple[int, Event]]:
    """Return the events and their minutes, after three quiet days of a sample every ten minutes; then one a minute."""
    quiet = [(minute, 0.0) for minute in range(-QUIET, 0, 10)]
    state, present, events = BUDGET.start(Severity.OK), Severity.OK, []
    for minute, bad in (*quiet, *enumerate(percentages)):
        at = NOON + timedelta(minutes=minute)
        counted = {WHOLE + "error_rate": {(): whole * (10 if minute < 0 else 1)}}
        result = engine.judge(RULE, SERIES, state, Sample(at, bad), present, counted)
        state = result.state
        if result.event is not None:
            events.append((minute, result.event))
            present = result.event.severity
    return events


@pytest.mark.parametrize(
    ("bad", "severity", "within"),
    [
        (
            100.0,
            Severity.CRITICAL,
            1,
        ),  # an outage: at once, as an hour's budget is gone in less than a minute
        (10.0, Severity.CRITICAL, 10),
        (2.0, Severity.CRITICAL, 45),
        (0.7, Severity.CRITICAL, 330),  # six times: within the six hours
        (0.5, Severity.WARNING, 16 * 60),  # slowly, but over days
    ],
)
def test_the_faster_it_burns_the_sooner_it_is_told(bad: float, severity: Severity, within: int) -> None:
    events = told([bad] * (within + 5))
    minute, first = next((minute, event) for minute, event in events if event.severity is severity)
    assert minute <= within
    assert first.threshold == pytest.approx(0.1)


def test_what_the_budget_allows_is_never_told() -> None:
    assert told([0.09] * 1000) == []


def test_a_short_blip_ends_soon() -> None:
    """The short window lets go when it is over, though the long one still remembers."""
    events = told([30.0] * 8 + [0.0] * 100)
    assert [event.severity for _, event in events] == [Severity.CRITICAL, Severity.OK]
    assert events[1][0] < 8 + 35


def test_few_requests_at_night_mean_nothing() -> None:
    """Two failures that are all that was asked are no trouble."""
    assert told([100.0, 100.0] + [0.0] * 60, whole=1.0) == []


def test_busy_minutes_count_more() -> None:
    """By events, not by samples: a failure while nobody is there burns little."""
    state = BUDGET.start(Severity.OK)
    for minute in range(60):
        busy = minute % 2 == 0
        sample = Sample(NOON + timedelta(minutes=minute), 0.0 if busy else 2.0)
        state, verdict = BUDGET.step(state, sample, {WHOLE + "error_rate": {(): 10_000.0 if busy else 20.0}})
    assert verdict.severity is Severity.OK


def test_it_says_how_fast_and_how_long_the_budget_lasts() -> None:
    _, event = told([100.0] * 4)[0]
    said = say(event.summary, Language.ENGLISH)
    assert said.startswith("The budget of 0.1 % burns ")
    assert "over 1 h" in said
    assert "At this rate the 30 d budget is gone in " in said
    assert say(event.summary, Language.FRENCH).startswith("Le budget de 0,1")


def test_the_default_windows_are_those_of_the_workbook() -> None:
    """https://sre.google/workbook/alerting-on-slos/, table 5-8."""
    hours = [
        (pair.factor, pair.long.total_seconds() / 3600, pair.short.total_seconds() / 60) for pair in PAIRS
    ]
    assert hours == [(14.4, 1, 5), (6.0, 6, 30), (1.0, 72, 360)]


def test_a_restart_changes_no_verdict() -> None:
    steps = [
        (
            Sample(NOON + timedelta(minutes=minute), float(minute % 7)),
            {WHOLE + "error_rate": {(): 100.0 + minute}},
        )
        for minute in range(500)
    ]
    live = engine.rebuild(RULE, Severity.OK, steps)
    again = engine.rebuild(RULE, live.severity, steps)
    assert live.verdict == again.verdict
