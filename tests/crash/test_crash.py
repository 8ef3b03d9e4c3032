"""Every fault point once on SQLite, and a choice of them with three instances on PostgreSQL; hundreds each are ``make crash``."""

from __future__ import annotations

import asyncio

import pytest

from tests.crash.cases import ALL
from tests.crash.layouts import Layout
from tests.crash.matrix import Row, play
from tests.crash.nursery import nursery
from tests.crash.world import SHORT
from tests.postgres_fixture import Cluster

ONE = Layout("SQLite, one process", ("serve",))
INSTANCES = ("web", "worker", "serve")
# Where a second instance or a server of its own makes a difference.
CHOSEN = (
    "killed · intake: before the commit",
    "killed · claim: after the commit",
    "killed · send: answered, not recorded",
    "killed · record: before the commit",
    "killed · migration: between two statements",
    "killed · at a random moment",
    "stopped for longer than a lease · claim: after the commit",
    "stopped for longer than a lease · send: answered, not recorded",
    "every connection is dropped, three times",
    "the server crashes and starts again",
)
# Worlds at a time: mostly they wait.
JOBS = 7

PLAYED = [(ONE.name, case.name) for case in ALL if ONE.suits(case)]
PLAYED += [("PostgreSQL, three instances", name) for name in CHOSEN]


@pytest.fixture(scope="module")
def rows(postgres_cluster: Cluster) -> dict[tuple[str, str], Row]:
    """Play them all, some at a time."""
    return asyncio.run(_played(Layout("PostgreSQL, three instances", INSTANCES, postgres_cluster)))


async def _played(three: Layout) -> dict[tuple[str, str], Row]:
    layouts = {layout.name: layout for layout in (ONE, three)}
    cases = {case.name: case for case in ALL}
    # Those that take longest begin first.
    left = list(reversed(PLAYED))
    found: dict[tuple[str, str], Row] = {}

    async def work() -> None:
        while left:
            layout, case = left.pop(0)
            found[layout, case] = await play(cases[case], layouts[layout], 1, born, SHORT)

    async with nursery(**SHORT.environment) as born:
        await asyncio.gather(*(work() for _ in range(JOBS)))
    return found


@pytest.mark.parametrize(("layout", "case"), PLAYED)
def test_nothing_is_lost(rows: dict[tuple[str, str], Row], layout: str, case: str) -> None:
    """Every 2xx is stored, everything is told and in its order, at most one message is repeated, and says so."""
    row = rows[layout, case]
    assert row.wrong == [], "\n".join(row.wrong)
    assert row.rounds == 1
    assert row.accepted >= 9
