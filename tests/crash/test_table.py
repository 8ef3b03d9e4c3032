"""The tables of docs/reliability.md: a run of some cases replaces their lines only."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from tests.crash.cases import ALL
from tests.crash.layouts import Layout
from tests.crash.matrix import Row
from tests.crash.progress import keep, take_up
from tests.crash.table import PAGE, read, written

ONE, THREE = Layout("one", ("serve",)), Layout("three", ("web", "worker", "serve"))
ON = date(2026, 1, 2)


def test_a_part_that_is_run_again_replaces_its_lines() -> None:
    page = "before\n<!-- made by make crash -->\n<!-- end -->\nafter\n"
    first = written(page, [Row(ALL[0], ONE, 5, 9, 8, 1, 1), Row(ALL[1], THREE, 1_000, 9)], ON)
    again = written(first, [Row(ALL[0], ONE, 7, 11, wrong=["lost: one", "stuck"])], ON)
    assert again.startswith("before\n")
    assert again.endswith("\nafter\n")
    assert "In all 1,007 faults, 20 requests answered 2xx, 1 of them lost, 0 messages." in again
    assert read(again) == {
        "one": {ALL[0].name: "7 | 11 | 1 | 0 | 0 | 0 | 2 | 2026-01-02"},
        "three": {ALL[1].name: "1,000 | 9 | 0 | 0 | 0 | 0 | 0 | 2026-01-02"},
    }


def test_a_run_that_played_nothing_changes_nothing() -> None:
    page = PAGE.read_text()
    assert read(written(page, [Row(ALL[0], ONE)], ON)) == read(page)


def test_a_run_that_was_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    place = tmp_path / "build" / "kept.json"
    keep([Row(ALL[0], ONE, 5, 9, 8, 1, 1, ["stuck"]), Row(ALL[1], ONE)], place)
    again = [Row(ALL[0], ONE), Row(ALL[1], ONE), Row(ALL[0], THREE)]
    take_up(again, place)
    assert again == [Row(ALL[0], ONE, 5, 9, 8, 1, 1, ["stuck"]), Row(ALL[1], ONE), Row(ALL[0], THREE)]


def test_a_run_of_other_code_begins_anew(tmp_path: Path) -> None:
    place = tmp_path / "kept.json"
    keep([Row(ALL[0], ONE, 5)], place)
    place.write_text(place.read_text().replace('"of": "', '"of": "another'))
    again = [Row(ALL[0], ONE)]
    take_up(again, place)
    assert again[0].rounds == 0
