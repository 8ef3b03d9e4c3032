"""What is open is found by its own index, whatever else is asked: beside a history it is little."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from relay.core.model import Severity
from relay.store import Row
from relay.store.dialect import for_sqlite
from relay.store.incidents import Filter, IncidentQueries
from relay.store.sqlite import SqliteBackend


class Plans:
    """A store that tells how SQLite would answer instead of answering."""

    def __init__(self, store: sqlite3.Connection) -> None:
        self.store = store
        self.plan = ""

    def rows(self, sql: str, /, **values: object) -> Sequence[Row]:
        statement, placed = for_sqlite(sql)
        steps = self.store.execute("explain query plan " + statement, placed(values)).fetchall()
        self.plan = "; ".join(step[3] for step in steps)
        return []


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"target": "shop"},
        {"source": "generic"},
        {"at_least": Severity.CRITICAL},
        {"at_least": Severity.WARNING, "target": "shop", "words": ("disk",)},
    ],
)
def test_open_incidents_are_read_by_their_own_index_in_its_order(
    asked: dict[str, Any], tmp_path: Path
) -> None:
    SqliteBackend(tmp_path / "relay.db").migrate()
    with closing(sqlite3.connect(tmp_path / "relay.db")) as store:
        plans = Plans(store)
        IncidentQueries(plans).incidents(Filter(is_open=True, **asked))  # type: ignore[arg-type]
    assert "incidents_unresolved" in plans.plan
    assert "TEMP B-TREE" not in plans.plan
