"""Every `clever` command of the guide is one that the official command line takes, by its own table of commands."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.contract.packages import CLEVER_TOOLS, installed, programs

GUIDE = (Path(__file__).parents[2] / "docs" / "clever-cloud.md").read_text()
TYPED = sorted(set(re.findall(r"^clever (.+)$", GUIDE, re.M)))
NAMED = sorted({*re.findall(r"`clever ([a-z -]+)`", GUIDE)})
# The program itself, stopped where it would begin to parse: one start of node for all commands.
TABLE = """
import { createRequire } from 'node:module';
const told = (one) => ({
  name: one.name,
  needed: one.args.filter((arg) => arg.default === undefined || arg.default === null).length,
  most: one.args.length,
  options: one.options.flatMap((option) => option.names.map((name) => [name, option.metavar ?? null])),
  commands: one.commands.map(told),
});
const program = process.argv[1];
createRequire(program)('cliparse').parse = (cli) => console.log(JSON.stringify(told(cli)));
process.argv = ['node', program];
await import(program);
"""


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The commands with their arguments and options."""
    program = str(installed(CLEVER_TOOLS) / "node_modules/clever-tools/bin/clever.js")
    home = str(tmp_path_factory.mktemp("home"))
    known = {"PATH": os.environ["PATH"], "HOME": home, "XDG_CONFIG_HOME": home, "NO_UPDATE_NOTIFIER": "1"}
    words = [*programs()[0], "--input-type=module", "--eval", TABLE, program]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=60, env=known)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)  # type: ignore[no-any-return]


def found(table: dict[str, Any], words: list[str]) -> tuple[dict[str, Any], list[str]]:
    """Return the command that is meant and the words that are left."""
    for index, word in enumerate(words):
        inner = [one for one in table["commands"] if one["name"] == word]
        if not inner:
            return table, words[index:]
        # A command takes its parents' options too.
        table = {**inner[0], "options": [*table["options"], *inner[0]["options"]]}
    return table, []


@pytest.mark.parametrize("command", TYPED)
def test_each_command_that_is_typed_is_taken(command: str, table: dict[str, Any]) -> None:
    """It exists, takes each option, with a value where it needs one, and as many arguments."""
    one, rest = found(table, shlex.split(command))
    assert one["name"] != "clever", f"there is no {command}"
    options, arguments = dict(one["options"]), []
    while rest:
        word = rest.pop(0)
        if not word.startswith("--"):
            arguments.append(word)
        elif word.removeprefix("--") not in options:
            pytest.fail(f"{word} is no option of {command}")
        elif options[word.removeprefix("--")] is not None:
            assert not rest.pop(0).startswith("--")
    assert one["needed"] <= len(arguments) <= one["most"], command


@pytest.mark.parametrize("command", NAMED)
def test_each_command_that_is_named_exists(command: str, table: dict[str, Any]) -> None:
    assert found(table, command.split(" --")[0].split())[1] == []


def test_the_guide_has_them() -> None:
    assert len(TYPED) > 20
    assert len(NAMED) > 2
