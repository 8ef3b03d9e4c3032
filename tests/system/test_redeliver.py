"""``relay redeliver`` beside a store: it lists before it acts, and acting twice is as acting once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from relay.cli import main
from relay.core.model import Severity
from tests.pipeline.world import event, refusal, world


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A store with three dead letters on Slack."""

    async def leave() -> None:
        async with world(tmp_path) as here:
            here.slack.always = refusal("permanent", 400)
            await here.post(*(event(Severity.CRITICAL, here.at, f"trouble {n}") for n in range(3)))
            await here.drain()

    asyncio.run(leave())
    path = tmp_path / "config.yaml"
    path.write_text(
        f"store: sqlite:///{tmp_path}/relay.db\n"
        "channels:\n"
        "  slack: {kind: slack, webhook_url: 'https://hooks.example/a-secret'}\n"
        "  discord: {kind: discord, webhook_url: 'https://discord.example/a-secret'}\n"
    )
    return path


def run(config: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["redeliver", "--config", str(config), *words])


def test_it_lists_and_does_nothing_until_it_is_told_to(config: Path) -> None:
    for _ in range(2):
        listed = run(config, "--channel", "slack")
        assert listed.exit_code == 0
        assert listed.output.count("given up") == 3
        assert "3 would be tried again" in listed.output
        assert "a-secret" not in listed.output
    done = run(config, "--channel", "slack", "--yes")
    assert "tried again: 3 of 3" in done.output
    assert "nothing to try again" in run(config, "--channel", "slack", "--yes").output


def test_one_is_named_by_the_beginning_of_its_id(config: Path) -> None:
    first = run(config, "--state", "given-up").output.split()[2]
    assert "tried again: 1 of 1" in run(config, first).output
    assert run(config, "--channel", "slack").output.count("given up") == 2
    again = run(config, first)
    assert (
        "tried again: 0 of 1; the rest is told, being sent or due already" in again.output
    )  # it waits for its turn already
    wrong = run(config, "ffffffffffffffff")
    assert (wrong.exit_code, "nothing untold" in wrong.output) == (1, True)


@pytest.mark.parametrize("words", [("--state", "lost"), ("--limit", "3")])
def test_what_can_not_be_understood_is_refused(config: Path, words: tuple[str, ...]) -> None:
    assert run(config, *words).exit_code == 2


def test_a_store_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(f"store: sqlite:///{tmp_path}/nothing.db\n")
    missing = run(path)
    assert missing.exit_code == 1
    assert missing.output.startswith("relay: ")
