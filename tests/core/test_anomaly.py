"""The rule kind ``anomaly``: what is unusual for a series, and that it pages nobody unless asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from math import pi, sin
from random import Random

import pytest

from relay.core import engine
from relay.core.detectors.anomaly import LEAST, QUIET, Anomaly, Steps
from relay.core.model import Event, Sample, Series, Severity
from relay.core.rules import Rule
from relay.core.text import Language, say
from tests.building import NOON

SERIES = Series("api", "network")
EVERY = timedelta(minutes=5)
DAY = 288


def told(
    value: Callable[[int], float], samples: int, detector: Anomaly | None = None
) -> list[tuple[int, Event]]:
    """Return the events and the samples at which they came, with noise of 1."""
    detector = detector or Anomaly("/s")
    rule, dice = Rule("network", "network", detector, "/s"), Random(2)
    state, present, events = detector.start(Severity.OK), Severity.OK, []
    for number in range(samples):
        sample = Sample(NOON + number * EVERY, value(number) + dice.gauss(0, 1))
        result = engine.judge(rule, SERIES, state, sample, present)
        state = result.state
        if result.event is not None:
            events.append((number, result.event))
            present = result.event.severity if result.event.severity is not Severity.INFO else present
    return events


def test_a_spike_is_noted_once_and_tells_nobody() -> None:
    [(at, event)] = told(lambda number: 150.0 if number == 2000 else 100.0, 2100)
    assert (at, event.severity) == (2000, Severity.INFO)
    assert say(event.title, Language.ENGLISH) == "network is unusual on api"
    assert say(event.summary, Language.ENGLISH).startswith("149.9 /s, where about 99.")


def test_a_shift_of_level_is_found() -> None:
    events = told(lambda number: 100.0 if number < 2000 else 106.0, 2200)
    assert events
    assert 2000 <= events[0][0] <= 2030


def test_what_is_usual_at_its_time_is_no_news_and_what_is_not_is() -> None:
    """The evening's peak at night."""

    def daily(number: int) -> float:
        return 100 + 40 * sin(2 * pi * number / DAY)

    assert told(daily, 12 * DAY, Anomaly("/s", rarity=4.0)) == []
    at_night = 11 * DAY + DAY * 3 // 4
    odd = told(lambda number: daily(number) + (45.0 if at_night <= number < at_night + 12 else 0.0), 12 * DAY)
    assert any(at_night <= at <= at_night + 12 for at, _ in odd)


def test_a_night_that_does_not_come_is_out_of_season() -> None:
    """Nothing jumps and nothing shifts: only the time of day says that it is odd."""
    skipped = range(10 * DAY + DAY // 2, 11 * DAY)

    def by_day(number: int) -> float:
        return 100.0 if number % DAY < DAY // 2 or number in skipped else 50.0

    events = told(by_day, 11 * DAY)
    assert any(at in skipped and event.summary.key == "anomaly.season" for at, event in events)


def test_asked_to_it_opens_and_ends_an_incident() -> None:
    warning = Anomaly("/s", severity=Severity.WARNING)
    events = told(lambda number: 150.0 if 2000 <= number < 2004 else 100.0, 2100, warning)
    assert [event.severity for _, event in events] == [Severity.WARNING, Severity.OK]
    assert say(events[1][1].summary, Language.ENGLISH).startswith("Usual again: ")


def test_too_little_tells_nothing() -> None:
    assert told(lambda number: 100.0 if number != LEAST - 5 else 500.0, LEAST) == []


def test_a_noisy_night_is_noted_seldom() -> None:
    """After a surprise, the next hundred samples are not told anew."""
    events = told(lambda number: 100.0 + (80.0 if 2000 <= number < 2090 and number % 3 == 0 else 0.0), 2090)
    assert len(events) == 1
    assert QUIET == 100


@pytest.mark.parametrize("constant", [0.0, -5.0, 1e12])
def test_a_series_that_never_moves_is_usual(constant: float) -> None:
    detector = Anomaly()
    state = detector.start(Severity.OK)
    for number in range(1000):
        state, verdict = detector.step(state, Sample(NOON + number * EVERY, constant))
        assert verdict.severity is Severity.OK


def test_a_restart_changes_no_verdict() -> None:
    rule, dice = Rule("network", "network", Anomaly("/s"), "/s"), Random(9)
    steps = [(Sample(NOON + number * EVERY, dice.expovariate(1)), {}) for number in range(1500)]
    live = engine.rebuild(rule, Severity.OK, steps)
    again = engine.fold(rule, engine.rebuild(rule, Severity.OK, steps[:700]), steps[700:])
    assert live.verdict == again.verdict


def test_a_series_that_is_read_more_often_is_told_no_more_often() -> None:
    """Twenty samples a step, each as noisy as the one: a value is the mean of its step, and is judged once it is whole."""
    detector, dice = Anomaly("/s"), Random(2)
    state, news = detector.start(Severity.OK), []
    for number in range(20 * 2100):
        value = 150.0 if 40_000 <= number < 40_020 else 100.0
        sample = Sample(NOON + number * EVERY / 20, value + dice.gauss(0, 1))
        state, verdict = detector.step(state, sample)
        news += [number] if verdict.is_news else []
    assert news == [40_019]
    assert state.seen == 2100


@pytest.mark.parametrize(
    ("seconds", "steps"),
    [
        ([0, 100, 200, 300, 400, 500], [1.0, 4.0]),  # the third is the last that fits: 300 s begin the next
        (
            [0, 300, 600, 900],
            [0.0, 1.0, 2.0, 3.0],
        ),  # as slow as a step: each by itself, the first a little late
        (
            [0, 290, 299, 301, 310],
            [0.5],
        ),  # the next was expected later: what still comes goes with the next step
        ([0, 250, 550, 551, 900], [0.5, 2.0, 3.5]),  # so does the fourth
        ([0, 10, 5000], [0.5, 2.0]),  # a pause ends a step
    ],
)
def test_samples_are_gathered_into_steps(seconds: Sequence[float], steps: Sequence[float]) -> None:
    """The values are 0, 1, 2 …; a step of five minutes is closed with the last sample that it can have."""
    gathered, found, last_at = Steps(), list[float](), None
    began = datetime(2026, 1, 1, tzinfo=UTC)
    for number, second in enumerate(seconds):
        sample = Sample(began + timedelta(seconds=second), float(number))
        found += gathered.take(sample, last_at, 300.0)
        last_at = sample.at
    assert found == steps
