"""Nothing that was accepted leaves the ledger but by retention, which says so."""

from __future__ import annotations

import ast
import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from structlog.testing import capture_logs

import relay.store
from relay.core.model import Severity
from tests.pipeline.world import event, refusal, world

KEPT = ("receipts", "events", "incidents", "changes", "deliveries", "attempts")
# A copy empties the tables of its own target before it fills them.
MAY_DELETE = {"retention.py": set(KEPT), "copying.py": set()}


def test_only_retention_deletes_what_was_accepted() -> None:
    """Read from the code: no other module of the store has a statement that deletes from these tables."""
    found = []
    for path in sorted(Path(relay.store.__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                words = node.value.lower().split()
                found += [
                    (path.name, table)
                    for verb, of, table in zip(words, words[1:], words[2:], strict=False)
                    if (verb, of) == ("delete", "from") and table in KEPT
                    if table not in MAY_DELETE.get(path.name, ())
                ]
    assert found == []


def kept(path: Path) -> dict[str, int]:
    with closing(sqlite3.connect(path / "relay.db")) as store:
        return {table: store.execute(f"select count(*) from {table}").fetchone()[0] for table in KEPT}


async def _lives(path: Path) -> None:
    async with world(path) as here:
        here.slack.failures = [refusal("permanent", 400)]
        await here.post(event(Severity.CRITICAL, here.at))
        await here.drain()
        await here.post(event(Severity.OK, here.at))
        await here.drain()
        whole = kept(path)
        assert all(whole.values())
        here.after(days=1)
        with capture_logs() as said:
            await here.relay.forget()
        assert kept(path) == whole
        assert [line for line in said if line["event"] == "retention"] == []
        here.at += here.setup.keep_history + timedelta(days=1)
        with capture_logs() as said:
            await here.relay.forget()
            await here.relay.forget()
        assert not any(kept(path).values())
        told = [line for line in said if line["event"] == "retention"]
        assert sum(line["incidents"] for line in told) == whole["incidents"]
        assert sum(line["requests"] for line in told) == whole["receipts"]


@pytest.fixture
def every_level() -> Iterator[None]:
    """Log all that is said, whatever level a command has set in this process before."""
    before = structlog.get_config()
    structlog.reset_defaults()
    yield
    structlog.configure(**before)


@pytest.mark.usefixtures("every_level")
def test_a_dead_letter_stays_until_retention_takes_it_and_says_so(tmp_path: Path) -> None:
    asyncio.run(_lives(tmp_path))
