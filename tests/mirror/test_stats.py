"""The stats API behaves as its sources say, also where that is unkind."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mirror.clock import DEFAULT_START
from mirror.world.holes import Hole
from mirror.world.load import Effect
from mirror.world.quirks import Quirks
from tests.mirror.callers import Caller, calling

MINUTE = timedelta(minutes=1)


def metrics(caller: Caller, resource: str | None = None, **query: str | list[str]) -> dict[str, list[Any]]:
    """Return each kind's rows."""
    path = f"/v4/stats/organisations/{caller.owner}/resources/{resource or caller.app}/metrics"
    return {one["name"]: one["data"] for one in caller.get(path, **query)}


def test_values_are_text_at_the_end_of_buckets_in_microseconds(caller: Caller) -> None:
    told = metrics(caller, interval="PT10M", span="PT2M", fill="false")
    assert list(told) == ["cpu", "mem", "load1"]
    last = datetime.fromtimestamp(told["cpu"][-1]["timestamp"] / 1e6, UTC)
    assert last == DEFAULT_START
    assert len(told["cpu"]) == 5
    assert all(isinstance(row["value"], str) and 0 <= float(row["value"]) <= 100 for row in told["mem"])


def test_the_newest_bucket_is_partial(caller: Caller) -> None:
    """Its end lies ahead, and its mean is of what there is so far."""
    caller.mirror.clock.set(DEFAULT_START + MINUTE)
    newest = metrics(caller, fill="false")["cpu"][-1]
    assert newest["timestamp"] == (DEFAULT_START + 2 * MINUTE).timestamp() * 1e6
    whole = Quirks(newest_bucket_is_partial=False)
    with calling(quirks=whole) as other:
        other.mirror.clock.set(DEFAULT_START + MINUTE)
        assert metrics(other, fill="false")["cpu"][-1]["timestamp"] == DEFAULT_START.timestamp() * 1e6


def test_a_hole_is_nothing_or_zero(caller: Caller) -> None:
    """`fill` defaults to true, and then a hole looks like 0 %."""
    hole = Hole(DEFAULT_START - 6 * MINUTE, DEFAULT_START + MINUTE)
    caller.sample.platform.holes.append(hole)
    honest = metrics(caller, interval="PT10M", fill="false")
    filled = metrics(caller, interval="PT10M")
    assert len(honest["cpu"]) == 2
    assert [row["value"] for row in filled["cpu"][-3:]] == ["0", "0", "0"]


def test_a_sampled_hole_keeps_a_share(caller: Caller) -> None:
    """Half of the samples of a day, not the first half."""
    hole = Hole(DEFAULT_START - timedelta(hours=10), DEFAULT_START, kept=0.5)
    caller.sample.platform.holes.append(hole)
    rows = metrics(caller, interval="PT4H", span="PT1M", fill="false")["cpu"]
    assert 80 < len(rows) < 160


def test_a_crashed_application_has_no_metrics(caller: Caller) -> None:
    caller.sample.platform.crash(caller.app, DEFAULT_START)
    caller.mirror.clock.set(DEFAULT_START + 11 * MINUTE)
    assert metrics(caller, interval="PT10M", fill="false")["cpu"] == []


def test_an_effect_replaces_the_ordinary(caller: Caller) -> None:
    effect = Effect("cpu", DEFAULT_START - 4 * MINUTE, DEFAULT_START + MINUTE, 97)
    caller.sample.platform.affect(caller.app, [effect])
    rows = metrics(caller, interval="PT10M", fill="false", only=["cpu"])
    assert list(rows) == ["cpu"]
    assert [float(row["value"]) for row in rows["cpu"][-2:]] == [97, 97]
    assert float(rows["cpu"][0]["value"]) < 60


def test_memory_that_leaks_grows_until_the_instance_ends(caller: Caller) -> None:
    platform = caller.sample.platform
    app = platform.applications[caller.app]
    platform.applications[app.id] = replace(app, load=replace(app.load, memory=20, memory_growth=3))
    assert float(metrics(caller, fill="false")["mem"][-1]["value"]) > 80


def test_an_add_on_is_known_by_its_real_id_only(caller: Caller) -> None:
    assert metrics(caller, caller.sample.addon.real_id, fill="false")["cpu"]
    path = f"/v4/stats/organisations/{caller.owner}/resources/{caller.sample.addon.id}/metrics"
    assert caller.client.get(path).status_code == 404


@pytest.mark.parametrize(
    "query", [{"interval": "PT10H", "span": "PT1M"}, {"interval": "10m"}, {"end": "now"}, {"span": "P"}]
)
def test_an_unreadable_window_is_refused(caller: Caller, query: dict[str, str]) -> None:
    """Also a span more than 300 times smaller than the interval."""
    path = f"/v4/stats/organisations/{caller.owner}/resources/{caller.app}/metrics"
    answer = caller.client.get(path, params=query)
    assert answer.status_code == 400
    assert "error" in answer.json()


def test_status_codes_are_by_the_whole_hour(caller: Caller) -> None:
    caller.mirror.clock.set(DEFAULT_START + timedelta(hours=2, minutes=30))
    effect = Effect("errors", DEFAULT_START + timedelta(hours=1), DEFAULT_START + timedelta(hours=2), 0.5)
    caller.sample.platform.affect(caller.app, [effect])
    path = f"/v4/stats/organisations/{caller.owner}/http-status-codes"
    hours = caller.get(path, applicationId=caller.app)
    assert len(hours) == 24
    assert hours[-1]["date"] == "2026-06-15T08:00:00.000Z"
    share = [_share(hour["statuses"]) for hour in hours[-2:]]
    assert share[0] < 0.02 < 0.4 < share[1]
    assert {"code", "count"} == set(hours[-1]["statuses"][0])
    assert -1 in {status["code"] for status in hours[-1]["statuses"]}


def test_requests_come_from_somewhere(caller: Caller) -> None:
    points = caller.get(f"/v4/stats/organisations/{caller.owner}/requests", applicationId=caller.app)
    assert set(points[0]) == {"lat", "long", "accessCount"}
    caller.sample.platform.crash(caller.app, DEFAULT_START - timedelta(days=1))
    caller.mirror.clock.set(DEFAULT_START + timedelta(hours=25))
    path = f"/v4/stats/organisations/{caller.owner}/requests"
    assert caller.get(path, application=caller.app) is None


def test_requests_of_some_minutes(caller: Caller) -> None:
    """Status codes come by the hour; the number of requests of any time."""
    effect = Effect("requests", DEFAULT_START - timedelta(hours=1), DEFAULT_START + MINUTE, 600)
    caller.sample.platform.affect(caller.app, [effect])
    path = f"/v4/stats/organisations/{caller.owner}/requests"
    asked = {"from": "2026-06-15T05:50:00Z", "to": "2026-06-15T06:00:00Z"}
    points = caller.get(path, applicationId=caller.app, **asked)
    assert sum(point["accessCount"] for point in points) == 6000


def _share(statuses: list[dict[str, int]]) -> float:
    counted = {one["code"]: one["count"] for one in statuses if one["code"] >= 100}
    return sum(count for code, count in counted.items() if code >= 500) / sum(counted.values())
