"""Why and why not: for any minute the value, the waits, the verdict, the incident and what became of it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from relay.core.catalogue import CATALOGUE
from relay.core.incidents import Policy
from relay.core.model import Severity
from relay.core.routing import Answer, Route, Silence
from relay.core.text import Language, say
from relay.hindsight.explaining import UNMEASURED, Explanation, explain
from relay.hindsight.gaps import Why
from relay.hindsight.roads import Known
from relay.pipeline.setup import Setup
from relay.store.reader import Reader
from tests.building import HOUR, MINUTE, NOON
from tests.config.loading import loaded
from tests.hindsight.recording import MEMORY, SETUP, flat, recorded, threshold

ROUTES = (
    Route("all", ("chat",)),
    Route("worst", ("pager",), at_least=Severity.CRITICAL),
    Route("others", ("mail",), where=(("team", "other"),)),
)
KINDS = """
targets:
  api:
    source: prometheus
    url: http://127.0.0.1:1/metrics
    every: 1m
    metrics: {memory: {gauge: memory, unit: "%"}}
rules:
  odd: {kind: anomaly, metric: memory}
  slo: {kind: burn_rate, metric: memory, objective: 99}
  full: {kind: forecast, metric: memory}
"""
KNOWN = Known((MEMORY,), ROUTES, (), Policy())
RUN = [*flat([(60, 5), (75, 4), (67, 2), (60, 6), (None, 3), (60, 3)]), HOUR, *flat([(60, 3)])]


def why(reader: Reader, minutes: float, known: Known = KNOWN) -> Explanation:
    with reader.read() as tx:
        [kept] = [one for one in tx.kept_series() if one.series.metric == "memory"]
    return explain(reader, kept, known, NOON + minutes * MINUTE)


def changed(folder: Path, *statements: str) -> None:
    """Change the recorded store behind its back."""
    [path] = folder.glob("*.db")
    with closing(sqlite3.connect(path)) as store, store:
        for statement in statements:
            store.execute(statement)


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
    """And what the last one came to stands; before the first nothing was measured."""
    with recorded(tmp_path, *RUN) as reader:
        found = why(reader, minutes)
    assert found.why is why_none
    assert (found.sample is None) is (why_none is not None)
    [judged] = found.judgements
    assert (judged.verdict.reason == UNMEASURED) is (why_none is Why.NOT_KEPT)
    assert (found.last is not None) is (why_none is Why.NOT_READ)


def test_what_is_open_stands_while_nothing_comes_in(tmp_path: Path) -> None:
    """An incident does not vanish with the data, nor with the samples that raised it."""
    with recorded(tmp_path, *flat([(60, 3), (75, 5), (None, 20)])) as reader:
        silent = why(reader, 20)
    assert silent.sample is None
    assert silent.last is not None
    assert silent.last.at == NOON + 7 * MINUTE
    [judged] = silent.judgements
    assert (judged.verdict.severity, judged.verdict.reason) == (Severity.WARNING, "beyond the threshold")
    assert judged.road is not None
    assert judged.road.incident.opened_at == NOON + 3 * MINUTE


def test_after_retention_the_incident_is_still_explained(tmp_path: Path) -> None:
    """Its samples are gone, its history is not."""
    with recorded(tmp_path, *flat([(60, 3), (75, 5), (60, 60)])) as reader:
        changed(tmp_path, f"delete from samples where at < {(NOON + 40 * MINUTE).timestamp()}")
        found = why(reader, 6)
    assert found.why is Why.NOT_KEPT
    [judged] = found.judgements
    assert (judged.verdict.severity, judged.verdict.reason) == (Severity.WARNING, UNMEASURED)
    assert judged.road is not None
    assert judged.road.incident.opened_at == NOON + 3 * MINUTE


def test_without_an_incident_it_is_told_what_would_become_of_one(tmp_path: Path) -> None:
    """By the target's own labels too; silences that cover it and the routes that take it."""
    silence = Silence((("team", "shop"),), NOON, NOON + 8 * MINUTE, "planned")
    known = replace(KNOWN, silences=(silence,), labels={"api": (("team", "shop"),)})
    with recorded(tmp_path, *RUN) as reader:
        [calm] = why(reader, 1, known).judgements
        [later] = why(reader, 20, known).judgements
        [open_] = why(reader, 7, known).judgements
    assert calm.prospect is not None
    assert calm.prospect.severity is Severity.CRITICAL
    assert calm.prospect.silences == (silence,)
    assert [answer for _, answer, _ in calm.prospect.answers] == [Answer.TAKES, Answer.TAKES, Answer.OTHER]
    assert later.prospect is not None
    assert later.prospect.silences == ()
    assert open_.prospect is None


def test_what_never_was_beyond_is_not_said_to_be_back(tmp_path: Path) -> None:
    """Where judging began is no time at which anything came back."""
    with recorded(tmp_path, *flat([(60, 30)])) as reader:
        [judged] = why(reader, 25).judgements
    assert [level.calm_since for level in judged.levels] == [None, None]


def test_what_was_told_early_in_a_long_incident_is_told(tmp_path: Path) -> None:
    """Though many quiet updates came since."""
    later = """insert into changes (incident_id, sequence, kind, severity, before, at, value, summary, event_id, untold)
               with recursive n (i) as (select 1 union all select i + 1 from n where i < 40)
               select incident_id, sequence + i, 'updated', severity, severity, at, value, summary, event_id, 'an update'
               from changes, n where sequence = 1"""
    with recorded(tmp_path, *flat([(60, 3), (75, 5)])) as reader:
        changed(tmp_path, later, "update incidents set sequence = 41")
        [judged] = why(reader, 7).judgements
    assert judged.road is not None
    assert judged.road.incident.sequence == 41
    assert [delivery.sequence for delivery in judged.road.deliveries] == [1]


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


def test_kinds_without_levels_tell_the_figures_behind_their_verdict(tmp_path: Path) -> None:
    """How surprising it was, and how fast the budget burns over each pair of windows."""
    rules = loaded(KINDS).rules
    with recorded(tmp_path, *flat([(0.5, 400)]), setup=Setup(rules=rules)) as reader:
        judged = {one.rule.name: one for one in why(reader, 390, replace(KNOWN, rules=rules)).judgements}
    assert judged["odd"].verdict.reason == "not enough data"
    assert judged["odd"].detail is not None
    assert say(judged["odd"].detail, Language.ENGLISH) == "78 of the 300 steps that are only learned from."
    assert judged["slo"].verdict.reason == "within the budget"
    assert judged["slo"].detail is not None
    assert "0.5 times the allowed pace over 1 h, 0.5 times over 5 min; told from 14.4" in say(
        judged["slo"].detail, Language.ENGLISH
    )
    # It notes what is odd and opens nothing.
    assert judged["odd"].prospect is None


def test_a_forecast_does_not_speak_of_memory(tmp_path: Path) -> None:
    """A disk has the same machinery and words of its own, in both languages."""
    rules = loaded(KINDS).rules
    with recorded(tmp_path, *flat([(50, 60)]), setup=Setup(rules=rules)) as reader:
        judged = {one.rule.name: one for one in why(reader, 50, replace(KNOWN, rules=rules)).judgements}
    assert judged["full"].verdict.reason == "it does not grow"
    assert "verdict.it_does_not_grow" in CATALOGUE
