"""A migrated SQLite file, short of patience so that tests of a locked one are quick."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from relay.store.sqlite import SqliteBackend
from relay.store.writer import Writer


@pytest.fixture
def backend(tmp_path: Path) -> SqliteBackend:
    backend = SqliteBackend(tmp_path / "relay.db", patience=0.3)
    backend.migrate()
    return backend


@pytest.fixture
def writer(backend: SqliteBackend) -> Iterator[Writer]:
    writer = Writer(backend)
    writer.start()
    yield writer
    writer.stop()
