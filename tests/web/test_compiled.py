"""Compiled templates are found by the next process, and nothing depends on them."""

from __future__ import annotations

import sys
from pathlib import Path
from types import CodeType
from typing import Any

import jinja2
import pytest
from jinja2 import DictLoader, Environment

from relay.web import compiled
from relay.web.compiled import Compiled

WORDS = {"page": "Hello {{ name }}"}


class Counting(Environment):
    """Templates that count how often one is compiled."""

    compiled = 0

    def compile(self, *given: Any, **more: Any) -> CodeType:  # type: ignore[override]
        self.compiled += 1
        return super().compile(*given, **more)


@pytest.fixture(autouse=True)
def written(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Python is unless it was told otherwise."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)


def process(folder: Path, words: dict[str, str] = WORDS) -> int:
    """Write a page as a process does that begins, and return how often it compiled."""
    templates = Counting(loader=DictLoader(words), bytecode_cache=Compiled(folder), autoescape=True)
    assert templates.get_template("page").render(name="you").endswith("Hello you")
    return templates.compiled


def test_the_next_process_finds_what_one_compiled(tmp_path: Path) -> None:
    assert [process(tmp_path / "kept") for _ in range(3)] == [1, 0, 0]
    assert len(list((tmp_path / "kept").iterdir())) == 1


def test_another_source_or_version_is_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    process(tmp_path)
    assert process(tmp_path, {"page": "! Hello {{ name }}"}) == 1
    monkeypatch.setattr(jinja2, "__version__", "another")
    assert process(tmp_path, {"page": "! Hello {{ name }}"}) == 1


def test_what_was_compiled_under_other_settings_is_compiled_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are set up in the modules, and are part of the compiled code."""
    kept, modules = tmp_path / "kept", tmp_path / "modules"
    modules.mkdir()
    (modules / "words.py").write_text("escape = True")
    monkeypatch.setattr(compiled, "MODULES", modules)
    compiled.surroundings.cache_clear()
    assert [process(kept) for _ in range(2)] == [1, 0]
    (modules / "words.py").write_text("escape = False")
    compiled.surroundings.cache_clear()
    assert [process(kept) for _ in range(2)] == [1, 0]


@pytest.mark.parametrize("left", [0, 1, 30, 80, -1])
def test_a_file_that_was_cut_off_is_compiled_anew(left: int, tmp_path: Path) -> None:
    process(tmp_path)
    [file] = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:left])
    assert [process(tmp_path) for _ in range(2)] == [1, 0]


def test_where_nothing_can_be_kept_pages_are_written_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    assert [process(tmp_path / "file") for _ in range(2)] == [1, 1]
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert [process(tmp_path / "none") for _ in range(2)] == [1, 1]
    assert not (tmp_path / "none").exists()
