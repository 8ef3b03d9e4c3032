"""A copy of a store that is written to meanwhile: one view, whole or not there, readable by nobody else; and its way back."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from relay.core.model import Receipt
from relay.pipeline.taking import take_request
from relay.store import StoreUnavailable, backup
from relay.store.backup import BackupRefused, back_up, restore
from relay.store.checking import of_sqlite
from relay.store.schema import MIGRATIONS
from relay.store.sqlite import SqliteBackend
from relay.store.transactions import Transaction
from tests.building import HOUR, NOON, event
from tests.contract.stores import writing
from tests.store.test_copying import SETUP, content, past, written
from tests.store.test_sqlite import big


def silent(_done: int, _total: int) -> None:
    """Hear of no progress."""


@pytest.fixture
def store(backend: SqliteBackend) -> SqliteBackend:
    """A store of several steps of pages, with something in every table."""
    written(backend, past, pending, *(big(f"big-{number}") for number in range(20)))
    return backend


def pending(tx: Transaction) -> None:
    """A change that is still to be told."""
    take_request(tx, Receipt("pending", "test", NOON, b""), [event(fingerprint="pending")], SETUP, NOON)


def test_a_copy_is_the_store_as_it_was_when_the_copy_began(store: SqliteBackend, tmp_path: Path) -> None:
    """Whoever commits between two of its steps neither waits nor makes it begin anew."""
    before = content(store)
    steps: list[tuple[int, int]] = []

    def told(done: int, total: int) -> None:
        steps.append((done, total))
        assert len(steps) < 100, "it began anew"
        with writing(store) as tx:
            big(f"meanwhile-{len(steps)}")(tx)

    back_up(store.path, tmp_path / "copy.db", told)
    assert len(steps) > 3
    assert steps[-1][0] == steps[-1][1]
    assert content(SqliteBackend(tmp_path / "copy.db")) == before


def test_a_copy_is_one_file_that_only_its_owner_reads(store: SqliteBackend, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    back_up(store.path, folder / "copy.db", silent)
    assert os.listdir(folder) == ["copy.db"]
    assert (folder / "copy.db").stat().st_mode & 0o777 == 0o600
    assert not [one for one in of_sqlite(SqliteBackend(folder / "copy.db")) if one.broken]
    assert os.listdir(folder) == ["copy.db"]  # reading it leaves nothing beside it


def test_a_copy_never_takes_a_files_place(store: SqliteBackend, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("precious")
    with pytest.raises(BackupRefused, match="is there already"):
        back_up(store.path, tmp_path / "copy.db", silent)
    assert (tmp_path / "copy.db").read_text() == "precious"
    with pytest.raises(BackupRefused, match="there is no store"):
        back_up(tmp_path / "nothing.db", tmp_path / "other.db", silent)


class Stopped(Exception):
    """Somebody stopped the command."""


def test_a_copy_that_was_stopped_leaves_nothing_and_is_made_by_the_next(
    store: SqliteBackend, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "copy.db.part").write_text("left by one that was killed")

    def told(done: int, total: int) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        back_up(store.path, folder / "copy.db", told)
    assert os.listdir(folder) == []
    back_up(store.path, folder / "copy.db", silent)


def test_a_folder_that_is_not_there_is_named(store: SqliteBackend, tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match=r"nowhere/copy\.db: No such file"):
        back_up(store.path, tmp_path / "nowhere" / "copy.db", silent)


def test_a_restore_brings_back_all_and_marks_what_may_have_been_told_since(
    store: SqliteBackend, tmp_path: Path
) -> None:
    before = content(store)
    back_up(store.path, tmp_path / "copy.db", silent)
    with writing(store) as tx:
        big("later")(tx)
    later = content(store)
    aside = restore(tmp_path / "copy.db", store.path, NOON)
    assert aside is not None
    assert content(SqliteBackend(aside)) == later
    restored = content(store)
    untold = [row for row in restored["deliveries"] if row["state"] == "pending"]
    assert [row["uncertain"] for row in untold] == [1]
    for row in before["deliveries"]:
        row["uncertain"] = 1 if row["state"] == "pending" else row["uncertain"]
    assert {table: sorted(rows, key=str) for table, rows in before.items()} == restored


def test_a_restore_counts_what_is_open_anew(store: SqliteBackend, tmp_path: Path) -> None:
    """The count is derived: a wrong one is no reason to lose a backup."""
    back_up(store.path, tmp_path / "copy.db", silent)
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy, copy:
        copy.execute("update open_sqlite set number = number + 7")
    restore(tmp_path / "copy.db", store.path, NOON)
    assert not [one for one in of_sqlite(store) if one.broken]


def test_the_log_of_a_lost_file_is_not_taken_for_the_backups(store: SqliteBackend, tmp_path: Path) -> None:
    back_up(store.path, tmp_path / "copy.db", silent)
    connection = store.connect()  # keeps the log beside the file
    with writing(store) as tx:
        big("later")(tx)
    store.path.unlink()
    assert (tmp_path / "relay.db-wal").stat().st_size > 0
    assert restore(tmp_path / "copy.db", store.path, NOON) is None
    connection.close()
    assert "later" not in {row["id"] for row in content(store)["events"]}
    assert not [one for one in of_sqlite(store) if one.broken]


def cut_short(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def another_format(file: Path) -> None:
    file.write_bytes(b"-- a dump of something\n" * 500)


def not_ours(file: Path) -> None:
    file.unlink()
    sqlite3.connect(file).execute("create table customers (name text)").connection.close()


def without_deliveries(file: Path) -> None:
    connection = sqlite3.connect(file)
    with connection:
        connection.execute("delete from deliveries where sequence = 2")
    connection.close()


@pytest.mark.parametrize("damage", [cut_short, another_format, not_ours, without_deliveries])
def test_a_damaged_backup_is_refused_and_the_store_stays(
    damage: Callable[[Path], None], store: SqliteBackend, tmp_path: Path
) -> None:
    before = content(store)
    back_up(store.path, tmp_path / "copy.db", silent)
    damage(tmp_path / "copy.db")
    with pytest.raises((BackupRefused, StoreUnavailable)):
        restore(tmp_path / "copy.db", store.path, NOON)
    assert content(store) == before
    assert not list(tmp_path.glob("*.part*"))
    assert not list(tmp_path.glob("*.before-*"))


def test_a_backup_of_an_older_version_is_brought_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr("relay.store.sqlite.MIGRATIONS", MIGRATIONS[:1])
        old = SqliteBackend(tmp_path / "old.db")
        old.migrate()
        back_up(old.path, tmp_path / "copy.db", silent)
    restore(tmp_path / "copy.db", tmp_path / "relay.db", NOON + HOUR)
    assert not [one for one in of_sqlite(SqliteBackend(tmp_path / "relay.db")) if one.broken]


def test_a_store_is_not_its_own_backup(store: SqliteBackend, tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(store.path)
    with pytest.raises(BackupRefused, match="one file"):
        restore(tmp_path / "link.db", store.path, NOON)


def test_the_writer_has_the_disk_between_two_steps() -> None:
    """A step is a megabyte: what a busy server waits for the disk at most."""
    assert backup.STEP_PAGES * 4096 <= 2**20
    assert backup.BREATH_SECONDS > 0
