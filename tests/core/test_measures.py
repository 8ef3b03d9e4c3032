"""From raw readings to metrics: a measure that can't be taken is absent, never zero."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import inf, isfinite, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.core.measures import (
    Combine,
    Gauge,
    Mean,
    Measure,
    Quantile,
    Rate,
    Ratio,
    Selector,
    Share,
)
from relay.core.model import Reading, Readings, labels

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
REQUESTS = Selector("requests")
FAILED = Selector("requests", labels({"status": "5*"}))
ERROR_RATE = Ratio(FAILED, REQUESTS)


def read(seconds: float = 0, **series: float | Mapping[str, float]) -> Readings:
    """Return readings: a number is a series without labels, a mapping one series a ``name=value,…`` key."""
    values = []
    for name, value in series.items():
        if isinstance(value, Mapping):
            values += [
                Reading(name, number, labels(dict(pair.split("=") for pair in key.split(",") if pair)))
                for key, number in value.items()
            ]
        else:
            values.append(Reading(name, value))
    return Readings(START + timedelta(seconds=seconds), tuple(values))


def later(**series: float | Mapping[str, float]) -> Readings:
    """Return readings of ten seconds later."""
    return read(10, **series)


@pytest.mark.parametrize(
    ("combine", "value"),
    [(Combine.SUM, 12), (Combine.MAX, 8), (Combine.MIN, 1), (Combine.MEAN, 4)],
)
def test_a_gauge_combines_its_series(combine, value):
    now = read(memory={"pid=1": 3, "pid=2": 8, "pid=3": 1, "pid=4": nan, "pid=5": inf})
    assert Gauge(Selector("memory"), combine).take(None, now) == value


def test_a_gauge_is_scaled_and_selected_by_labels():
    now = read(memory={"area=heap": 128, "area=stack": 5})
    of = Selector("memory", labels({"area": "heap"}))
    assert Gauge(of, scale=100 / 256).take(None, now) == 50


@pytest.mark.parametrize("now", [read(), read(memory=nan), read(memory={"pid=1": inf}), read(other=1)])
def test_a_gauge_without_a_number_is_absent(now):
    assert Gauge(Selector("memory")).take(None, now) is None


def test_what_overflows_is_absent():
    assert Gauge(Selector("memory")).take(None, read(memory={"a=1": 1.7e308, "a=2": 1.7e308})) is None


@pytest.mark.parametrize(
    ("now", "percent"),
    [
        (read(used=5, limit=20), 25),
        (read(used={"pool=a": 2, "pool=b": 3}, limit=20), 25),
        (read(used=0, limit=20), 0),
        (read(used=5, limit=0), None),
        (read(used=5, limit=-1), None),  # PostgreSQL's "no limit"
        (read(used=5), None),
        (read(limit=20), None),
    ],
)
def test_a_share_is_a_percentage_of_a_known_total(now, percent):
    assert Share(Selector("used"), Selector("limit")).take(None, now) == percent


@pytest.mark.parametrize(
    ("before", "now", "per_second"),
    [
        (read(requests=100), later(requests=130), 3),
        (read(requests=100), later(requests=100), 0),
        (read(requests=100), later(requests=20), 2),  # a reset: it counts from zero
        (read(requests=100), later(requests=0), 0),
        (read(requests={"status=200": 100}), later(requests={"status=200": 110, "status=500": 20}), 3),  # new
        (
            read(requests={"a=1": 9, "a=2": 50}),
            later(requests={"a=1": 19, "a=2": 10}),
            2,
        ),  # one process restarted
        (read(requests={"a=1": 9, "a=2": 50}), later(requests={"a=1": 19}), 1),  # one is gone
        (read(requests=nan), later(requests=1e6), None),  # unreadable before is not zero before
        (read(requests=inf), later(requests=1e6), None),
        (read(requests=1), later(requests=inf), None),
        (read(requests=1), later(requests=-5), None),
        (read(requests=1), later(), None),
        (read(requests=1), read(requests=5), None),  # no time has passed
        (read(20, requests=1), later(requests=5), None),  # the clock went back
        (None, later(requests=5), None),
        (
            read(-3 * 3600 + 10, requests=0),
            later(requests=10_800),
            1,
        ),  # after hours without the relay: an average
    ],
)
def test_a_rate_is_growth_a_second(before, now, per_second):
    assert Rate(REQUESTS).take(before, now) == per_second


def test_cpu_seconds_become_a_percentage():
    assert Rate(Selector("cpu"), scale=100).take(read(cpu=1), later(cpu=6)) == 50


@pytest.mark.parametrize(
    ("before", "now", "percent"),
    [
        ({"status=200": 90, "status=500": 0}, {"status=200": 180, "status=500": 10}, 10),
        ({"status=200": 90}, {"status=200": 180, "status=502": 6, "status=500": 4}, 10),  # the first failures
        ({"status=200": 90}, {"status=200": 190}, 0),
        ({"status=200": 90, "status=500": 5}, {"status=200": 90, "status=500": 5}, None),  # no traffic
        ({"status=200": 90, "status=500": 5}, {"status=200": 3, "status=500": 1}, 25),  # all fell: a restart
        ({"status=404": 0, "status=50": 0}, {"status=404": 9, "status=50": 1}, 10),
        ({"status=500": 0}, {"status=500": 7}, 100),
        ({"status=200": 9, "status=500": nan}, {"status=200": 10, "status=500": 5}, None),
        ({}, {}, None),
    ],
)
def test_the_error_rate_is_failed_of_all(before, now, percent):
    assert ERROR_RATE.take(read(requests=before), later(requests=now)) == percent


def test_a_ratio_of_two_names_is_zero_before_the_first_failure():
    """A labelled counter of failures has no series before the first one."""
    ratio = Ratio(Selector("errors"), REQUESTS)
    assert ratio.take(read(requests=5), later(requests=15)) == 0
    assert ratio.take(None, later(requests=15)) is None


def summary(total: float, count: float) -> Mapping[str, float]:
    return {"time_sum": total, "time_count": count}


@pytest.mark.parametrize(
    ("before", "now", "mean"),
    [
        (summary(10, 5), summary(16, 8), 2),
        (summary(10, 5), summary(10, 5), None),  # nothing was observed
        (summary(100, 5), summary(1, 10), 0.1),  # restarted: the sum fell, the count had caught up
        (summary(1, 10), summary(8, 2), 4),  # restarted: the count fell, the sum had caught up
        (summary(nan, 5), summary(16, 8), None),
        (summary(10, nan), summary(16, 8), None),
        (summary(10, 5), summary(inf, 8), None),
        (summary(10, 5), {"time_count": 8}, None),
        (summary(10, 5), {"time_sum": 16}, None),
        ({}, summary(16, 8), 2),
    ],
)
def test_a_mean_is_what_was_added_over_how_often(before, now, mean):
    assert Mean(Selector("time")).take(read(**before), later(**now)) == mean


def test_a_mean_weighs_its_series_and_pairs_them():
    """A series without a sum counts in neither."""
    before = read(time_sum={"r=a": 0, "r=b": 0}, time_count={"r=a": 0, "r=b": 0, "r=c": 0})
    now = later(time_sum={"r=a": 9, "r=b": 1}, time_count={"r=a": 1, "r=b": 1, "r=c": 100})
    assert Mean(Selector("time")).take(before, now) == 5
    assert Mean(Selector("time", labels({"r": "a"}))).take(before, now) == 9
    assert Mean(Selector("time")).take(None, now) is None


@pytest.mark.parametrize(
    ("before", "now", "median"),
    [
        ({}, {"le=1": 0, "le=2": 10, "le=+Inf": 10}, 1.5),
        ({"le=1": 5, "le=2": 5, "le=+Inf": 5}, {"le=1": 5, "le=2": 15, "le=+Inf": 15}, 1.5),
        # A restart: one bucket fell, so all of them count from zero, also the one that had caught up.
        ({"le=1": 0, "le=2": 9, "le=+Inf": 9}, {"le=1": 4, "le=2": 4, "le=+Inf": 4}, 0.5),
        # Another layout after a deployment.
        ({"le=5": 9, "le=+Inf": 9}, {"le=1": 10, "le=+Inf": 10}, 0.5),
        ({"le=1": 5, "le=+Inf": 5}, {"le=1": 5, "le=+Inf": 5}, None),  # nothing was observed
        ({"le=1": nan, "le=+Inf": 5}, {"le=1": 50, "le=+Inf": 50}, None),
        ({"le=1": 1, "le=+Inf": 5}, {"le=1": 1, "le=+Inf": inf}, None),
        ({}, {"le=1": 10, "le=2": 10}, None),  # no infinite bucket
        ({}, {"le=x": 10, "le=nan": 3, "": 4, "le=-Inf": 4}, None),
        ({}, {}, None),
        # Two series; the bound is written in two ways.
        ({}, {"le=1,r=a": 4, "le=+Inf,r=a": 4, "le=1.0,r=b": 4, "le=Inf,r=b": 4}, 0.5),
    ],
)
def test_a_median_of_what_was_observed_since(before, now, median):
    taken = Quantile(Selector("time"), 0.5).take(read(time_bucket=before), later(time_bucket=now))
    assert taken == median


def test_quantiles_need_a_reading_before_and_lie_between_0_and_1():
    buckets = {"le=1": 1.0, "le=+Inf": 1.0}
    assert Quantile(Selector("time"), 0.5).take(None, later(time_bucket=buckets)) is None
    with pytest.raises(ValueError, match="between 0 and 1"):
        Quantile(Selector("time"), 95)


@pytest.mark.parametrize(
    ("measure", "names"),
    [
        (Gauge(Selector("a")), {"a"}),
        (Share(Selector("a"), Selector("b")), {"a", "b"}),
        (Rate(Selector("a")), {"a"}),
        (Ratio(Selector("a"), Selector("b")), {"a", "b"}),
        (Mean(Selector("a")), {"a_sum", "a_count"}),
        (Quantile(Selector("a"), 0.9), {"a_bucket"}),
    ],
)
def test_a_measure_names_the_readings_that_it_needs(measure, names):
    assert measure.names == names


counts = st.dictionaries(
    st.sampled_from(["status=200", "status=404", "status=500", "status=503"]),
    st.integers(0, 10**9).map(float),
    min_size=1,
)
growths = st.lists(st.integers(0, 1000), min_size=4, max_size=4)
anything = st.one_of(st.floats(), st.integers(-10, 10**12).map(float))
MEASURES: tuple[Measure, ...] = (
    Gauge(Selector("x")),
    Gauge(Selector("x"), Combine.MEAN, 1e300),
    Share(Selector("x"), Selector("y")),
    Rate(Selector("x"), 1e300),
    Ratio(Selector("x"), Selector("y")),
    Mean(Selector("x")),
    Quantile(Selector("x"), 0.9),
)


@given(before=counts, now=counts)
def test_law_rates_and_error_rates_stay_in_their_bounds(before, now):
    first, second = read(requests=before), later(requests=now)
    rate = Rate(REQUESTS).take(first, second)
    assert rate is not None
    assert 0 <= rate <= sum(now.values()) / 10
    percent = ERROR_RATE.take(first, second)
    assert percent is None or 0 <= percent <= 100


@given(before=counts, steps=st.lists(growths, min_size=1, max_size=5))
def test_law_without_a_reset_the_growths_add_up(before, steps):
    """Reading often or seldom gives the same growth in all."""
    now, readings = before, [read(requests=before)]
    for number, step in enumerate(steps, 1):
        now = {key: value + more for (key, value), more in zip(now.items(), step, strict=False)}
        readings.append(read(10 * number, requests=now))
    apart = [Rate(REQUESTS).take(a, b) for a, b in pairwise(readings)]
    whole = Rate(REQUESTS).take(readings[0], readings[-1])
    assert whole is not None
    assert sum(value * 10 for value in apart if value is not None) == pytest.approx(whole * 10 * len(steps))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["x", "y", "x_sum", "x_count", "x_bucket"]),
            st.sampled_from(["le=1", "le=+Inf", "le=-1", "le=", ""]),
            anything,
            anything,
        )
    )
)
def test_law_a_metric_is_finite_whatever_came_in(series):
    before: dict[str, dict[str, float]] = {}
    now: dict[str, dict[str, float]] = {}
    for name, key, earlier, value in series:
        before.setdefault(name, {})[key] = earlier
        now.setdefault(name, {})[key] = value
    for measure in MEASURES:
        taken = measure.take(read(**before), later(**now))
        assert taken is None or isfinite(taken)
