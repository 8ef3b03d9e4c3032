"""The two stores as the crash tests see them: an address to configure, plain reads beside the relay, and what can befall them."""

from __future__ import annotations

import secrets
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import psycopg
from psycopg.rows import DictRow, dict_row

from tests.postgres_fixture import Cluster, programs

Row = Mapping[str, Any]
# Room enough for what a few rounds write, and soon filled.
SMALL_DISK = "48m"


class Store(Protocol):
    """A store that exists for one test."""

    @property
    def address(self) -> str:
        """What stands in config.yaml."""
        ...

    def rows(self, query: str) -> Sequence[Row]:
        """Read."""
        ...


@dataclass(frozen=True)
class SqliteFile:
    """A file in a folder of the test."""

    path: Path

    @property
    def address(self) -> str:
        """What stands in config.yaml."""
        return f"sqlite:///{self.path}"

    def rows(self, query: str) -> Sequence[Row]:
        """Read. Never to write: a connection that may would tidy up after whoever was killed."""
        with closing(sqlite3.connect(f"{self.path.as_uri()}?mode=ro", uri=True, timeout=20)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(query)]


@dataclass
class PostgresDatabase:
    """A fresh database of a private server."""

    cluster: Cluster
    address: str
    _connection: psycopg.Connection[DictRow] | None = field(default=None, repr=False)

    def rows(self, query: str) -> Sequence[Row]:
        """Read."""
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(
                self.address, row_factory=dict_row, options="-c search_path=relay", autocommit=True
            )
        return self._connection.execute(query.encode()).fetchall()

    def drop_connections(self) -> None:
        """End every connection to the database, as a failing network or a proxy does."""
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(
                """select pg_terminate_backend(pid) from pg_stat_activity
                   where datname = current_database() and pid <> pg_backend_pid()"""
            )

    def close(self) -> None:
        """End the connection that reads, and drop the database."""
        if self._connection is not None:
            self._connection.close()
        with psycopg.connect(self.cluster.uri(), autocommit=True) as connection:
            name = self.address.rpartition("/")[2]
            connection.execute(f"drop database if exists {name} with (force)".encode())


@contextmanager
def sqlite_file(folder: Path) -> Iterator[SqliteFile]:
    """Have a file in a folder of its own."""
    disk = folder / "disk"
    disk.mkdir()
    yield SqliteFile(disk / "relay.db")


@contextmanager
def sqlite_on_small_disk(folder: Path) -> Iterator[SqliteFile]:
    """Have a file on a small disk of its own."""
    disk = folder / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK}", "crash-test", disk], check=True)
    try:
        yield SqliteFile(disk / "relay.db")
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


def can_mount() -> bool:
    """Whether this account may mount a small disk: root may, though not in every container."""
    with tempfile.TemporaryDirectory() as folder:
        mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "crash-test", folder]
        if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode != 0:
            return False
        subprocess.run(["umount", folder], check=True)
    return True


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Have a PostgreSQL server of one's own."""
    found = programs()
    if found is None:
        raise SystemExit("PostgreSQL's server is missing: install the package postgresql")
    folder = Path(tempfile.mkdtemp(prefix="crash-pg-"))
    made = Cluster(found, folder, secrets.token_hex(8), connections=400, auth="trust")
    try:
        made.create()
        yield made
    finally:
        if made.port and made.is_running():
            made.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgres_database(server: Cluster) -> Iterator[PostgresDatabase]:
    """Have a database of a server."""
    made = PostgresDatabase(server, server.uri(server.new_database()))
    try:
        yield made
    finally:
        made.close()
