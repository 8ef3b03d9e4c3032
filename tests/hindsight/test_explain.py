"""Why and why not: for any minute the value, the waits, the verdict, the incident and what became of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from relay.core.incidents import Policy
from relay.core.model import Severity
from relay.core.routing import Answer, Route, Silence
from relay.hindsight.explaining import Explanation, Known, explain
from relay.hindsight.gaps import Why
from relay.store.reader import Reader
from tests.building import HOUR, MINUTE, NOON
from tests.hindsight.recording import MEMORY, SETUP, flat, recorded, threshold

ROUTES = (
    Route("all", ("chat",)),
    Route("worst", ("pager",), at_least=Severity.CRITICAL),
    Route("others", ("mail",), where=(("team", "other"),)),
)
KNOWN = Known((MEMORY,), ROUTES, (), Policy())
RUN = [*flat([(60, 5), (75, 4), (67, 2), (60, 6), (None, 3), (60, 3)]), HOUR, *flat([(60, 3)])]


def why(reader: Reader, minutes: float, known: Known = KNOWN) -> Explanation:
    with reader.read() as tx:
        [kept] = [one for one in tx.kept_series() if one.series.metric == "memory"]
    return explain(reader, kept, known, NOON + minutes * MINUTE)


@pytest.mark.parametrize(
    ("minutes", "value", "severity", "reason"),
    [
        (4, 60, "ok", "within the thresholds"),
        (5, 75, "ok", "waiting"),
        (6, 75, "warning", "beyond the threshold"),
        (9, 67, "warning", "within the slack"),
        (11, 60, "warning", "waiting to ease"),
        (12, 60, "ok", "within the thresholds"),
        (14, 60, "ok", "within the thresholds"),
    ],
)
def test_each_minute_has_its_verdict_and_reason(
    tmp_path: Path, minutes: int, value: float, severity: str, reason: str
) -> None:
    """The same that was judged live: over, waiting, within the slack, waiting to ease."""
    with recorded(tmp_path, *RUN) as reader:
        found = why(reader, minutes)
    assert found.sample is not None
    assert (found.sample.value, found.sample.at) == (value, NOON + minutes * MINUTE)
    [judged] = found.judgements
    assert (judged.verdict.severity.word, judged.verdict.reason) == (severity, reason)
    assert (judged.road is not None) is (6 <= minutes <= 12)


def test_the_wait_is_told_since_when_and_how_often(tmp_path: Path) -> None:
    """For each level on its own."""
    with recorded(tmp_path, *RUN) as reader:
        [judged] = why(reader, 7).judgements
        [calm] = why(reader, 11).judgements
    warning, critical = judged.levels
    assert (warning.is_beyond, warning.since, warning.times) == (True, NOON + 5 * MINUTE, 3)
    assert (critical.is_beyond, critical.since, critical.times) == (False, None, 0)
    assert calm.levels[0].calm_since == NOON + 11 * MINUTE


def test_the_road_of_an_incident_is_told(tmp_path: Path) -> None:
    """Each route with its answer, the silence that covered it, the deliveries, the rule as it was then."""
    silence = Silence((("target", "api"),), NOON, NOON + 8 * MINUTE, "planned")
    with recorded(tmp_path, *RUN) as reader:
        known = replace(KNOWN, silences=(silence,))
        road = why(reader, 7, known).judgements[0].road
        later = why(reader, 9, known).judgements[0].road
    assert road is not None
    assert [(route.name, answer) for route, answer, _ in road.answers] == [
        ("all", Answer.TAKES),
        ("worst", Answer.TOO_MILD),
        ("others", Answer.OTHER),
    ]
    assert road.silences == (silence,)
    assert later is not None
    assert later.silences == ()
    assert [(one.channel, one.sequence) for one in road.deliveries] == [("chat", 1)]
    assert dict(road.rule)["warning"] == "70"


def test_a_changed_table_is_judged_anew_and_the_old_rule_stands_beside_it(tmp_path: Path) -> None:
    """The verdict is the present table's, the incident the stored one."""
    higher = threshold(90, 99)
    with recorded(tmp_path, *RUN) as reader:
        [then] = why(reader, 7, replace(KNOWN, rules=(higher,))).judgements
    assert then.road is not None
    assert dict(then.road.rule)["warning"] == "70"
    assert dict(then.rule.record())["warning"] == "90"


@pytest.mark.parametrize(
    ("minutes", "why_none"),
    [(-30, Why.NOT_KEPT), (24, None), (30, Why.NOT_READ), (500, Why.NOT_READ)],
)
def test_a_minute_without_a_value_says_why(tmp_path: Path, minutes: int, why_none: Why | None) -> None:
    """And nothing is judged then."""
    with recorded(tmp_path, *RUN) as reader:
        found = why(reader, minutes)
    assert found.why is why_none
    assert (found.sample is None) is (why_none is not None)
    assert why_none is None or found.judgements == ()


def test_a_silent_source_is_told_with_its_reason_and_its_own_incident(tmp_path: Path) -> None:
    """A read that brought nothing is not the same as nobody reading."""
    run = flat([(60, 5), (None, 20)])
    with recorded(tmp_path, *run) as reader:
        found = why(reader, 15)
    assert found.why is Why.NO_DATA
    assert found.reason is not None
    assert found.reason.key == "nodata.why.refused"
    assert found.silence is not None
    assert found.silence.incident.opened_at == NOON + 5 * MINUTE


def test_live_and_in_hindsight_the_verdicts_are_the_same(tmp_path: Path) -> None:
    """At every minute of a run the explained severity is that of the incident of that time."""
    run = flat([(60, 3), (75, 5), (90, 4), (72, 3), (60, 9), (86, 3), (60, 4)])
    with recorded(tmp_path, *run, setup=SETUP) as reader:
        for minute in range(len(run)):
            [judged] = why(reader, minute).judgements
            road = judged.road
            assert judged.verdict.severity is (road.incident.severity if road else Severity.OK), minute
