"""SQLite when the disk, the file or another process is in the way: refused whole, and well again without a restart."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from relay.core.text import verbatim
from relay.store import Connection, StoreUnavailable
from relay.store.reader import Reader
from relay.store.sqlite import SqliteBackend
from relay.store.transactions import Transaction
from relay.store.writer import Writer
from tests.building import event
from tests.store.test_writer import adding, stored, together

ROOT = Path(__file__).parents[2]


def big(name: str) -> Callable[[Transaction], bool]:
    """A step that needs many pages."""
    return lambda tx: tx.add_event(event(id=name, summary=verbatim("x" * 300_000)), None)


@contextmanager
def locked(path: Path) -> Iterator[sqlite3.Connection]:
    """Another process in the middle of writing; ended by leaving, or by rolling back before."""
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("begin immediate")
    try:
        yield other
    finally:
        if other.in_transaction:
            other.execute("rollback")
        other.close()


def run(writer: Writer, step: Callable[[Transaction], object]) -> object:
    return asyncio.run(asyncio.wait_for(writer.run(step), 20))


def test_a_lock_longer_than_the_patience_is_said_and_leaves_nothing(
    backend: SqliteBackend, writer: Writer
) -> None:
    with locked(backend.path):
        results = asyncio.run(asyncio.wait_for(refused_together(writer), 20))
        assert [type(result) for result in results] == [StoreUnavailable, StoreUnavailable]
    assert stored(backend.path) == set()
    assert run(writer, adding("after"))


async def refused_together(writer: Writer) -> list[object]:
    return await asyncio.gather(writer.run(adding("a")), writer.run(adding("b")), return_exceptions=True)


def test_a_lock_shorter_than_the_patience_is_waited_for(tmp_path: Path) -> None:
    backend = SqliteBackend(tmp_path / "relay.db", patience=20)
    backend.migrate()
    writer = Writer(backend)
    writer.start()
    with locked(backend.path) as other:
        timer = threading.Timer(0.3, other.execute, ["rollback"])
        timer.start()
        assert run(writer, adding("a"))
        timer.join()
    writer.stop()
    assert stored(backend.path) == {"a"}


def test_a_start_waits_for_another_that_prepares_the_file(tmp_path: Path) -> None:
    """SQLite refuses the change to the write-ahead log at once while another process holds the file."""
    other = sqlite3.connect(tmp_path / "relay.db", isolation_level=None, check_same_thread=False)
    other.execute("create table preparing (at text)")
    other.execute("begin immediate")
    timer = threading.Timer(0.3, other.execute, ["rollback"])
    timer.start()
    SqliteBackend(tmp_path / "relay.db", patience=20).migrate()
    timer.join()
    other.close()
    assert stored(tmp_path / "relay.db") == set()


def test_a_locked_store_can_be_read(backend: SqliteBackend, writer: Writer) -> None:
    run(writer, adding("a"))
    reader = Reader(backend)
    with locked(backend.path), reader.read() as read:
        assert len(read.newest_events(10)) == 1
    reader.close()


class Cramped(SqliteBackend):
    """A store that can't grow beyond some pages until it is given room: SQLite's own "database or disk is full"."""

    pages = 0

    def connect(self) -> Connection:  # type: ignore[override]
        connection = super().connect()
        if self.pages:
            connection.rows(f"pragma max_page_count = {self.pages}")
        return connection


def test_a_full_store_fails_its_group_whole_and_takes_up_work_when_there_is_room(
    backend: SqliteBackend,
) -> None:
    cramped = Cramped(backend.path)
    cramped.pages = 60
    writer = Writer(cramped)
    writer.start()
    assert run(writer, adding("before"))
    # The small ones of the group would have fitted: they are refused with it, not kept by halves.
    results = asyncio.run(together(writer, adding("small"), big("big"), adding("other")))
    assert [type(result) for result in results] == [StoreUnavailable] * 3
    assert stored(backend.path) == {"before"}
    assert run(writer, adding("small"))
    cramped.pages = 0
    with pytest.raises(StoreUnavailable):  # the connection that is open is still cramped
        run(writer, big("big"))
    assert run(writer, big("big"))
    writer.stop()
    assert stored(backend.path) == {"before", "small", "big"}


# Runs on a file system of one megabyte that is full but for a little: a real "no space left on device". Where a user may
# not mount one, the files may not grow beyond what they are, which SQLite meets as a failing write.
FULL_DISK = """
import os, resource, sys
from pathlib import Path
from relay.store import StoreUnavailable
from relay.store.sqlite import SqliteBackend
from relay.store.writer import Writer
from tests.store.test_sqlite import big, run, stored
from tests.store.test_writer import adding

folder, mounted = Path(sys.argv[1]), sys.argv[2] == "mounted"
backend = SqliteBackend(folder / "relay.db", patience=1)
backend.migrate()
writer = Writer(backend)
writer.start()
assert run(writer, adding("before"))
largest = max(path.stat().st_size for path in folder.iterdir())
if mounted:
    with open(folder / "ballast", "wb", buffering=0) as ballast:
        try:
            while True:
                ballast.write(b"x" * 4096)
        except OSError as full:
            assert full.errno == 28, full
else:
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))
for _ in range(3):
    try:
        run(writer, big("refused"))
    except StoreUnavailable as why:
        print("refused:", why)
    else:
        raise SystemExit("the disk is not full")
assert stored(folder / "relay.db") == {"before"}
if mounted:
    os.unlink(folder / "ballast")
else:
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert run(writer, big("after"))
writer.stop()
assert stored(folder / "relay.db") == {"before", "after"}
print("well again")
"""
# A name space of its own: the mount ends with the process.
APART = ("unshare", "--map-root-user", "--mount")
MOUNT = 'mount -t tmpfs -o size=1m tmpfs "$0" && exec "$@"'


def may_mount(folder: Path) -> bool:
    """Whether this user may mount a file system of his own."""
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*APART, "sh", "-c", MOUNT, folder, "true"], capture_output=True).returncode == 0


@pytest.mark.parametrize("way", ["mounted", "limited"])
def test_a_full_disk_refuses_and_forgets_nothing(tmp_path: Path, way: str) -> None:
    script = [sys.executable, "-c", FULL_DISK, tmp_path]
    if way == "mounted" and may_mount(tmp_path):
        command = [*APART, "sh", "-c", MOUNT, tmp_path, *script, "mounted"]
    else:
        command = [*script, "limited"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    said = [line.partition(":")[0] for line in done.stdout.splitlines() if not line[:1].isdigit()]
    assert said == ["refused"] * 3 + ["well again"], done.stdout + done.stderr


def test_a_deleted_file_is_noticed_and_taken_up_when_it_is_back(
    backend: SqliteBackend, writer: Writer, tmp_path: Path
) -> None:
    """SQLite itself goes on with a file that has no name any more, and all that is acknowledged is lost."""
    run(writer, adding("before"))
    reader = Reader(backend)
    with reader.read() as read:
        assert read.has_event("before")
    away = tmp_path / "away"
    away.mkdir()
    for path in tmp_path.glob("relay.db*"):
        path.rename(away / path.name)
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            run(writer, adding("lost"))
        with pytest.raises(StoreUnavailable), reader.read():
            pass
    assert not backend.path.exists()  # no empty file in its place
    for path in away.iterdir():
        path.rename(tmp_path / path.name)
    assert run(writer, adding("after"))
    with reader.read() as read:
        assert read.has_event("after")
    reader.close()
    assert stored(backend.path) == {"before", "after"}


def test_a_replaced_file_is_opened_anew(backend: SqliteBackend, writer: Writer, tmp_path: Path) -> None:
    run(writer, adding("before"))
    other = SqliteBackend(tmp_path / "restored.db")
    other.migrate()
    for suffix in ("-wal", "-shm"):
        Path(f"{backend.path}{suffix}").unlink()
    other.path.rename(backend.path)
    with pytest.raises(StoreUnavailable):
        run(writer, adding("lost"))
    assert run(writer, adding("after"))
    assert stored(backend.path) == {"after"}


@pytest.mark.parametrize("damage", [b"", b"this is no database", b"SQLite format 3\x00" + b"\xff" * 4096])
def test_a_damaged_file_is_said_each_time_until_a_good_one_is_back(tmp_path: Path, damage: bytes) -> None:
    backend = SqliteBackend(tmp_path / "relay.db", patience=0.3)
    backend.migrate()
    good = tmp_path / "good.db"
    shutil.copy(backend.path, good)
    backend.path.unlink()
    backend.path.write_bytes(damage)
    writer = Writer(backend)
    writer.start()
    reader = Reader(backend)
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            run(writer, adding("a"))
        with pytest.raises(StoreUnavailable), reader.read() as read:
            read.has_event("a")
    for suffix in ("-wal", "-shm"):
        Path(f"{backend.path}{suffix}").unlink(missing_ok=True)
    good.rename(backend.path)
    # A file that is empty opens: its connection lasts until it is found replaced.
    for _ in range(2):
        try:
            run(writer, adding("a"))
        except StoreUnavailable:
            continue
    writer.stop()
    reader.close()
    assert stored(backend.path) == {"a"}


@pytest.mark.parametrize("damage", [b"this is no database at all, not by far" * 30])
def test_a_damaged_file_does_not_start(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "relay.db"
    path.write_bytes(damage)
    with pytest.raises(StoreUnavailable):
        SqliteBackend(path).migrate()


READ_ONLY = """
import os, sys
from pathlib import Path
from relay.store import StoreUnavailable
from relay.store.sqlite import SqliteBackend
from relay.store.writer import Writer
from tests.store.test_sqlite import run
from tests.store.test_writer import adding

folder = Path(sys.argv[1])
if os.geteuid() == 0:  # permissions bind nobody who is root
    os.setgroups([]), os.setgid(65534), os.setuid(65534)
for path in (folder / "relay.db", folder / "new" / "relay.db"):
    backend = SqliteBackend(path, patience=0.3)
    try:
        backend.migrate()
    except StoreUnavailable as why:
        assert str(folder) not in str(why), why
        print("migrate:", why)
writer = Writer(SqliteBackend(folder / "relay.db", patience=0.3))
writer.start()
try:
    run(writer, adding("a"))
except StoreUnavailable as why:
    print("write:", why)
writer.stop()
"""


def test_a_read_only_folder_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    backend = SqliteBackend(folder / "relay.db")
    backend.migrate()
    for path in (*folder.iterdir(), folder):
        path.chmod(0o555)
    # So that another user gets as far as the folder.
    for above in (tmp_path, *tmp_path.parents):
        if above.stat().st_uid == os.geteuid() and not above.stat().st_mode & 0o001:
            above.chmod(above.stat().st_mode | 0o011)
    done = subprocess.run(
        [sys.executable, "-c", READ_ONLY, str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    folder.chmod(0o755)
    said = [line.partition(":")[0] for line in done.stdout.splitlines() if not line[:1].isdigit()]
    assert said == ["migrate", "migrate", "write"], done.stdout + done.stderr


def test_every_write_is_fully_synchronous(backend: SqliteBackend) -> None:
    connection = backend.connect()
    assert [tuple(row) for row in connection.rows("pragma synchronous")] == [(2,)]
    assert [tuple(row) for row in connection.rows("pragma journal_mode")] == [("wal",)]
    connection.close()


def test_a_step_that_hides_a_dropped_transaction_commits_nothing_behind_it(
    backend: SqliteBackend, writer: Writer
) -> None:
    """A savepoint begun after the drop would be a transaction of its own."""

    def hiding(tx: Transaction) -> None:
        tx.add_event(event(id="hidden"), None)
        tx._database.run("rollback")  # as SQLite does by itself on some errors
        raise LookupError

    results = asyncio.run(together(writer, adding("a"), hiding, adding("c")))
    assert [type(result) for result in results] == [StoreUnavailable] * 3
    assert stored(backend.path) == set()
