"""The list of mutants does not rot, and trying one tells a killed one from a survivor."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.mutants.listed import ALL
from tests.mutants.mutant import ROOT, Mutant
from tests.mutants.table import BEGIN, END, PAGE, written
from tests.mutants.trial import Fate, Tried, tried


@pytest.mark.parametrize("mutant", ALL, ids=lambda mutant: mutant.promise)
def test_a_mutant_still_says_something(mutant: Mutant) -> None:
    """What it replaces stands in its file once, what it makes is Python, and its tests exist."""
    assert not mutant.is_stale
    ast.parse((ROOT / mutant.file).read_text().replace(mutant.old, mutant.new))
    for test in mutant.tests:
        file, _, name = test.partition("::")
        assert not name or f"def {name.partition('[')[0]}(" in (ROOT / file).read_text(), test


def test_each_promise_is_broken_once() -> None:
    assert len({mutant.promise for mutant in ALL}) == len(ALL)


CODE = "def twice(n: int) -> int:\n    return n * 2\n"
TEST = "from code_under_test import twice\n\n\ndef test_twice():\n    assert twice(2) == 4\n"


@pytest.mark.parametrize(
    ("new", "tests", "fate"),
    [
        ("n * 3", "test_it.py", Fate.KILLED),
        ("n + 2", "test_it.py", Fate.SURVIVED),
        ("n * 3", "test_away.py", Fate.BROKEN),
    ],
)
def test_what_becomes_of_a_mutant(tmp_path: Path, new: str, tests: str, fate: Fate) -> None:
    (tmp_path / "code_under_test.py").write_text(CODE)
    (tmp_path / "test_it.py").write_text(TEST)
    assert tried(Mutant("", "code_under_test.py", "n * 2", new, (tests,)), tmp_path).fate is fate
    assert (tmp_path / "code_under_test.py").read_text() == CODE


@pytest.mark.parametrize("old", ["n * 4", "n"])
def test_one_that_fits_nowhere_or_twice_is_stale(tmp_path: Path, old: str) -> None:
    (tmp_path / "code_under_test.py").write_text(CODE)
    assert tried(Mutant("", "code_under_test.py", old, "", ()), tmp_path).fate is Fate.STALE


def test_the_table_takes_the_place_of_the_one_before() -> None:
    page = f"before\n{BEGIN}\n\nold\n\n{END}\nafter\n"
    again = written(page, [Tried(ALL[0], Fate.KILLED)])
    assert again.startswith(f"before\n{BEGIN}\n\n1 of 1 killed.\n")
    assert again.endswith(f"| killed |\n\n{END}\nafter\n")
    assert "old" not in again


def test_the_page_lists_every_promise() -> None:
    page = PAGE.read_text()
    assert [mutant.promise for mutant in ALL if f"| {mutant.promise} |" not in page] == []
