"""A leak on its way through polling: what is kept beside the samples, and that no restart or second instance changes it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from random import Random
from threading import get_ident

from relay.core.besides import REQUESTS
from relay.core.detectors import NOTHING, Beside, Verdict
from relay.core.detectors.growth_words import Scale
from relay.core.detectors.leaking import Leak, Watch
from relay.core.model import NoData, Reading, Readings, Sample, Series, Severity
from relay.core.rules import Rule
from relay.core.targets import Target
from relay.core.text import Language, say, text
from relay.pipeline.setup import Polled
from relay.store.incidents import Filter
from tests.pipeline.world import NOON, World, event, target, world

ROUTES = ("/games", "/popular", "/health")


@dataclass
class Shop:
    """An API whose /popular leaks 50 kB a request; each route's traffic comes in waves of its own."""

    minutes: Iterator[int]
    lag: timedelta = timedelta(0)

    def __post_init__(self) -> None:
        self.dice = Random(3)
        self.counts = dict.fromkeys(ROUTES, 0.0)

    async def read(self, target: Target, at: datetime) -> Readings | NoData:
        minute = next(self.minutes)
        for place, route in enumerate(ROUTES):
            wave = 2.0 if (minute // (7 + 4 * place)) % 2 else 0.4
            self.counts[route] += int(20 * wave + self.dice.uniform(0, 5))
        memory = 30 + self.counts["/popular"] * 50_000 / 2_560_000 + self.dice.uniform(0, 0.1)
        counters = [
            Reading("requests", count, (("route", route), ("status", "200")))
            for route, count in self.counts.items()
        ]
        return Readings(at, (Reading("memory", memory, at=at - self.lag), *counters))


async def shop(here: World, lag: timedelta = timedelta(0)) -> None:
    """Watch the shop."""
    watched = replace(target(), request_counter="requests")
    leak = Rule("leak", "memory", Leak(100.0, Scale(2_560_000.0, "bytes")), "%", target="api")
    polled = {"api": Polled(watched, Shop(iter(range(1000)), lag))}
    await here.relay.swap(replace(here.setup, rules=(leak,), targets=polled))
    here.setup = here.relay.setup


def story(here: World) -> list[tuple[str, str, str]]:
    """What became of the incidents: severity, when, and the words of each change."""
    with here.reader.read() as tx:
        return [
            (moment.severity.word, moment.at.isoformat(), say(moment.summary, Language.ENGLISH))
            for incident in tx.incidents(Filter())
            for moment in tx.moments(incident.id)
        ]


async def _watched(
    path: Path,
    *,
    restarts: int = 0,
    instances: int = 1,
    minutes: int = 130,
    lag: timedelta = timedelta(0),
) -> list[tuple[str, str, str]]:
    async with world(path) as here:
        await shop(here, lag)
        others = [here.another() for _ in range(instances)]
        for minute in range(minutes):
            if restarts and minute % restarts == restarts - 1:
                here.relay = here.another()
            elif instances > 1:
                here.relay = others[minute % instances]
            await here.poll(0.0)
        return story(here)


def test_a_leak_is_an_incident_that_names_its_route(tmp_path: Path) -> None:
    told = asyncio.run(_watched(tmp_path))
    assert [severity for severity, _ in groupby(severity for severity, _, _ in told)] == [
        "warning",
        "critical",
    ]
    assert "The growth comes from the route /popular, " in told[0][2]


def test_neither_restarts_nor_a_second_instance_change_a_verdict(tmp_path: Path) -> None:
    """Stored samples, with what stands beside them, lead to the very same incident."""
    stories = []
    for name, how in {"one": {}, "restarts": {"restarts": 29}, "two": {"instances": 2}}.items():
        (tmp_path / name).mkdir()
        stories.append(asyncio.run(_watched(tmp_path / name, **how)))
    assert stories[0] == stories[1] == stories[2]


def test_a_source_that_tells_late_is_judged_the_same_after_a_restart(tmp_path: Path) -> None:
    """What stands beside a sample is kept at the sample's time, not at the time of the read."""
    stories = []
    for name, restarts in {"one": 0, "restarts": 29}.items():
        (tmp_path / name).mkdir()
        late = _watched(tmp_path / name, restarts=restarts, lag=timedelta(seconds=90), minutes=80)
        stories.append(asyncio.run(late))
    assert stories[0]
    assert stories[0] == stories[1]


async def _deployed(path: Path) -> None:
    async with world(path) as here:
        await shop(here)
        for _ in range(100):
            await here.poll(0.0)
        assert len(here.incidents(is_open=True)) == 1
        done = event(
            Severity.OK, here.at, target="api", kind="DEPLOYMENT_SUCCESS",
            title=text("clever.deployment.succeeded", target="api"),
        )  # fmt: skip
        await here.post(done)
        await here.poll(0.0)
        [over] = here.incidents()
        assert not over.is_open
        assert (
            say(over.summary, Language.ENGLISH)
            == f"Over: the deployment of {here.at - timedelta(minutes=1):%Y-%m-%d %H:%M} UTC began anew"
        )


def test_a_deployment_of_the_application_ends_a_leak(tmp_path: Path) -> None:
    asyncio.run(_deployed(tmp_path))


async def _kept(path: Path) -> None:
    async with world(path) as here:
        await shop(here)
        for _ in range(4):
            await here.poll(0.0, every=60)
        with here.reader.read() as tx:
            kept = {series.labels for series, _ in tx.series_of("api", REQUESTS)}
            assert kept == {(), *((("route", route),) for route in ROUTES)}
            assert len(tx.samples(Series("api", REQUESTS), NOON)) == 4
            assert [latest.series.metric for latest in tx.latest()] == ["memory"]


def test_counters_are_kept_beside_and_shown_nowhere(tmp_path: Path) -> None:
    asyncio.run(_kept(tmp_path))


_THREADS: list[int] = []


class Witness(Leak):
    """Notes on which thread each sample is judged."""

    def step(self, state: Watch, sample: Sample, beside: Beside = NOTHING) -> tuple[Watch, Verdict]:
        _THREADS.append(get_ident())
        return Leak.step(self, state, sample, beside)


async def _folded(path: Path) -> None:
    async with world(path) as here:
        await shop(here)
        for _ in range(20):
            await here.poll(0.0)
        leak = Rule("leak", "memory", Witness(100.0), "%", target="api")
        here.setup = replace(here.setup, rules=(leak,))
        here.relay = here.another()
        _THREADS.clear()
        await here.poll(0.0)
        writer = _THREADS[-1]
        assert (len(_THREADS), _THREADS.count(writer)) == (21, 1)


def test_a_long_history_is_judged_again_outside_of_the_writer(tmp_path: Path) -> None:
    """What comes in goes first: only the newest sample is judged where everything waits."""
    asyncio.run(_folded(tmp_path))
