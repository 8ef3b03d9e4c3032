"""An old version goes on beside a schema that a new one has migrated: every deployment without a gap has such a time.

Expand, then contract: a migration adds what old statements need not know; what it replaces goes with a later version.
"""

from __future__ import annotations

import json
import re
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from relay.core.model import Receipt, Severity
from relay.pipeline.taking import take_request
from relay.store import Backend
from relay.store.checking import of_postgres, of_sqlite
from relay.store.dialect import NOTHING, for_postgres
from relay.store.incidents import Filter
from relay.store.reader import Reader
from relay.store.schema import MIGRATIONS, statements
from relay.store.sqlite import SqliteBackend
from tests.building import HOUR, MINUTE, NOON, event
from tests.contract.recording import FOLDER, SETUP
from tests.contract.stores import STORES, writing

RELEASED = sorted(FOLDER.glob("*.json"))


@pytest.fixture(params=STORES)
def backend(request: pytest.FixtureRequest) -> Backend:
    made = STORES[request.param](request)()
    made.migrate()
    return made


def replayed(backend: Backend, path: Path) -> None:
    """Do all that an old version does; what it reads and changes must be as much as it was."""
    recorded: dict[str, Any] = json.loads(path.read_text())
    with closing(backend.connect()) as connection:
        connection.begin()
        for number, values, rows in recorded["asked"]:
            sql = recorded["statements"][number]
            plain = {name: _bytes(value) for name, value in values.items()}
            if rows < 0:
                connection.queue(sql, **plain)
                continue
            is_read = re.match(r"\s*(select|with)\b", sql) or "returning" in sql
            seen = len(connection.rows(sql, **plain)) if is_read else connection.run(sql, **plain)
            assert seen == rows, sql
        connection.commit()


def _bytes(value: object) -> object:
    return bytes.fromhex(value["hex"]) if isinstance(value, dict) else value


@pytest.mark.parametrize("path", RELEASED, ids=lambda path: path.stem)
def test_a_released_version_works_on_the_newest_schema_and_the_newest_goes_on_from_there(
    path: Path, backend: Backend
) -> None:
    replayed(backend, path)
    found = list(of_sqlite(backend) if isinstance(backend, SqliteBackend) else of_postgres(backend))
    assert [one for one in found if one.broken] == []
    reader = Reader(backend)
    with reader.read() as tx:
        ours = tx.incidents(Filter(is_open=True))
    reader.close()
    assert ours
    with writing(backend) as tx:
        at = NOON + HOUR
        for incident in ours:
            over = event(Severity.OK, at, fingerprint=incident.fingerprint)
            taken = take_request(tx, Receipt(incident.id, "test", at, b""), [over], SETUP, at)
            assert taken.outcomes == (("poll", "resolved"),)
        assert tx.claim("slack", "new", at + MINUTE, MINUTE) is not None


def test_every_released_version_is_recorded() -> None:
    """A version that is released has its statements here: ``python -m tests.contract.recording``."""
    assert [path.stem for path in RELEASED][:1] == ["0002_second_way"]
    assert {path.stem for path in RELEASED} <= {name for name, _ in MIGRATIONS}


_ADDS = re.compile(
    r"create (unique )?(table|index) \w+|alter table \w+ add column \w+ [\w{}]+( not null default \S+)?$"
    # The index for text search is filled by triggers, which run for an old version's writes too.
    r"|\{search_\w+\}$|insert into searching "
    # What SQLite alone changes: one process has its file, and PostgreSQL keeps the indexes that an old version asks by.
    r"|\{(target|peak|source)_index_(dropped|over)\}$|\{(whole|open)_index_(dropped|widened)\}$"
    r"|\{open_(kept|counted|made|changed|dropped)\}$"
)


def test_what_sqlite_alone_changes_is_nothing_on_postgresql() -> None:
    tokens = {one for _, script in MIGRATIONS for one in statements(script) if re.fullmatch(r"\{\w+\}", one)}
    changed = {one for one in tokens if not one.startswith("{search_")}
    assert len(changed) > 10
    assert {for_postgres(one) for one in changed} == {NOTHING}


@pytest.mark.parametrize("name", [name for name, _ in MIGRATIONS[1:]])
def test_a_migration_only_adds(name: str) -> None:
    """New columns may be null or have a default, as an old version's inserts don't name them."""
    for statement in statements(dict(MIGRATIONS)[name]):
        assert _ADDS.match(statement), statement


@pytest.mark.parametrize(
    "statement",
    [
        "drop table events",
        "alter table events drop column kind",
        "alter table events rename column kind to sort",
        "alter table events add column more text not null",
        "delete from events",
    ],
)
def test_what_would_break_an_old_version_is_found(statement: str) -> None:
    assert not _ADDS.match(statement)
