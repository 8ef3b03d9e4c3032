"""The rule kind ``forecast``: a limit that is neared for good, above or below."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from math import sin
from random import Random

from relay.core import engine
from relay.core.detectors.forecast import Forecast
from relay.core.detectors.growth_words import Scale
from relay.core.detectors.leaking import Leak
from relay.core.model import Event, Sample, Series, Severity
from relay.core.rules import Rule
from relay.core.text import Language, say
from tests.building import NOON

SERIES = Series("db", "disk")


def told(detector: Leak, value: Callable[[float], float], hours: float = 24) -> list[Event]:
    """Return the events of a series of one sample a minute, with a little noise."""
    rule, dice = Rule("disk", "disk", detector, "%"), Random(5)
    state, present, events = detector.start(Severity.OK), Severity.OK, []
    for minute in range(int(hours * 60)):
        sample = Sample(NOON + timedelta(minutes=minute), value(minute / 60) + dice.uniform(0, 0.05))
        result = engine.judge(rule, SERIES, state, sample, present)
        state = result.state
        if result.event is not None:
            events.append(result.event)
            present = result.event.severity
    return events


DISK = Forecast(100.0, Scale(1.0, "%"), warning_within=timedelta(days=2))


def test_a_disk_that_fills_is_told_with_its_end() -> None:
    events = told(DISK, lambda hour: 40 + 2 * hour)
    assert events[0].severity is Severity.WARNING
    assert say(events[0].title, Language.ENGLISH) == "Disk nears its limit on db"
    english = say(events[0].summary, Language.ENGLISH).splitlines()
    assert re.match(r"It grows by (1\.9[89]|2(\.0[0-2])?) % an hour", english[0])
    assert english[1].startswith("It reaches 100 % in ")
    assert re.match(r"Croissance de (1,9[89]|2(,0[0-2])?)\s%", say(events[0].summary, Language.FRENCH))


def test_one_that_fills_slowly_can_wait() -> None:
    """Its end is further than anybody asked for."""
    assert told(DISK, lambda hour: 10 + 0.2 * hour) == []


def test_one_that_is_cleaned_at_night_is_no_trouble() -> None:
    assert told(DISK, lambda hour: 40 + hour % 6, hours=48) == []


def test_credits_that_run_out_are_a_limit_below() -> None:
    credits_ = Forecast(0.0, Scale(1.0, "€"), warning_within=timedelta(days=2), below=True)
    events = told(credits_, lambda hour: 30 - hour, hours=29.9)
    assert {event.severity for event in events} >= {Severity.WARNING, Severity.CRITICAL}
    assert say(events[0].summary, Language.ENGLISH).startswith("It falls by ")
    assert "It reaches 0 € in " in say(events[0].summary, Language.ENGLISH)


def test_credits_that_are_filled_up_are_no_trouble_any_more() -> None:
    credits_ = Forecast(0.0, Scale(1.0, "€"), warning_within=timedelta(days=2), below=True)
    events = told(credits_, lambda hour: 30 - hour if hour < 20 else 60.0, hours=30)
    assert events[-1].severity is Severity.OK


def test_only_what_is_sure_counts() -> None:
    """A leak of the same shape is suspected sooner."""
    sure, suspected = (
        told(made, lambda hour: 40 + 2 * hour)[0] for made in (DISK, Leak(100.0, Scale(1.0, "%")))
    )
    assert suspected.occurred_at < sure.occurred_at


def test_what_fills_in_bursts_has_a_wider_interval_than_what_fills_evenly() -> None:
    """The day's rhythm is no error of the slope, and yet nobody knows the next hours better than the last ones."""

    def width(value: Callable[[float], float]) -> float:
        # After the same time, whenever each of them was told.
        state, dice, at = DISK.start(Severity.OK), Random(5), NOON
        for minute in range(20 * 60):
            at = NOON + timedelta(minutes=minute)
            state, verdict = DISK.step(state, Sample(at, value(minute / 60) + dice.uniform(0, 0.05)))
        facts = dict(verdict.facts)
        early = datetime.fromisoformat(facts["limit_earliest"]) - at
        late = datetime.fromisoformat(facts.get("limit_latest", "2030-01-01T00:00:00+00:00"))
        return (late - at) / early

    assert width(lambda hour: 40 + 2 * hour) < 1.6
    assert width(lambda hour: 40 + 2 * hour + 2.5 * sin(hour)) > 4
