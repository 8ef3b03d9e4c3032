"""The one catalogue: both languages say the same, what the code says exists, and nothing else is kept."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

import relay
from relay.core.catalogue import CATALOGUE
from relay.core.model import ChangeKind, Severity
from relay.core.routing import QUIET_HOURS, SILENCE
from relay.exchange import Trouble
from relay.exchange.terms import Obstacle

SOURCES = Path(relay.__file__).parent

# Keys whose end is a value: each value of these kinds must have its sentence.
MADE = {
    "severity": [severity.word for severity in Severity],
    "change": [kind.value for kind in ChangeKind],
    "held": [held.replace(" ", "_") for held in (SILENCE, QUIET_HOURS)],
    "failure.trouble": [trouble.name.lower() for trouble in Trouble],
    "failure.obstacle": [obstacle.name.lower() for obstacle in Obstacle],
}


def _arguments(sentence: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(sentence) if name is not None)


@pytest.mark.parametrize("key", CATALOGUE)
def test_both_languages_name_the_same_arguments(key: str) -> None:
    english, french = CATALOGUE[key]
    assert _arguments(english) == _arguments(french)
    assert english.strip()
    assert french.strip()


@pytest.mark.parametrize("key", CATALOGUE)
def test_arguments_are_plain_names(key: str) -> None:
    """No conversion, format or attribute: arguments come finished."""
    for sentence in CATALOGUE[key]:
        for _, name, format_spec, conversion in Formatter().parse(sentence):
            assert name is None or (name.isidentifier() and not format_spec and conversion is None)


@pytest.mark.parametrize(("kind", "values"), MADE.items())
def test_every_value_that_makes_a_key_has_its_sentence(kind: str, values: list[str]) -> None:
    assert [value for value in values if f"{kind}.{value}" not in CATALOGUE] == []


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            if name == "text" and node.args:
                yield node


def _trees() -> Iterator[tuple[Path, ast.AST]]:
    for path in sorted(SOURCES.rglob("*.py")):
        yield path, ast.parse(path.read_text("utf-8"))


def test_every_key_that_the_code_says_exists_and_has_its_arguments() -> None:
    wrong = []
    for path, tree in _trees():
        for call in _calls(tree):
            if not isinstance(call.args[0], ast.Constant) or not isinstance(call.args[0].value, str):
                continue
            key = call.args[0].value
            given = sorted(keyword.arg for keyword in call.keywords if keyword.arg is not None)
            whole = all(keyword.arg is not None for keyword in call.keywords)
            if key not in CATALOGUE or (whole and set(given) != set(_arguments(CATALOGUE[key][0]))):
                wrong.append(f"{path.name}:{call.lineno} {key} {given}")
    assert wrong == []


def _strings() -> Iterator[str]:
    """Return every string of the code, and the fixed beginnings of those that are made."""
    for path, tree in _trees():
        if path.name != "catalogue.py":
            for node in ast.walk(tree):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value
    for template in sorted((SOURCES / "web").rglob("*.html")):
        yield from template.read_text("utf-8").replace('"', "'").split("'")


def test_no_sentence_is_unused() -> None:
    said = set(_strings())
    prefixes = tuple(
        value for value in said if value.endswith(".") and value.count(".") >= 1 and " " not in value
    )
    assert [key for key in CATALOGUE if key not in said and not key.startswith(prefixes)] == []
