"""Rules: the event that a verdict gives, its identity and the name of its trouble."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.core import rules
from relay.core.detectors import Verdict
from relay.core.detectors.absent import Silent
from relay.core.detectors.threshold import Level, Threshold
from relay.core.incidents import Past, Policy, apply
from relay.core.model import Change, Sample, Series, Severity, labels
from relay.core.rules import Rule
from relay.core.text import Language, say, text
from tests.building import MINUTE, NOON

WARNING, CRITICAL = Severity.WARNING, Severity.CRITICAL
TABLE = Threshold((Level(WARNING, 80, 75), Level(CRITICAL, 90, 85)))
MEMORY = Rule("memory", "memory", TABLE, unit="%")
SERIES = Series("api", "memory")


def verdict(severity: Severity, threshold: float | None, since: timedelta = timedelta(0)) -> Verdict:
    return Verdict(severity, NOON - since, threshold, "")


def test_an_event_says_value_threshold_and_level_in_both_languages() -> None:
    event = MEMORY.event(SERIES, Sample(NOON, 91.5), verdict(CRITICAL, 90), NOON)
    assert say(event.title, Language.ENGLISH) == "Memory over its threshold on api"
    assert say(event.summary, Language.ENGLISH) == "91.5 % against the Critical threshold of 90 %"
    assert say(event.title, Language.FRENCH) == "Mémoire : seuil dépassé sur api"
    assert (event.value, event.threshold, event.unit) == (91.5, 90, "%")


def test_the_end_says_the_value() -> None:
    event = MEMORY.event(SERIES, Sample(NOON, 50), verdict(Severity.OK, None), NOON)
    assert say(event.summary, Language.ENGLISH) == "Back to 50 %"
    assert (event.occurred_at, event.known_at) == (NOON, NOON)


def test_trouble_begins_when_its_threshold_was_first_passed() -> None:
    """The wait before a level is part of the trouble, and makes it neither late nor older than what is known."""
    event = MEMORY.event(SERIES, Sample(NOON, 85), verdict(WARNING, 80, 5 * MINUTE), NOON)
    assert (event.occurred_at, event.known_at) == (NOON - 5 * MINUTE, NOON)
    change = apply(Past(None, NOON - MINUTE), event, Policy())
    assert isinstance(change, Change)
    assert (change.incident.opened_at, change.incident.late) == (NOON - 5 * MINUTE, False)


def test_coming_back_to_a_level_is_another_event() -> None:
    """Since when is the same, as the warning lasted on below the critical."""
    first = MEMORY.event(SERIES, Sample(NOON, 85), verdict(WARNING, 80), NOON)
    eased = MEMORY.event(SERIES, Sample(NOON + MINUTE, 85), verdict(WARNING, 80), NOON + MINUTE)
    assert first.id != eased.id


def test_the_same_verdict_is_the_same_event() -> None:
    one = MEMORY.event(SERIES, Sample(NOON, 85), verdict(WARNING, 80), NOON)
    other = MEMORY.event(SERIES, Sample(NOON, 85), verdict(WARNING, 80), NOON + MINUTE)
    assert one.id == other.id


def test_a_rule_of_one_target_judges_no_other() -> None:
    assert MEMORY.judges(SERIES)
    assert MEMORY.judges(Series("shop", "memory"))
    assert not MEMORY.judges(Series("api", "cpu"))
    assert not Rule("memory", "memory", TABLE, target="shop").judges(SERIES)


names = st.text(st.sampled_from("a/=%-"), min_size=1, max_size=5)
series = st.builds(Series, names, names, st.dictionaries(names, names, max_size=2).map(labels))


@given(names, series, names, series)
def test_two_troubles_never_have_one_name(name: str, one: Series, other_name: str, other: Series) -> None:
    first = Rule(name, one.metric, TABLE).fingerprint(one)
    second = Rule(other_name, other.metric, TABLE).fingerprint(other)
    same = (name, one.target) == (other_name, other.target)
    if first == second:
        assert same
    assert first != rules.silent(one.target, Silent(3, NOON), WARNING, NOON).fingerprint


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((Series("a/b", "m"), "c"), (Series("a", "m"), "b/c")),
        ((Series("a", "m", (("x", "1/y=2"),)), "r"), (Series("a", "m", (("x", "1"), ("y", "2"))), "r")),
        ((Series("a%2Fb", "m"), "c"), (Series("a/b", "m"), "c")),
    ],
)
def test_a_slash_within_a_name_splits_nothing(one: tuple[Series, str], other: tuple[Series, str]) -> None:
    names = {Rule(name, "m", TABLE).fingerprint(series) for series, name in (one, other)}
    assert len(names) == 2


def test_a_rule_called_no_data_is_not_the_targets_silence() -> None:
    silent = rules.silent("api", Silent(3, NOON, text("nodata.why.refused")), WARNING, NOON)
    assert Rule("no-data", "memory", TABLE).fingerprint(SERIES) != silent.fingerprint


@pytest.mark.parametrize(
    ("severity", "said"),
    [
        (WARNING, "3 reads in a row brought nothing: connection refused. Whether all is well is unknown."),
        (Severity.OK, "Data arrives again"),
    ],
)
def test_no_data_says_why_and_that_the_state_is_unknown(severity: Severity, said: str) -> None:
    event = rules.silent("api", Silent(3, NOON, text("nodata.why.refused")), severity, NOON)
    assert say(event.summary, Language.ENGLISH) == said
