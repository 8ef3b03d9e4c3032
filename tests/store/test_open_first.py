"""What is open and what is over are found by indexes of their own: however much there is of the one, the other costs no more."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from relay.core import incidents
from relay.core.incidents import Past, Policy
from relay.core.model import Change, Severity
from relay.core.rules import POLLED
from relay.store import Row, sqlite
from relay.store.dialect import for_sqlite
from relay.store.incidents import Filter, IncidentQueries
from relay.store.schema import MIGRATIONS
from relay.store.sqlite import SqliteBackend
from relay.store.transactions import ReadTransaction
from relay.web.listing import MOST_OPEN, MOST_OVER, listing
from tests.building import NOON, SECOND, event
from tests.contract.stores import writing


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
    plan = _plan(tmp_path, Filter(is_open=True, **asked))
    assert "incidents_unresolved" in plan
    assert "TEMP B-TREE" not in plan


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        ({}, "over"),
        ({"since": NOON, "until": NOON + SECOND}, "over"),
        ({"at_least": Severity.WARNING}, "over"),
        ({"at_least": Severity.CRITICAL}, "peak"),
        ({"source": "generic"}, "source"),
        ({"target": "shop", "at_least": Severity.CRITICAL}, "target"),
    ],
)
def test_what_is_over_is_read_by_indexes_that_hold_nothing_else_in_their_order(
    asked: dict[str, Any], index: str, tmp_path: Path
) -> None:
    plan = _plan(tmp_path, Filter(is_open=False, **asked))
    assert f"incidents_{index}" in plan
    assert "TEMP B-TREE" not in plan


def _plan(folder: Path, which: Filter) -> str:
    SqliteBackend(folder / "relay.db").migrate()
    with closing(sqlite3.connect(folder / "relay.db")) as store:
        plans = Plans(store)
        IncidentQueries(plans).incidents(which)  # type: ignore[arg-type]
    return plans.plan


def test_the_history_page_costs_the_same_however_much_is_open(tmp_path: Path) -> None:
    """Counted in steps of SQLite's machine: nothing that the page asks for reads through what is open."""
    few, many = (_steps(tmp_path / str(number), number) for number in (300, 3_000))
    assert many < 1.2 * few


def _steps(folder: Path, number: int) -> int:
    """Return how many steps the page's reads take with so many open incidents, all newer than what is over."""
    backend = SqliteBackend(folder / "relay.db")
    backend.migrate()
    with writing(backend) as tx:
        for place in range(200):
            tx.save_change(_change(place, is_over=True))
        for place in range(200, 200 + number):
            tx.save_change(_change(place, is_over=False))
    steps = 0

    def counted() -> None:
        nonlocal steps
        steps += 1

    reader = backend.reader()
    try:
        reader._connection.set_progress_handler(counted, 1)
        tx = ReadTransaction(reader)
        listed = listing(tx, Filter(), None)
        assert listed.open is not None
        assert listed.history is not None
        assert len(listed.open.incidents) == MOST_OPEN
        assert len(listed.history.incidents) == MOST_OVER
        assert tx.count_open() == {Severity.CRITICAL: number}
        assert tx.open_troubles(POLLED) == []
        assert len(tx.incidents(Filter())) == MOST_OVER
    finally:
        reader.close()
    return steps


def _change(place: int, *, is_over: bool) -> Change:
    at = NOON + place * SECOND
    one = event(Severity.CRITICAL, at, id=f"{place:08}", fingerprint=f"generic/{place}", source="generic")
    change = incidents.apply(Past(None, None), one, Policy())
    assert isinstance(change, Change)
    over = replace(change.incident, severity=Severity.OK, resolved_at=at)
    return replace(change, incident=over) if is_over else change


def test_an_older_store_is_counted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backend = SqliteBackend(tmp_path / "relay.db")
    older = [one for one in MIGRATIONS if one[0] < "0009"]
    with monkeypatch.context() as patched:
        patched.setattr(sqlite, "MIGRATIONS", older)
        backend.migrate()
    with writing(backend) as tx:
        tx.save_change(_change(1, is_over=True))
        tx.save_change(_change(2, is_over=False))
    backend.migrate()
    with writing(backend) as tx:
        tx.save_change(_change(3, is_over=False))
        assert tx.count_open() == {Severity.CRITICAL: 2}
