"""The rule kind ``leak``: severity by time left, what a reader is told, what ends it, and that a restart changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import groupby
from math import nan
from random import Random

import pytest

from relay.core import engine
from relay.core.besides import DEPLOYED, REQUESTS
from relay.core.detectors.growth_words import Scale, growing
from relay.core.detectors.leak import Finding, Forecast, Reason, Standing
from relay.core.detectors.leaking import Leak
from relay.core.detectors.suspect import Suspects
from relay.core.model import Event, Sample, Series, Severity
from relay.core.rules import Rule
from relay.core.text import Language, say
from tests.building import NOON

SERIES = Series("api", "memory")
# A percentage of 256 MB.
LEAK = Leak(100.0, Scale(2_560_000.0, "bytes"))
ROUTES = ("/games", "/popular", "/health")


def rule(detector: Leak = LEAK) -> Rule:
    return Rule("leak", "memory", detector, "%")


def process(
    minutes: int, leak_kb: float = 50.0, base: float = 30.0, seed: int = 1, began: datetime = NOON
) -> Iterator[engine.Step]:
    """One sample a minute: routes whose traffic comes in waves of their own, of which /popular leaks."""
    dice = Random(seed)
    counts = dict.fromkeys(ROUTES, 0.0)
    used = base
    for minute in range(minutes):
        for place, route in enumerate(ROUTES):
            wave = 2.0 if (minute // (7 + 4 * place)) % 2 else 0.4
            counts[route] += int(20 * wave + dice.uniform(0, 5))
        used = base + counts["/popular"] * leak_kb * 1000 / 2_560_000 + dice.uniform(0, 0.1)
        requests = {(("route", route),): count for route, count in counts.items()}
        yield (
            Sample(began + timedelta(minutes=minute), used),
            {REQUESTS: {(): sum(counts.values()), **requests}},
        )


def told(steps: Iterable[engine.Step], judged: Rule | None = None) -> list[Event]:
    """Return the events that a series gives, as polling takes them."""
    judged = judged or rule()
    state, present, events = judged.detector.start(Severity.OK), Severity.OK, []
    for sample, beside in steps:
        result = engine.judge(judged, SERIES, state, sample, present, beside)
        state = result.state
        if result.event is not None:
            events.append(result.event)
            present = result.event.severity
    return events


def words(event: Event, language: Language = Language.ENGLISH) -> str:
    return f"{say(event.title, language)}\n{say(event.summary, language)}"


def test_a_leak_is_told_with_all_that_a_person_needs() -> None:
    """The rate, the cost of a request, the end with its range, since when, and who leaks, in both languages."""
    events = told(process(300, leak_kb=20))
    warning = next(event for event in events if event.severity is Severity.WARNING)
    assert warning.facts
    facts = dict(warning.facts)
    assert facts["suspect"] == "/popular"
    assert float(facts["per_hour"]) == pytest.approx(20_000 * 60 * 25.5, rel=0.3)
    assert facts["limit_earliest"] < facts["limit_at"] < facts["limit_latest"]
    english, french = words(warning), words(warning, Language.FRENCH)
    assert english.startswith("Memory may be leaking on api\nIt grows by ")
    assert "per 1,000 requests" in english
    assert "It reaches 256 MB in " in english
    assert "It began at 2026-" in english
    assert "The growth comes from the route /popular, " in english
    assert french.startswith("Mémoire : fuite possible sur api\nCroissance de ")
    assert "La croissance vient de la route /popular, " in french


def test_the_nearer_the_end_the_worse_it_is() -> None:
    """Critical from the configured time on, not before."""
    events = told(process(400, leak_kb=25))
    assert [severity for severity, _ in groupby(event.severity for event in events)] == [
        Severity.WARNING,
        Severity.CRITICAL,
    ]
    patient = rule(Leak(100.0, critical_within=timedelta(minutes=5)))
    assert all(event.severity is Severity.WARNING for event in told(process(200, leak_kb=25), patient))


def test_an_end_that_is_far_is_no_trouble_where_the_operator_says_so() -> None:
    calm = rule(Leak(100.0, warning_within=timedelta(minutes=1), critical_within=timedelta(0)))
    assert told(process(300, leak_kb=10), calm) == []


def test_a_restart_ends_it_and_says_so() -> None:
    events = told([*process(200), *process(30, began=NOON + timedelta(minutes=200))])
    assert events[-1].severity is Severity.OK
    assert say(events[-1].summary, Language.ENGLISH) == "Over: the process restarted and began anew"


def test_a_deployment_ends_it_and_is_named() -> None:
    """Also where there is no counter to tell that the process is new; the next leak says that it came after it."""
    before = list(process(150))
    at = NOON + timedelta(minutes=150)
    after = list(process(240, began=at))
    sample, beside = after[0]
    after[0] = sample, {**beside, DEPLOYED: {(): at.timestamp()}}
    events = told([*before, *after])
    ended = next(event for event in events if event.severity is Severity.OK)
    assert (
        say(ended.summary, Language.ENGLISH) == f"Over: the deployment of {at:%Y-%m-%d} 14:30 UTC began anew"
    )
    assert f"after the deployment of {at:%Y-%m-%d} 14:30 UTC" in words(events[-1])


def test_a_bounded_cache_is_never_told() -> None:
    assert told(process(600, leak_kb=0)) == []


def test_figures_are_renewed_seldom() -> None:
    """What stands is kept anew when its end moved, not with every sample."""
    assert len(told(process(400, leak_kb=20))) < 12


@pytest.mark.parametrize("cut", [50, 95, 130, 211, 299])
def test_a_restart_of_the_relay_changes_no_verdict(cut: int) -> None:
    """The state that stored samples lead to goes on exactly as the one that saw them live."""
    steps = list(process(300, leak_kb=30))
    live = rule()
    state, present, verdicts = LEAK.start(Severity.OK), Severity.OK, []
    for number, (sample, beside) in enumerate(steps):
        if number == cut:
            state = engine.rebuild(live, present, steps[:cut])
        result = engine.judge(live, SERIES, state, sample, present, beside)
        state, present = result.state, result.verdict.severity
        verdicts.append(result.verdict)
    state, unbroken = LEAK.start(Severity.OK), []
    for sample, beside in steps:
        state, verdict = LEAK.step(state, sample, beside)
        unbroken.append(verdict)
    assert verdicts == unbroken


def test_a_sample_that_is_taken_twice_counts_once() -> None:
    """A step of the store may run again."""
    steps = list(process(200))
    twice = [step for step in steps for _ in range(2)]
    assert [event.id for event in told(steps)] == list(dict.fromkeys(event.id for event in told(twice)))


def test_unknown_is_not_fine() -> None:
    """An incident that stands is not ended because the relay knows too little after a start, but once it knows."""
    state, severities = LEAK.start(Severity.WARNING), []
    for minute in range(30):
        sample = Sample(NOON + timedelta(minutes=minute), 60.0)
        state, verdict = LEAK.step(state, sample, {REQUESTS: {(): nan}})
        severities.append(verdict.severity)
    assert severities[:10] == [Severity.WARNING] * 10
    assert severities[-1] is Severity.OK


def test_a_growth_that_hides_in_noise_for_a_while_stays_told() -> None:
    """No end between its beginning and its end."""
    events = told(process(300, leak_kb=30))
    assert [severity for severity, _ in groupby(event.severity for event in events)] == [
        Severity.WARNING,
        Severity.CRITICAL,
    ]


@pytest.mark.parametrize(
    ("ends_in", "pace", "when"),
    [
        (30.0, "1 MB a second", "at 2026-11-23 12:00:30 UTC"),
        (3000.0, "60 MB a minute", "at 2026-11-23 12:50 UTC"),
        (30_000.0, "3.6 GB an hour", "at 2026-11-23 20:20 UTC"),
        (864_000.0, "86.4 GB a day", "at 2026-12-03 12:00 UTC"),
        # Nothing is left of it: the pace is told as where it is unknown.
        (0.0, "3.6 GB an hour", "It has reached 1 GB."),
    ],
)
def test_the_pace_is_told_in_the_time_that_is_left(ends_in: float, pace: str, when: str) -> None:
    """Gigabytes an hour say nothing to who has half a minute."""
    ahead = Forecast(NOON.timestamp(), 1e6, None, None, ends_in, (ends_in, 2 * ends_in))
    finding = Finding(Standing.LEAK, Reason.GROWS_BY_TIME, forecast=ahead)
    scale = Scale(unit="bytes")
    said = say(growing(finding, 1e9, scale, NOON, "leak.pace", nan, Suspects()), Language.ENGLISH)
    assert f"It grows by {pace}." in said
    assert when in said
