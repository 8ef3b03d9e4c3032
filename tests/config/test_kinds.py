"""Rows of other kinds than thresholds: what they become, and what is said of those that can't be."""

from __future__ import annotations

from datetime import timedelta

import pytest

from relay.core.detectors.growth_words import Scale
from relay.core.detectors.leaking import Leak
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
        ("memory: {speed: 60}", "rules.memory.speed: does not go with kind threshold, only with leak"),
        ("leak: {kind: leek}", "one of threshold, leak"),
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
