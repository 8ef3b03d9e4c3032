"""Replay: the same table gives exactly what happened, another one what it would have raised, missed or spared."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relay.core.model import Severity
from relay.core.reruns import Fate
from relay.hindsight.gaps import Why
from relay.hindsight.replaying import Replay, Replayed, replay
from relay.hindsight.troubles import Judging
from relay.store.incidents import Filter
from relay.store.sqlite import SqliteBackend
from relay.store.transactions import Transaction
from tests.building import HOUR, MINUTE, NOON
from tests.hindsight.recording import FREE, MEMORY, RESTART, TABLE, flat, recorded, table, threshold

LONG = NOON + 1000 * HOUR

values = st.sampled_from([60.0, 66.0, 72.0, 79.0, 82.0, 90.0])
runs = st.tuples(values | st.none(), st.integers(1, 5)).map(lambda run: [run[0]] * run[1])
pauses = st.sampled_from([2 * MINUTE, 6 * MINUTE, 25 * MINUTE, HOUR])
steps = st.lists(
    st.one_of(runs, runs, runs, pauses.map(lambda span: [span]), st.just([RESTART])), min_size=3, max_size=30
).map(lambda parts: [step for part in parts for step in part])


def fates(found: Replayed) -> list[str]:
    return [pair.fate.value for pair in found.pairs]


@given(run=steps, part=st.floats(0, 1))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_same_table_gives_exactly_the_incidents_that_happened(
    tmp_path: Path, run: Sequence[float | timedelta | str | None], part: float
) -> None:
    """With silences, pauses and restarts in the run, from its beginning and from anywhere within it."""
    with recorded(tmp_path, *run) as reader:
        with reader.read() as tx:
            stored = tx.incidents(Filter(), limit=1000)
            moments = {one.id: len(tx.moments(one.id)) for one in stored}
        for since in (NOON, NOON + part * len(run) * MINUTE):
            found = replay(reader, TABLE, since, LONG)
            assert [pair for pair in found.pairs if pair.fate is not Fate.SAME] == []
            if since == NOON:
                assert {
                    pair.would.incident.id: pair.would.changes for pair in found.pairs if pair.would
                } == moments


def test_a_lower_threshold_raises_and_prolongs(tmp_path: Path) -> None:
    """What was there is told as changed, what is new as raised, each with its times."""
    run = flat([(60, 5), (67, 5), (60, 30), (75, 5), (60, 10)])
    with recorded(tmp_path, *run) as reader:
        found = replay(reader, table(threshold(66, 85, hold=MINUTE), FREE), NOON, LONG)
    assert fates(found) == ["raised", "changed"]
    raised, changed = found.pairs
    assert raised.would is not None
    assert (raised.would.incident.opened_at, raised.would.incident.peak) == (
        NOON + 5 * MINUTE,
        Severity.WARNING,
    )
    assert changed.happened is not None
    assert changed.would is not None
    assert changed.would.incident.resolved_at is not None
    assert (found.happened, found.would) == (1, 2)


def test_a_higher_threshold_spares_what_is_brief_and_misses_what_is_not(tmp_path: Path) -> None:
    """A warning of four minutes is spared; one of half an hour, and anything critical, is missed."""
    run = flat([(75, 3), (60, 30), (75, 30), (60, 30), (90, 3), (60, 5)])
    with recorded(tmp_path, *run) as reader:
        found = replay(reader, table(threshold(95, 99)), NOON, LONG)
    memory = [pair for pair in found.pairs if pair.happened and pair.happened.incident.kind == "memory"]
    assert [pair.fate for pair in memory] == [Fate.SPARED, Fate.MISSED, Fate.MISSED]


def test_more_patience_with_silence_spares_no_data(tmp_path: Path) -> None:
    """Misses are replayed like samples: two in a row were an incident, three would not have been."""
    run = flat([(60, 5), (None, 2), (60, 15), (None, 4), (60, 5)])
    with recorded(tmp_path, *run) as reader:
        assert fates(replay(reader, TABLE, NOON, LONG)) == ["same", "same"]
        found = replay(reader, table(MEMORY, FREE, after=3), NOON, LONG)
        assert fates(found) == ["spared", "changed"]
        assert found.pairs[1].would is not None
        # Since the first of the misses that counted, as it is told live.
        assert found.pairs[1].would.incident.opened_at == NOON + 22 * MINUTE


def test_what_is_not_kept_any_more_is_unknown_and_never_missed(tmp_path: Path) -> None:
    """Also of a row that was taken out, and of a silence of which the misses are gone."""
    run = flat([(90, 5), (60, 20), (None, 3), (60, 40)])
    with recorded(tmp_path, *run) as reader:
        _forget(tmp_path, 60)
        found = replay(reader, table(FREE), NOON, LONG)
        assert set(fates(found)) == {"unknown"}
        gap = found.coverage[0].gaps[0]
    assert (gap.begins_at, gap.why) == (NOON, Why.NOT_KEPT)


def _forget(folder: Path, minutes: int) -> None:
    [path] = folder.glob("*.db")
    connection = SqliteBackend(path).connect()
    connection.begin()
    tx = Transaction(connection)
    tx.forget_samples(NOON + minutes * MINUTE, 10_000)
    tx.forget_misses(NOON + minutes * MINUTE, 10_000)
    connection.commit()
    connection.close()


def test_missing_samples_are_told_with_their_reason(tmp_path: Path) -> None:
    """Reads that brought nothing, and a time in which nobody read, are two things."""
    run = [*flat([(60, 10), (None, 10), (60, 10)]), HOUR, *flat([(60, 10), (None, 3)]), HOUR, 60]
    with recorded(tmp_path, *run) as reader:
        found = replay(reader, TABLE, NOON, NOON + 164 * MINUTE)
    [memory] = [one for one in found.coverage if one.series.metric == "memory"]
    assert [(gap.why, gap.length) for gap in memory.gaps] == [
        (Why.NO_DATA, 11 * MINUTE),
        (Why.NOT_READ, 61 * MINUTE),
        (Why.PARTLY, 64 * MINUTE),
    ]
    assert (memory.samples, memory.missing) == (31, 136 * MINUTE)


def test_a_row_about_nothing_and_a_lack_of_time_are_told(tmp_path: Path) -> None:
    """Neither passes for "nothing would have been raised"."""
    with recorded(tmp_path, *flat([(90, 5), (60, 5)])) as reader:
        cpu = threshold(70, 80)
        odd = type(cpu)("cpu", "cpu", cpu.detector)
        assert [rule.name for rule in replay(reader, table(MEMORY, odd), NOON, LONG).unmeasured] == ["cpu"]
        hurried = replay(reader, TABLE, NOON, LONG, lambda: True)
    assert set(fates(hurried)) == {"unknown"}
    assert len(hurried.unfinished) == 3


def test_what_was_open_before_the_span_goes_on(tmp_path: Path) -> None:
    """Its beginning is not told anew, its end is compared."""
    with recorded(tmp_path, *flat([(90, 30), (60, 10)])) as reader:
        found = replay(reader, TABLE, NOON + 20 * MINUTE, LONG)
        later = replay(
            reader, table(threshold(70, 85, hold=MINUTE, release=5 * MINUTE), FREE), NOON + 20 * MINUTE, LONG
        )
    assert set(fates(found)) == {"same"}
    assert sorted(fates(later)) == ["changed", "same"]
    assert {pair.opened_at for pair in found.pairs} == {NOON}


@pytest.mark.parametrize("minutes", [0, 5, 12])
def test_the_end_of_the_span_cuts_both_sides(tmp_path: Path, minutes: int) -> None:
    """What is not over by then is open on both sides."""
    with recorded(tmp_path, *flat([(90, 10), (60, 10)])) as reader:
        found = replay(reader, TABLE, NOON, NOON + minutes * MINUTE)
    assert set(fates(found)) <= {"same"}
    assert len(found.pairs) == (2 if minutes else 0)


@pytest.mark.parametrize("minutes", [5, 6, 7, 9, 10])
def test_a_wait_goes_on_over_the_beginning_of_the_span(tmp_path: Path, minutes: int) -> None:
    """What was seen before it counts, and what changes at its very first moment is within it."""
    with recorded(tmp_path, *flat([(60, 5), (75, 3), (60, 5)])) as reader:
        found = replay(reader, TABLE, NOON + minutes * MINUTE, LONG)
    assert fates(found) == (["same"] if minutes < 10 else [])


def test_what_is_tried_is_judged_before_what_is_as_ever(tmp_path: Path) -> None:
    """A page gives it some seconds only: they go to the rows that were changed."""
    tried = threshold(55, 85)
    with recorded(tmp_path, *flat([(60, 20)])) as reader:
        whole = Replay(reader, table(FREE, tried), NOON, LONG, in_force=(MEMORY, FREE))
        as_ever = Replay(reader, table(FREE, tried), NOON, LONG)
    judging = [[one.rule for one in each.troubles if isinstance(one, Judging)] for each in (whole, as_ever)]
    assert judging == [[tried, FREE], [FREE, tried]]
