"""One target on the platform: what it reads, how often it asks, and whose fault it is when nothing comes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from relay.clever import AccountSettings, Client, Settings
from relay.clever.source import CleverCloud
from relay.core.model import NoData, Readings
from relay.core.targets import Target
from relay.exchange import Exchange
from tests.clever.platform import APP, ORGANISATION, OTHER, TOKEN, Platform, platform

NOON = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
TARGET = Target("shop", "clever-cloud", timedelta(seconds=60), ())
DOWN = {"id": APP, "name": "shop", "state": "SHOULD_BE_DOWN", "zone": "par"}


class Clock:
    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> datetime:
        return self.at


def figures(at: datetime, **values: float) -> list[object]:
    """What the stats API says at ``at``."""
    stamp = int((at - timedelta(minutes=2)).timestamp() * 1_000_000)
    return [
        {"name": name, "data": [{"timestamp": stamp, "value": f"{value}"}]} for name, value in values.items()
    ]


def hour(at: datetime) -> list[object]:
    return [
        {
            "date": at.replace(minute=0).isoformat(),
            "statuses": [{"code": 200, "count": 3}, {"code": 500, "count": 1}],
        }
    ]


def sources(here: Platform, clock: Clock, *ids: str) -> tuple[Client, Sequence[CleverCloud]]:
    account = AccountSettings.model_validate({"organisation": ORGANISATION, "token": TOKEN, "api": here.url})
    client = Client("main", account, Exchange(), clock)
    figures: tuple[Any, ...] = ("stats", "status-codes", "requests")
    return client, [Settings(source="clever-cloud", id=id, figures=figures).build(client) for id in ids]


async def _hour(seen: Counter[str]) -> None:
    clock = Clock()
    async with platform(
        metrics=lambda _: figures(clock.at, cpu=12.5, mem=61, load1=0.2),
        requests=[{"accessCount": 600}],
        **{"http-status-codes": lambda _: hour(clock.at)},
    ) as here:
        client, [source] = sources(here, clock, APP)
        for minute in range(60):
            result = await source.read(TARGET, clock.at)
            assert isinstance(result, Readings), minute
            values = {one.name: one.value for one in result.values}
            assert values == {"cpu": 12.5, "mem": 61, "load1": 0.2, "error_rate_hourly": 25, "requests": 1}
            clock.at += timedelta(seconds=60)
        seen.update(asked.path.rpartition("/")[2] for asked in here.asked)
        assert all(asked.query["fill"] == ["false"] for asked in here.asked if "metrics" in asked.path)
        assert client.requests.total() == seen.total()


def test_an_application_costs_less_than_two_requests_a_minute() -> None:
    """Stats each minute, the rest as seldom as the platform counts."""
    seen: Counter[str] = Counter()
    asyncio.run(_hour(seen))
    assert seen == {"metrics": 60, "requests": 12, "http-status-codes": 6}


async def _addon() -> None:
    clock = Clock()
    async with platform(metrics=figures(NOON, cpu=1, mem=44, load1=0)) as here:
        _, [source] = sources(here, clock, "postgresql_a1b2")
        result = await source.read(TARGET, NOON)
        assert isinstance(result, Readings)
        assert {one.name for one in result.values} == {"cpu", "mem", "load1"}
        assert len(here.asked) == 1


def test_of_an_add_on_only_stats_are_asked() -> None:
    """It has no traffic of its own."""
    asyncio.run(_addon())


async def _gap() -> None:
    clock = Clock()
    async with platform(metrics=[], **{APP: {**DOWN, "state": "SHOULD_BE_UP"}}) as here:
        _, [source] = sources(here, clock, APP)
        result = await source.read(TARGET, NOON)
        assert isinstance(result, NoData)
        assert result.shared == ""
        here.answers[APP] = DOWN
        clock.at += timedelta(minutes=5)
        stopped = await source.read(TARGET, clock.at)
        # Stopped: it has no figures for a known reason, which is neither zero nor a miss.
        assert isinstance(stopped, Readings)
        assert (stopped.values, "cpu" in stopped.excused) == ((), True)


def test_a_gap_is_no_data_unless_the_application_is_stopped() -> None:
    """The platform sends no figures for either."""
    asyncio.run(_gap())


async def _blamed(here: Platform, **answers: object) -> list[str]:
    """Read two targets for three minutes, once all is well and then with ``answers``; return what is blamed at the end."""
    clock = Clock()
    _, both = sources(here, clock, APP, OTHER)
    here.answers |= {
        "metrics": lambda _: figures(clock.at, cpu=1, mem=1, load1=1),
        "requests": [],
        "http-status-codes": [],
    }
    blamed: list[str] = []
    for minute in range(4):
        if minute == 1:
            here.answers |= answers
        blamed = []
        for source in both:
            result = await source.read(TARGET, clock.at)
            blamed.append(result.shared if isinstance(result, NoData) else "fine")
        clock.at += timedelta(seconds=60)
    return blamed


def _blame(**answers: object) -> list[str]:
    async def ask() -> list[str]:
        async with platform() as here:
            return await _blamed(here, **answers)

    return asyncio.run(ask())


def test_what_all_lack_is_the_service_s_fault() -> None:
    """Answers without figures for all, refusals for all: once, for the account's stats."""
    assert _blame(metrics=(503, {})) == ["main", "main"]
    assert _blame(metrics=[]) == ["main", "main"]


def test_what_one_lacks_is_its_own_fault() -> None:
    """The other's figures show that the service works."""
    path = f"/v4/stats/organisations/{ORGANISATION}/resources/{OTHER}/metrics"
    assert _blame(**{path: (503, {})}) == ["fine", ""]
    assert _blame(**{path: []}) == ["fine", ""]


async def _looked_past() -> None:
    clock = Clock()
    async with platform(requests=[{"accessCount": 600}]) as here:
        here.answers["http-status-codes"] = lambda _: hour(clock.at)
        client, both = sources(here, clock, APP, OTHER)
        made: list[Readings | NoData] = []
        for minute in range(8):
            here.answers["metrics"] = figures(clock.at, cpu=1, mem=1, load1=1) if minute in (0, 7) else []
            client.health.answered("api", "", OTHER, clock.at)
            made = [await source.read(TARGET, clock.at) for source in both]
            if minute == 3:
                # The incident of what is shared opens first.
                assert all(isinstance(one, NoData) and one.shared == "main/stats" for one in made)
            if minute == 6:
                for one in made:
                    assert isinstance(one, Readings)
                    assert {value.name for value in one.values} == {"error_rate_hourly", "requests"}
                    assert [trouble.name for trouble in one.troubled] == ["main/stats"]
                    assert "cpu" in one.excused
                    assert "main/stats" not in one.vouched
            clock.at += timedelta(seconds=60)
        assert all(isinstance(one, Readings) and not one.troubled for one in made)


def test_a_time_without_metrics_hides_no_errors() -> None:
    """CPU and memory are missing for all, and told so; what balancers count is read on."""
    asyncio.run(_looked_past())
