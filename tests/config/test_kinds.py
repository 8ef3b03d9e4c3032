"""Rows of other kinds than thresholds: what they become, and what is said of those that can't be."""

from __future__ import annotations

from datetime import timedelta

import pytest

from relay.core.detectors.anomaly import Anomaly
from relay.core.detectors.burn_rate import PAIRS, BurnRate, Pair
from relay.core.detectors.forecast import Forecast
from relay.core.detectors.growth_words import Scale
from relay.core.detectors.leaking import Leak
from relay.core.model import Severity
from tests.config.loading import loaded, problems

TARGET = """
targets:
  api:
    source: prometheus
    url: http://127.0.0.1:1/metrics
    memory_limit: 256MB
    request_counter: requests_total
    metrics:
      memory: {gauge: resident_bytes, percent_of: memory_limit}
      heap: {gauge: heap_bytes}
      disk: {gauge: disk_used, percent_of: 1000}
"""


def leaks(text: str) -> dict[str, Leak]:
    return {rule.name: rule.detector for rule in loaded(text).rules if isinstance(rule.detector, Leak)}


def test_memory_is_watched_for_leaks_without_a_word() -> None:
    [leak] = leaks(TARGET).values()
    assert (leak.limit, leak.scale) == (100.0, Scale(2_560_000.0, "bytes"))
    assert leak.critical_within == timedelta(hours=1)


def test_without_a_limit_there_is_none() -> None:
    """And no complaint: nobody asked for it."""
    text = TARGET.replace("    memory_limit: 256MB\n", "").replace(", percent_of: memory_limit", "")
    assert leaks(text) == {}


def test_a_gauge_in_bytes_is_held_against_the_limit_of_the_target() -> None:
    found = leaks(f"{TARGET}rules:\n  heap: {{kind: leak, warning_within: 12h, suspicions: false}}\n")["heap"]
    assert (found.limit, found.scale) == (256_000_000.0, Scale(1.0, "bytes"))
    assert (found.warning_within, found.suspicions) == (timedelta(hours=12), False)


def test_a_target_has_its_own_row() -> None:
    own = f"{TARGET}    rules:\n      leak: {{limit: 90}}\n"
    assert leaks(own)["leak"].limit == 90
    off = f"{TARGET}    rules:\n      leak: {{enabled: false}}\n"
    assert leaks(off) == {}


def test_a_fast_clock_counts_routes_as_often() -> None:
    """A demonstration's minute is a second."""
    [(target, _)] = loaded(f"{TARGET}rules:\n  leak: {{speed: 60}}\n").targets
    assert target.routes_every == timedelta(seconds=1)
    [(target, _)] = loaded(TARGET).targets
    assert target.routes_every == timedelta(minutes=1)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("leak: {warning: 70}", "rules.leak.warning: does not go with kind leak, only with threshold"),
        ("leak: {for: 2m}", "rules.leak.for: does not go with kind leak, only with threshold"),
        (
            "memory: {speed: 60}",
            "rules.memory.speed: does not go with kind threshold, only with leak or forecast",
        ),
        ("leak: {kind: leek}", "one of threshold, leak, forecast, burn_rate, anomaly"),
        ("leak: {speed: 0}", "rules.leak.speed"),
    ],
)
def test_what_does_not_fit_is_said_at_its_place(row: str, said: str) -> None:
    assert any(said in problem for problem in problems(f"{TARGET}rules:\n  {row}\n"))


def test_a_row_that_cannot_judge_a_target_says_why() -> None:
    text = TARGET.replace("    memory_limit: 256MB\n", "").replace("percent_of: memory_limit", "unit: bytes")
    assert any(
        "limit is unknown" in problem
        for problem in problems(f"{text}    rules:\n      heap: {{kind: leak}}\n")
    )


MORE = """
targets:
  api:
    source: prometheus
    url: http://127.0.0.1:1/metrics
    metrics:
      disk: {gauge: disk_used, percent_of: 1000}
      credits: {gauge: credits}
      errors: {ratio: requests_total, where: {status: "5*"}}
      slow: {above: duration_seconds, bound: 1}
"""


def made(row: str) -> object:
    [detector] = [rule.detector for rule in loaded(f"{MORE}rules:\n  {row}\n").rules if rule.target == "api"]
    return detector


def test_a_percentage_has_its_limit_and_credits_end_at_nothing() -> None:
    disk = made("disk: {kind: forecast}")
    assert isinstance(disk, Forecast)
    assert (disk.limit, disk.warning_within) == (100.0, timedelta(days=7))
    out = made("credits: {kind: forecast, below: true}")
    assert isinstance(out, Forecast)
    assert (out.limit, out.below) == (0.0, True)


def test_a_limit_of_nothing_is_no_limit_to_rise_to() -> None:
    """Unless it is one to fall to."""
    text = f"{MORE}    rules:\n      credits: {{kind: forecast, limit: 0}}\n"
    assert any("its limit must be above 0; one to fall to needs below: true" in one for one in problems(text))


def test_a_budget_burns_by_the_workbook_or_by_what_is_written() -> None:
    plain = made("errors: {kind: burn_rate, objective: 99.5}")
    assert isinstance(plain, BurnRate)
    assert plain.pairs == PAIRS
    assert plain.budget == 0.5
    own = made(
        "slow: {kind: burn_rate, objective: 99, windows: [{long: 2h, short: 10m, factor: 3, severity: warning}]}"
    )
    assert isinstance(own, BurnRate)
    assert own.pairs == (Pair(3, timedelta(hours=2), timedelta(minutes=10), Severity.WARNING),)


def test_an_anomaly_pages_nobody_unless_asked() -> None:
    quiet, loud = made("credits: {kind: anomaly}"), made("credits: {kind: anomaly, severity: critical}")
    assert isinstance(quiet, Anomaly)
    assert isinstance(loud, Anomaly)
    assert (quiet.severity, loud.severity) == (Severity.INFO, Severity.CRITICAL)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("errors: {kind: burn_rate}", "needs an objective, as in objective: 99.9"),
        ("credits: {kind: burn_rate, objective: 99}", "is none: take it with ratio or above"),
        ("credits: {kind: forecast}", "give limit, in the metric's unit"),
        (
            "errors: {kind: burn_rate, objective: 99, windows: [{long: 1m, short: 1h, factor: 2, severity: warning}]}",
            "short is longer than its long",
        ),
    ],
)
def test_what_a_kind_needs_is_said(row: str, said: str) -> None:
    assert any(said in problem for problem in problems(f"{MORE}    rules:\n      {row}\n"))


def test_above_needs_a_bound() -> None:
    assert any("bound: is missing" in said for said in problems(MORE.replace(", bound: 1", "")))
