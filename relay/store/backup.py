"""A copy of a SQLite store while it is written to, and its way back.

The rules: the copy is one view of the store, as it was when the copy began; nobody who writes waits for it; a file appears
under its name only when it is whole and on the disk; what a restore replaces is moved aside, never deleted.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from relay.store import StoreUnavailable
from relay.store.checking import of_sqlite
from relay.store.dialect import OPEN_RECOUNTED
from relay.store.sqlite import SqliteBackend

# 1 MB a step, then a breath: the disk is the server's first.
STEP_PAGES = 256
BREATH_SECONDS = 0.005
# What SQLite keeps beside a database.
_BESIDE = ("-wal", "-shm")

# Hears how many pages are copied, and of how many.
Told = Callable[[int, int], None]


class BackupRefused(Exception):
    """It can't be done so; the message says why and what to do."""


def back_up(store: Path, file: Path, told: Told) -> None:
    """Copy the store as it is now to ``file``; raise ``BackupRefused``, or ``StoreUnavailable`` where a disk fails."""
    if not store.is_file():
        raise BackupRefused(f"there is no store at {store}")
    if file.exists():
        raise BackupRefused(f"{file} is there already: name another file")
    with _failing(file), _arriving(file) as part:
        _copy(store, part, told)


def restore(file: Path, store: Path, at: datetime) -> Path | None:
    """Put a backup in the store's place; no server may run. Return where the store of before is now, None where was none.

    What the backup has still to tell may have been told since: such messages say so.
    """
    if file.resolve() == store.resolve():
        raise BackupRefused("the backup and the store are one file")
    with _failing(store):
        store.parent.mkdir(parents=True, exist_ok=True)
        with _arriving(store) as part:
            with _failing(file):
                _copy(file, part, _untold)
            _make_ready(part)
            aside = _moved_aside(store, at)
    return aside


def _untold(_done: int, _total: int) -> None:
    """Take no notice of how far it is."""


def _copy(origin: Path, target: Path, told: Told) -> None:
    source = sqlite3.connect(f"{origin.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
    copied = sqlite3.connect(target, isolation_level=None)
    try:
        # One view for all steps: without it the copy would begin anew whenever another process commits, for ever.
        source.execute("begin")
        if source.execute("select 1 from sqlite_schema where name = 'receipts'").fetchone() is None:
            raise BackupRefused(f"{origin} holds no store of a relay")

        def stepped(_: int, remaining: int, total: int) -> None:
            told(total - remaining, total)
            time.sleep(BREATH_SECONDS)

        source.backup(copied, pages=STEP_PAGES, progress=stepped)
        # A file by itself, which can be read from where nothing can be written.
        copied.execute("pragma journal_mode = delete")
    finally:
        copied.close()
        source.close()


@contextmanager
def _arriving(file: Path) -> Iterator[Path]:
    """Give a file beside ``file``, readable by nobody else, that gets its name when all is done and on the disk."""
    part = file.with_name(file.name + ".part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        yield part
        _sync(part)
        part.rename(file)
        _sync(file.absolute().parent)
    finally:
        for suffix in ("", "-journal", *_BESIDE):
            _beside(part, suffix).unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _make_ready(part: Path) -> None:
    """Bring a copy up to date, refuse it where it is not whole, and mark what may have been told since."""
    backend = SqliteBackend(part)
    backend.migrate()
    # It is derived, and no reason to refuse a backup.
    _run(part, OPEN_RECOUNTED)
    wrong = [finding.rule for finding in of_sqlite(backend) if finding.broken]
    if wrong:
        raise BackupRefused("the backup is not whole, relay check-store says more: " + "; ".join(wrong))
    _run(part, "update deliveries set uncertain = 1 where state = 'pending'", "pragma journal_mode = delete")
    _sync(part)


def _run(part: Path, *statements: str) -> None:
    connection = sqlite3.connect(part, isolation_level=None)
    try:
        for statement in statements:
            connection.execute(statement)
    finally:
        connection.close()


def _moved_aside(store: Path, at: datetime) -> Path | None:
    if not store.exists():
        # The log of a lost file must not be taken for the backup's.
        for suffix in _BESIDE:
            _beside(store, suffix).unlink(missing_ok=True)
        return None
    with suppress(sqlite3.Error):
        # Where it is well, its log goes into it, and one file is all there is to move.
        connection = sqlite3.connect(store, isolation_level=None)
        connection.execute("pragma wal_checkpoint(truncate)").fetchall()
        connection.close()
    aside = store.with_name(f"{store.name}.before-{at.astimezone(UTC):%Y%m%dT%H%M%S%fZ}")
    for suffix in (*_BESIDE, ""):
        if _beside(store, suffix).exists():
            _beside(store, suffix).rename(_beside(aside, suffix))
    return aside


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


@contextmanager
def _failing(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as cause:
        raise StoreUnavailable(f"{path}: SQLite: {cause}") from cause
    except OSError as cause:
        raise StoreUnavailable(f"{path}: {cause.strerror}") from cause
