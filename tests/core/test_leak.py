"""What is a leak, what only looks like one, and the figures that come with it."""

from __future__ import annotations

from math import exp, pi, sin

import pytest

from relay.core.detectors.leak import Finding, Reason, Standing, Track, deployed, track
from tests.core.leaking import HOUR, LIMIT, Point, changes, findings, series, words


def leaking(hours: float = 12, per_hour: float = 20.0, requests: float = 5.0) -> list[Point]:
    """A steady leak over a base of 150 MB."""
    return series(hours, lambda at: 150 + per_hour * at / HOUR, requests=requests)


def test_a_steady_leak_is_found_with_its_figures() -> None:
    """The rate, the kilobytes of a request and the end are near the truth, and the interval holds the end."""
    at, found = next((at, each) for at, each in findings(leaking()) if each.standing is Standing.LEAK)
    assert found.forecast is not None
    assert found.forecast.per_second * 3600 == pytest.approx(20, rel=0.1)
    assert found.forecast.per_request == pytest.approx(20 / 3600 / 5, rel=0.1)
    truth = (LIMIT - 150) / 20 * HOUR - at
    assert found.forecast.ends_in == pytest.approx(truth, rel=0.1)
    low, high = found.forecast.ends_range
    assert low < found.forecast.ends_in < high
    assert found.since < HOUR


def test_a_leak_is_suspected_before_it_is_sure_and_imminent_before_it_ends() -> None:
    """One story, in the order of badness."""
    assert words(leaking(hours=18)) == ["unknown", "none", "suspected", "leak", "imminent"]


@pytest.mark.parametrize(
    ("name", "memory"),
    [
        ("flat", lambda at: 200.0),
        ("warm-up", lambda at: 150 + 120 * (1 - exp(-at / 1200))),
        ("slow warm-up", lambda at: 150 + 120 * (1 - exp(-at / 4 / HOUR))),
        ("plateau", lambda at: 150 + 120 * at / (at + HOUR)),
        ("daily", lambda at: 200 + 30 * sin(2 * pi * at / 24 / HOUR)),
        ("collector", lambda at: 150 + 60 * (at % 1500) / 1500),
        ("one step", lambda at: 150.0 if at < 6 * HOUR else 220.0),
        ("start-up load", lambda at: 100 + 150 * min(1.0, at / 900)),
    ],
)
def test_what_is_bounded_is_no_leak(name: str, memory: object) -> None:
    """Nothing that levels off, cycles or steps ever alarms."""
    told = words(series(30, memory))  # type: ignore[arg-type]
    assert "leak" not in told, name
    assert "imminent" not in told, name


def test_memory_that_follows_the_request_rate_is_load() -> None:
    """A ramp of traffic raises memory; with a counter that explains it, it is no leak."""

    def rate(at: float) -> float:
        return 5 + 15 * min(1.0, max(0.0, (at - 2 * HOUR) / (6 * HOUR)))

    points, counted = [], 0.0
    for at, memory, _ in series(12, lambda at: 150 + 8 * rate(at)):
        counted += 30 * rate(at)
        points.append((at, memory, counted))
    assert "leak" not in words(points)


def test_a_leak_under_a_collectors_teeth_is_found() -> None:
    """What is left after each collection grows."""
    points = series(20, lambda at: 150 + 12 * at / HOUR + 40 * (at % 900) / 900, requests=3)
    assert "leak" in words(points)


def test_a_restart_ends_it_and_says_so() -> None:
    """The counter that falls tells of the restart; the finding names what ended the leak."""
    points = leaking(12)
    last = points[-1][0]
    points += [(last + at, memory, requests) for at, memory, requests in leaking(1)[1:]]
    _, over = changes(points)[-1]
    assert (over.standing, over.reason) == (Standing.NONE, Reason.RESTARTED)


def test_a_restart_without_a_counter_is_seen_by_the_fall() -> None:
    """Memory falls to where a new process begins."""
    points = [(at, memory, float("nan")) for at, memory, _ in leaking(12)]
    last = points[-1][0]
    points += [(last + 30 + at, 140.0, float("nan")) for at in range(0, 3600, 30)]
    assert changes(points)[-1][1].reason is Reason.RESTARTED


def test_memory_that_runs_out_within_minutes_is_found_in_time() -> None:
    """From calm to the limit in eight minutes, told while there is room."""
    points = series(1, lambda at: 150.0)
    points += [
        (at + HOUR, memory, requests) for at, memory, requests in series(0.13, lambda at: 150 + 0.75 * at)
    ]
    at, found = changes(points)[-1]
    assert found.standing is Standing.IMMINENT
    assert at < HOUR + 200


def test_little_data_is_unknown() -> None:
    """A few minutes say nothing."""
    assert words(leaking(0.1)) == ["unknown"]


def test_a_deployment_ends_a_leak_and_is_named_in_the_next_one() -> None:
    """Its time cuts the life, even where memory does not fall; what grows after it says after which version."""
    state, told = Track(LIMIT), list[Finding]()
    for at, memory, _ in series(24, lambda at: 150 + 12 * at / HOUR):
        if at == 12 * HOUR:
            deployed(state, at - 1, "v2")
        found = track(state, at, memory)
        if not told or found.standing is not told[-1].standing:
            told.append(found)
    ended = next(place for place, found in enumerate(told) if found.reason is Reason.DEPLOYED)
    assert [found.standing for found in told[ended - 1 : ended + 1]] == [Standing.LEAK, Standing.NONE]
    assert told[ended - 1].deployment is None
    assert told[-1].standing.alarms
    assert told[-1].deployment == "v2"
    assert told[-1].since >= 12 * HOUR


def test_a_growth_that_stops_is_over_and_says_that_it_is_bounded() -> None:
    """It stays where it is, far below the limit: nothing is given back, and the alarm ends all the same."""
    points = series(24, lambda at: 150 + 15 * min(at, 10 * HOUR) / HOUR, requests=5)
    _, over = changes(points)[-1]
    assert (over.standing, over.reason) == (Standing.NONE, Reason.BOUNDED)


def test_a_leak_by_requests_is_not_over_when_nobody_asks() -> None:
    """A quiet night stops the growth, not the leak."""

    def asked(at: float) -> float:
        return 5 * min(at, 6 * HOUR)

    points = [
        (at, memory + 0.0025 * asked(at), asked(at))
        for at, memory, _ in series(18, lambda _: 150.0, noise=0.3)
    ]
    assert changes(points)[-1][1].standing is Standing.LEAK


def test_a_job_that_was_seen_to_give_memory_back_is_no_rush_the_next_time() -> None:
    """The same quick rise comes again and again; only the first looks like the end, where a counter tells it from a restart."""

    def job(at: float) -> float:
        into = at % (2 * HOUR) - HOUR
        return 150 + (120 * min(1.0, into / 450) if 0 <= into < 1200 else 0.0)

    told = [at for at, found in changes(series(12, job, requests=5)) if found.standing is Standing.IMMINENT]
    assert len(told) == 1
    assert told[0] < 2 * HOUR


def test_a_suspicion_that_nothing_speaks_for_any_more_fades() -> None:
    """It was never said to be a leak, so nothing ended: it only went."""
    points = series(4, lambda at: 150 + 40 * min(at, 1.25 * HOUR) / HOUR, requests=5)
    told = [(found.standing.value, found.reason.name) for _, found in changes(points)]
    assert told[-2:] == [("suspected", "GROWS_BY_TIME"), ("none", "FADED")]
