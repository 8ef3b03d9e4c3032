"""A tick: readings become samples, verdicts and incidents; no data is its own state."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from relay.core.detectors.absent import Absent
from relay.core.detectors.threshold import Level, Threshold
from relay.core.measures import Gauge, Metric, Rate, Selector
from relay.core.model import NoData, Reading, Readings, Series, Severity
from relay.core.routing import Route
from relay.core.rules import Rule
from relay.core.targets import Target
from relay.pipeline.setup import Polled
from tests.pipeline.world import NOON, target, world

SERIES = Series("api", "memory")


async def _escalates(path: Path) -> None:
    async with world(path) as here:
        await here.poll(60, 72, 75)
        await here.drain()
        await here.poll(90, 91)
        await here.drain()
        await here.poll(75)
        await here.drain()
        await here.poll(60)
        await here.drain()
        assert here.slack.told() == ["opened", "escalated", "eased", "resolved"]
        [incident] = here.incidents()
        assert (incident.peak, incident.is_open) == (Severity.CRITICAL, False)


def test_memory_that_climbs_and_falls_is_one_incident(tmp_path: Path) -> None:
    asyncio.run(_escalates(tmp_path))


async def _spike(path: Path) -> None:
    async with world(path) as here:
        await here.poll(60, 95, 60, 95, 60)
        assert here.incidents() == []


def test_a_spike_shorter_than_the_wait_is_nothing(tmp_path: Path) -> None:
    asyncio.run(_spike(tmp_path))


async def _restarted(path: Path) -> None:
    async with world(path) as here:
        await here.poll(60, 72)
        here.relay = here.another()  # the wait of a minute goes on over the restart
        await here.poll(75)
        assert len(here.incidents(is_open=True)) == 1
        here.relay = here.another()
        await here.poll(68, 68)  # within the slack: neither resolved nor told again
        assert here.incidents()[0].sequence == 1


def test_a_restart_changes_no_verdict(tmp_path: Path) -> None:
    asyncio.run(_restarted(tmp_path))


async def _silent(path: Path) -> None:
    async with world(path) as here:
        await here.poll(90, 90, "down", "down")
        assert [i.kind for i in here.incidents(is_open=True)] == ["memory"]
        await here.poll("down", OSError("a bug in the source"))
        kinds = {incident.kind: incident for incident in here.incidents(is_open=True)}
        assert set(kinds) == {"memory", "no-data"}  # never taken as fine
        # Since the first of the misses that counted, not since the last.
        assert kinds["no-data"].opened_at == NOON + timedelta(minutes=2)
        await here.poll(90)
        assert [i.kind for i in here.incidents(is_open=True)] == ["memory"]
        with here.reader.read() as tx:
            assert [sample.value for sample in tx.samples(SERIES, NOON)] == [90, 90, 90]  # and never as zero


def test_no_data_is_its_own_incident_and_resolves_nothing(tmp_path: Path) -> None:
    asyncio.run(_silent(tmp_path))


async def _slower_count(path: Path) -> None:
    async with world(path) as here:
        await here.poll("down", "down", "down")
        calmer = replace(target(), absent=Absent(after=9))
        await here.relay.swap(replace(here.setup, targets={"api": Polled(calmer, here.memory)}))
        await here.poll("down")
        assert len(here.incidents(is_open=True)) == 1


def test_only_data_ends_a_silence(tmp_path: Path) -> None:
    asyncio.run(_slower_count(tmp_path))


async def _probe(path: Path) -> None:
    """A probe that finds its target down has no response time, and says why."""
    async with world(path) as here:
        metrics = (
            Metric("up", Gauge(Selector("up"))),
            Metric("response_time", Gauge(Selector("response_time")), "s"),
        )
        watched = replace(target(), metrics=metrics)
        readings = [
            Readings(NOON, (Reading("up", 0),), frozenset({"response_time"})),
            Readings(NOON, (Reading("up", 1),)),
        ]

        class Probe:
            async def read(self, target: Target, at: datetime) -> Readings | NoData:
                return replace(readings[0], at=at)

        down = Rule("up", "up", Threshold((Level(Severity.CRITICAL, 1, 1),), times=3, below=True))
        setup = replace(here.setup, rules=(down,), targets={"api": Polled(watched, Probe())})
        await here.relay.swap(setup)
        await here.poll(0, 0, 0, 0)
        assert [incident.kind for incident in here.incidents(is_open=True)] == ["up"]
        readings.pop(0)
        await here.poll(0, 0, 0, 0)  # up again, but nobody knows why the response time is not there
        assert [incident.kind for incident in here.incidents(is_open=True)] == ["no-data"]


def test_a_target_that_is_down_is_down_and_not_without_data(tmp_path: Path) -> None:
    asyncio.run(_probe(tmp_path))


async def _new_counter(path: Path) -> None:
    async with world(path) as here:
        pages = [
            Readings(NOON, (Reading("memory", 1),)),
            Readings(NOON, (Reading("memory", 1), Reading("errors", 90_000))),
            Readings(NOON, (Reading("memory", 1), Reading("errors", 90_060))),
        ]

        class Pages:
            async def read(self, target: Target, at: datetime) -> Readings | NoData:
                return replace(pages.pop(0), at=at)

        watched = replace(target(), metrics=(Metric("errors", Rate(Selector("errors")), "/s"),))
        await here.relay.swap(replace(here.setup, targets={"api": Polled(watched, Pages())}))
        await here.poll(0, 0, 0)
        with here.reader.read() as tx:
            assert [sample.value for sample in tx.samples(Series("api", "errors"), NOON)] == [1.0]


def test_a_counter_that_is_read_for_the_first_time_makes_no_spike(tmp_path: Path) -> None:
    asyncio.run(_new_counter(tmp_path))


async def _labels(path: Path) -> None:
    async with world(path) as here:
        shop = replace(target(), labels=(("team", "shop"),))
        routes = (Route("shop", ("slack",), where=(("team", "shop"),)),)
        await here.relay.swap(replace(here.setup, targets={"api": Polled(shop, here.memory)}, routes=routes))
        await here.poll(90, 90, "down", "down", "down")
        await here.drain()
        assert {sent.incident.kind for sent in here.slack.sent} == {"memory", "no-data"}
        assert here.discord.sent == []


def test_a_route_matches_the_labels_of_a_target(tmp_path: Path) -> None:
    asyncio.run(_labels(tmp_path))


async def _two_instances(path: Path) -> None:
    async with world(path) as here:
        other = here.another()
        here.memory.values = [90, 90, 90, 90]
        leases = [*await here.relay.claim_targets(), *await other.claim_targets()]
        assert len(leases) == 1
        # The first stalls past its lease; the other polls; the first must then keep nothing.
        here.after(seconds=120)
        [second] = await other.claim_targets()
        await other.poll(second)
        await here.relay.poll(leases[0])
        with here.reader.read() as tx:
            assert len(tx.samples(SERIES, NOON)) == 1


def test_two_instances_poll_once_and_a_late_one_keeps_nothing(tmp_path: Path) -> None:
    asyncio.run(_two_instances(tmp_path))
