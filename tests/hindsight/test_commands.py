"""The commands that look back, as a person runs them: their words, their JSON and their exit codes."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner, Result

from relay import app
from relay.cli import main
from relay.config import load
from relay.pipeline.setup import Setup
from relay.store.sqlite import SqliteBackend
from relay.store.transactions import Transaction
from tests.hindsight.recording import Recording, flat

CONFIG = """
store: sqlite:///{store}
incidents: {{reopen_within: 1m}}
targets:
  api:
    source: prometheus
    url: http://127.0.0.1:1/metrics
    every: 1m
    metrics: {{memory: {{gauge: memory, unit: "%"}}}}
    absent: {{after: 2}}
rules:
  memory: {{warning: {warning}, critical: 85, leave: 60, for: 1m, damping: 0s}}
channels:
  chat: {{kind: slack, webhook_url: "${{NOT_SET_HERE}}"}}
"""


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Return a configuration over a store in which two hours were recorded, up to now: two warnings and a silence."""
    path = write(tmp_path, "old.yaml", 70)
    config = load(path, {}, {"targets", "rules"})
    backend = SqliteBackend(tmp_path / "relay.db")
    backend.migrate()
    connection = backend.connect()
    connection.begin()
    tx = Transaction(connection)
    begin = app.now() - timedelta(hours=2)
    tx.know_targets(["api"], begin)
    setup = Setup(rules=config.rules, policy=config.policy)
    target = config.targets[0][0]
    run = flat([(50, 20), (75, 5), (50, 20), (78, 3), (90, 17), (50, 10), (None, 3), (50, 20)])
    Recording(tx, setup, target, begin).go(*run)
    connection.commit()
    connection.close()
    return path


def write(folder: Path, name: str, warning: int) -> Path:
    path = folder / name
    path.write_text(dedent(CONFIG.format(store=folder / "relay.db", warning=warning)))
    return path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_replaying_the_same_file_finds_the_same(here: Path) -> None:
    """A channel whose secret is not in this environment is no obstacle."""
    done = run("replay", "--config", here, "--since", "3h")
    assert done.exit_code == 0, done.output
    assert done.output.count("= same ") == 3
    assert "happened 3, would be 3: 3 same, 0 changed" in done.output
    assert "no data: api memory:" in done.output


def test_replaying_another_file_tells_both_sides(here: Path) -> None:
    """As text and as JSON; nothing in the store changes."""
    new = write(here.parent, "new.yaml", 80)
    before = (here.parent / "relay.db").read_bytes()
    done = run("replay", "--config", new, "--since", "3h")
    assert "- spared " in done.output
    assert "~ changed" in done.output
    told = json.loads(run("replay", "--config", new, "--since", "3h", "--json").output)
    assert (told["happened"], told["would_be"]) == (3, 2)
    assert [one["fate"] for one in told["incidents"]] == ["spared", "changed", "same"]
    changed = told["incidents"][1]
    # 78 % is no warning any more, so that it begins with the 90 %, as critical.
    assert (changed["happened"]["changes"], changed["would_be"]["changes"]) == (3, 2)
    assert told["coverage"][0]["gaps"][0]["why"] == "not kept"
    assert (here.parent / "relay.db").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--since", "soon"), "an age is needed"),
        (("--since", "1h", "--until", "2h"), "--since must be before --until"),
    ],
)
def test_a_bad_time_says_how_to_mend_it(here: Path, arguments: tuple[str, ...], said: str) -> None:
    """With exit code 2."""
    done = run("replay", "--config", here, *arguments)
    assert done.exit_code == 2
    assert said in done.output


@pytest.mark.parametrize("command", ["replay", "explain", "lint"])
def test_a_time_before_everything_is_no_error(here: Path, command: str) -> None:
    """Nothing was measured then; reckoning back from it must not fail."""
    given = {"replay": ("--since", "0001-01-01", "--until", "9999-12-31"), "lint": ("--since", "0001-01-01")}
    done = run(command, *given.get(command, ("api", "memory", "--at", "0001-01-01")), "--config", here)
    assert done.exception is None or isinstance(done.exception, SystemExit)
    assert done.exit_code == 0, done.output


def test_no_history_is_one_clear_line(tmp_path: Path) -> None:
    """With exit code 1."""
    done = run("replay", "--config", write(tmp_path, "config.yaml", 70))
    assert done.exit_code == 1
    assert "there is no history to look at" in done.output
    assert len(done.output.splitlines()) == 1


def test_explain_tells_one_minute(here: Path) -> None:
    """As text and as JSON; an unknown name says what there is."""
    done = run("explain", "api", "memory", "--config", here, "--at", "60m")
    assert done.exit_code == 0, done.output
    assert "rule memory (" in done.output
    assert "critical > 85 %, left at 60 %: beyond it since" in done.output
    assert "told nobody" in done.output or "route all: takes → chat" in done.output
    told = json.loads(run("explain", "api", "memory", "--config", here, "--at", "60m", "--json").output)
    assert (told["value"], told["rules"][0]["severity"]) == (90.0, "critical")
    assert told["rules"][0]["incident"]["rule"]["warning"] == "70"
    wrong = run("explain", "api", "memroy", "--config", here)
    assert wrong.exit_code == 2
    assert 'did you mean "api memory"?' in wrong.output


def test_explain_knows_no_future(here: Path) -> None:
    """What is yet to come is no time in which nobody read the target."""
    done = run("explain", "api", "memory", "--config", here, "--at", "2999-01-01")
    assert done.exit_code == 2
    assert "2999-01-01 00:00:00 UTC is yet to come" in done.output


def test_lint_says_that_there_was_no_history_to_look_at(here: Path) -> None:
    """Nothing found in nothing is not fine."""
    assert "no samples are kept of that time" in run("lint", "--config", here, "--since", "1s").output
    assert "no samples are kept" not in run("lint", "--config", here, "--since", "3h").output
