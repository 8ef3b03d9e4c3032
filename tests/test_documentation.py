"""The documentation is true: every command, metric and example in it exists and works."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from relay import cli
from relay.config.rows import KEYS
from relay.core.catalogue import CATALOGUE
from relay.core.delivery import DeliveryState
from relay.pipeline import Meter
from relay.store.reader import Reader
from relay.store.sqlite import SqliteBackend
from relay.web.health import Health

ROOT = Path(__file__).parent.parent
RULES = (ROOT / "docs" / "rules.md").read_text()
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()


def commands(group: click.Group, before: str = "relay") -> list[str]:
    """Every command of the program, as a person types it."""
    found = []
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found += commands(command, f"{before} {name}")
        else:
            found.append(f"{before} {name}")
    return found


@pytest.mark.parametrize("command", commands(cli.main))
def test_every_command_is_documented(command: str) -> None:
    pages = OPERATIONS + "".join(page.read_text() for page in (ROOT / "docs").glob("*.md"))
    assert f"`{command}" in pages


@pytest.mark.parametrize("command", commands(cli.main))
def test_every_command_has_help(command: str) -> None:
    ended = run([*command.split()[1:], "--help"])
    assert ended.returncode == 0
    assert "Usage:" in ended.stdout


def test_every_metric_is_documented(tmp_path: Path) -> None:
    meter = Meter()
    reader = Reader(SqliteBackend(tmp_path / "relay.db"))
    health = Health(reader, meter, now=None, heartbeat=None, password=None)  # type: ignore[arg-type]
    health.close()
    named = {family.name for family in meter.registry.collect() if family.name.startswith("relay_")}
    documented = {name.removesuffix("_total") for name in re.findall(r"`(relay_\w+)`", OPERATIONS)}
    assert named == documented


def test_every_state_of_a_delivery_is_documented() -> None:
    assert all(f"`{state.value}`" in OPERATIONS for state in DeliveryState)


@pytest.mark.parametrize("line", re.findall(r"^relay .+$", OPERATIONS, re.MULTILINE))
def test_examples_run(line: str, tmp_path: Path) -> None:
    store = {"DEMO_STORE": f"sqlite:///{tmp_path / 'relay.db'}"}
    if "incidents" in line:
        run(["migrate", "--config", "demo/config.yaml"], store)
    ended = run(line.split()[1:], store)
    assert ended.returncode == 0, ended.stderr


def test_both_languages_are_there() -> None:
    assert all(english.strip() and french.strip() for english, french in CATALOGUE.values())


def run(arguments: list[str], environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "relay", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
    )


@pytest.mark.parametrize("example", re.findall(r"```yaml\n(.+?)```", RULES, re.DOTALL))
def test_every_kind_of_rule_has_an_example_that_loads(example: str, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(example)
    ended = run(["check-config", "--config", str(tmp_path / "config.yaml")])
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize("kind", sorted(KEYS))
def test_every_kind_of_rule_is_explained(kind: str) -> None:
    assert f"## `{kind}`" in RULES
