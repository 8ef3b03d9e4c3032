"""A simulated day holds what it says, and is the same every time."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from mirror.clock import Clock
from mirror.day import Day, day
from mirror.day.outage import READ, THROUGH
from mirror.mirroring import Mirror, mirroring
from mirror.posting.disorder import sendings
from mirror.world.buckets import Window, series
from mirror.world.nouns import DeploymentState
from mirror.world.sample import Sample, sample
from mirror.world.scenario import Kind, Trouble

MIDNIGHT = datetime(2026, 6, 15, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def lived(applications: int = 50, until: timedelta = timedelta(days=1)) -> tuple[Mirror, Sample, Day]:
    """Let a day pass for applications that nobody asks about."""
    here = sample(MIDNIGHT, applications)
    today = day(here.applications, here.user, MIDNIGHT)
    with mirroring(here.platform, Clock(MIDNIGHT)) as mirror:
        today.begin(mirror)
        mirror.advance_to(MIDNIGHT + until)
    return mirror, here, today


def mean_of(here: Sample, trouble: Trouble, kind: str) -> float:
    """What the stats say in the middle of a trouble."""
    assert trouble.resource_id is not None
    middle = trouble.since + (trouble.until - trouble.since) / 2
    window = Window(middle, 4 * MINUTE, 2 * MINUTE, middle)
    values = [value for _, value in series(here.platform, trouble.resource_id, kind, window)]
    assert values[0] is not None
    return values[0]


def test_every_trouble_can_be_measured() -> None:
    """With 200 applications each kind is there, and the figures say what the truth says."""
    _, here, today = lived(200)
    troubles = today.scenario.troubles
    counted = Counter(trouble.kind for trouble in troubles)
    assert set(counted) == set(Kind)
    assert counted[Kind.NO_METRICS] == 2
    assert counted[Kind.CPU] > 8
    for trouble in troubles:
        holes = any(hole.since < trouble.until and trouble.since < hole.until for hole in here.platform.holes)
        if trouble.kind is Kind.CPU and not holes:
            assert mean_of(here, trouble, "cpu") > 90
        if trouble.kind is Kind.MEMORY and not holes:
            assert mean_of(here, trouble, "mem") > 88
        if trouble.kind is Kind.DEPLOYMENT_FAILED and trouble.resource_id:
            states = [one.state for one in here.platform.deployments(trouble.resource_id)]
            assert DeploymentState.FAIL in states


def test_a_day_is_the_same_every_time() -> None:
    told = [[(one.name, one.at, one.resource_id) for one in lived(20)[0].post.events] for _ in range(2)]
    assert told[0] == told[1]
    assert len(told[0]) > 100


def test_the_bus_holds_notifications_back_for_hours() -> None:
    mirror, _, today = lived(50)
    [hold] = today.holds
    held = [one for one in mirror.post.events if hold.since <= one.at < hold.until]
    assert len(held) > 50
    late = [at - one.at for one in held for at in sendings(one, 7, mirror.post.disorder)]
    assert max(late) > timedelta(hours=2)
    assert hold.released - hold.since == THROUGH
    assert hold.until - hold.since == READ
    causes = Counter(one.data.get("cause") for one in held)
    assert causes["Monitoring/Unreachable"] > 20


def test_monitoring_restarts_what_was_well() -> None:
    """The false restarts are no troubles: nothing was down."""
    _, here, today = lived(50)
    down = {one.resource_id for one in today.scenario.troubles if one.kind is Kind.DOWN}
    restarted = {
        one.id
        for one in here.applications
        if any(line.cause == "Monitoring/Unreachable" for line in here.platform.deployments(one.id))
    }
    assert len(restarted - down) > 8


@pytest.mark.parametrize(("hours", "known"), [(17, 1.0), (18.2, 0.0), (20.2, 0.5), (22, 1.0)])
def test_holes_have_an_end(hours: float, known: float) -> None:
    _, here, _ = lived(3)
    at = MIDNIGHT + HOUR * hours
    window = Window(at, 30 * MINUTE, MINUTE, at)
    rows = series(here.platform, here.applications[1].id, "cpu", window)
    share = sum(value is not None for _, value in rows) / len(rows)
    assert share == pytest.approx(known, abs=0.25)


def test_a_good_day_has_no_outage() -> None:
    here = sample(MIDNIGHT, 10)
    quiet = day(here.applications, here.user, MIDNIGHT, bad=False)
    assert quiet.holds == ()
    assert Kind.NO_METRICS not in {one.kind for one in quiet.scenario.troubles}
