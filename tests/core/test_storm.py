"""What a storm is, and what its digest says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.core import storm
from relay.core.incidents import Past, Policy, apply
from relay.core.model import Change, ChangeKind, Incident, Severity
from relay.core.storm import Entry, Rate
from relay.core.text import Language, say, verbatim
from tests.building import MINUTE, NOON, SECOND, event


def incident() -> Incident:
    change = apply(Past(), event(), Policy())
    assert isinstance(change, Change)
    return change.incident


OPENED, OVER = ChangeKind.OPENED, ChangeKind.RESOLVED


@pytest.mark.parametrize(
    ("told", "waiting", "stormy"),
    [
        ([], 20, False),
        ([], 21, True),
        ([0] * 20, 0, False),
        ([0] * 20, 1, True),
        ([3 * n for n in range(20)], 1, True),  # one every three seconds
        ([6 * n for n in range(20)], 1, False),  # one every six: ten a minute
        ([-120] * 5_000, 20, False),  # long over
    ],
)
def test_more_than_the_limit_within_a_minute_is_a_storm(told: list[int], waiting: int, stormy: bool) -> None:
    rate = Rate(NOON + min([*told, 0]) * SECOND)
    for second in told:
        rate = rate.add(1, NOON + second * SECOND)
    at = NOON + max([*told, 0]) * SECOND
    assert storm.is_storm(rate, waiting, 20, at) is stormy


@given(st.lists(st.tuples(st.integers(1, 90), st.integers(1, 600)), min_size=1))
def test_a_rate_is_never_more_than_what_was_told_within_two_minutes(told: list[tuple[int, int]]) -> None:
    rate, at, known = Rate(NOON), NOON, []
    for after, number in told:
        at += after * SECOND
        rate = rate.add(number, at)
        known.append((at, number))
        within = sum(number for then, number in known if at - then < 2 * MINUTE)
        assert known[-1][1] <= rate.a_minute(at) <= within


def test_a_clock_that_was_set_back_begins_anew() -> None:
    assert Rate(NOON, 500, 500).a_minute(NOON - timedelta(days=1)) == 0


def entry(number: int, severity: Severity, *kinds: ChangeKind) -> Entry:
    one = replace(incident(), id=f"i{number}", severity=severity, peak=max(severity, Severity.WARNING))
    return Entry(replace(one, title=verbatim(f"trouble {number}")), kinds, NOON + number * SECOND)


@pytest.mark.parametrize(
    ("entries", "title"),
    [
        ([entry(n, Severity.WARNING, OPENED) for n in range(3)], "3 incidents opened in 1 min"),
        ([entry(n, Severity.OK, OVER) for n in range(2)], "2 incidents resolved in 1 min"),
        (
            [entry(0, Severity.OK, OPENED, OVER), entry(1, Severity.CRITICAL, ChangeKind.ESCALATED)],
            "2 incidents changed in 1 min: 1 opened, 1 resolved",
        ),
    ],
)
def test_the_title_counts_what_happened(entries: list[Entry], title: str) -> None:
    said = storm.compose(entries, "d1", NOON + MINUTE, "")
    assert say(said.incident.title, Language.ENGLISH) == title
    assert said.told == len(entries)


def test_the_worst_are_named_first_and_the_rest_counted() -> None:
    entries = [entry(n, Severity.WARNING, OPENED) for n in range(12)] + [entry(12, Severity.CRITICAL, OPENED)]
    said = storm.compose(entries, "d1", NOON + MINUTE, "")
    lines = say(said.incident.summary, Language.FRENCH).splitlines()
    assert lines[0] == "critiques : 1, avertissements : 12"
    assert lines[1] == "• Critique : trouble 12"
    assert lines[2] == "• Avertissement : trouble 0"
    assert lines[-1] == "… et 3 de plus"
    assert said.incident.severity is Severity.CRITICAL
