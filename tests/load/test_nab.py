"""The benchmark's scorer: nothing said is 0, each anomaly at once is 100, and what is false or late costs."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bench.nab import Labelled, alarms, normalised, read, score

TIMES = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number) for number in range(1000)]
ONE = Labelled("one", TIMES, [0.0] * 1000, [(400, 499), (700, 799)])


def told(*at: int) -> float:
    return normalised(score(ONE, at), 2)


def test_nothing_is_0_and_all_at_once_is_100() -> None:
    assert told() == 0.0
    assert told(400, 700) == pytest.approx(100.0)
    assert told(400, 401, 450, 700) == pytest.approx(100.0)  # what is told again within a window is neither


def test_sooner_is_better_and_one_of_two_is_half() -> None:
    assert told(400) == pytest.approx(50.0)
    assert 50 > told(450) > told(490) > 25
    assert told(499) == pytest.approx(
        25.6, abs=0.1
    )  # the last moment is worth nothing, but nothing is missed


@pytest.mark.parametrize(
    ("at", "worth"),
    [
        (100, 0.0),  # while it may learn, nothing counts
        (200, -0.11),  # before every window: wholly false
        (505, -0.0165),  # a little late
        (699, -0.11),  # far from the last window
    ],
)
def test_what_is_false_costs_by_how_far_it_is(at: int, worth: float) -> None:
    assert score(ONE, [at]) - score(ONE, []) == pytest.approx(worth, abs=0.002)


def test_a_pause_tells_not_anew() -> None:
    assert alarms([0, 5, 5, 0, 5, 9], 5, 3) == [1, 4]
    assert alarms([0, 5, 5, 0, 5, 9], 5, 1) == [1, 2, 4, 5]


def test_files_and_labels_are_read_as_they_lie_there(tmp_path: Path) -> None:
    """Labels without a file are left out."""
    (tmp_path / "labels").mkdir()
    (tmp_path / "data" / "real").mkdir(parents=True)
    windows = {"real/a.csv": [["2026-01-01 00:01:00.000000", "2026-01-01 00:02:00.000000"]], "real/b.csv": []}
    (tmp_path / "labels" / "combined_windows.json").write_text(json.dumps(windows))
    rows = "".join(f"2026-01-01 00:0{minute}:00,{minute}.5\n" for minute in range(5))
    (tmp_path / "data" / "real" / "a.csv").write_text(f"timestamp,value\n{rows}")
    [one] = read(tmp_path)
    assert (one.name, one.windows, one.values[4], one.probation) == ("real/a.csv", [(1, 2)], 4.5, 0)
