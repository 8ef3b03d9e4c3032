"""A real PostgreSQL for tests: a private cluster on a free port, gone when the tests are.

Import ``postgres_cluster`` (one for the session) and ``postgres_uri`` (a fresh, empty database for each
test) into a ``conftest.py``. Without the server's programs both skip, and say which package is missing.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

ACCOUNT = "postgres"  # PostgreSQL refuses to run as root: root borrows the package's own account.
START_ATTEMPTS = 5
# A database is hundreds of files, and hundreds of databases are made: in memory that takes a fifth of the time.
MEMORY, ROOM = Path("/dev/shm"), 2**31

# Root's programs are not on every path that root has.
RUNUSER = shutil.which("runuser", path="/usr/sbin:/sbin:/usr/bin:/bin") or "runuser"


def programs() -> Path | None:
    """Return the folder of ``initdb`` and ``pg_ctl``, or None where the package is missing."""
    found = [Path(place).parent for place in [shutil.which("pg_ctl") or ""] if place]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    complete = [folder for folder in found if (folder / "initdb").exists() and (folder / "pg_ctl").exists()]
    return complete[0] if complete else None


@dataclass
class Cluster:
    """A PostgreSQL server that a test may stop and start again; the port stays the same."""

    programs: Path
    folder: Path
    password: str
    port: int = 0
    connections: int = 30
    # "trust" where thousands connect: each proof of a password costs both sides milliseconds of CPU.
    auth: str = "scram-sha-256"

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def create(self) -> None:
        """Make the cluster and start it."""
        if os.geteuid() == 0:
            shutil.chown(self.folder, ACCOUNT)
        password_file = self.folder / "password"
        password_file.write_text(self.password)
        password_file.chmod(0o644)
        # Sorted as people sort, unlike SQLite: an ORDER BY that forgets its collation is found out.
        sorting = ["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=fr-FR"]
        access = [f"--auth={self.auth}", f"--pwfile={password_file}", "--username=tester"]
        self._run("initdb", *access, *sorting, "--encoding=UTF8", "--no-sync", f"--pgdata={self._data}")
        for attempt in range(START_ATTEMPTS):
            self.port = _free_port()
            try:
                return self.start()
            except subprocess.CalledProcessError:  # Somebody took the port in between.
                if attempt == START_ATTEMPTS - 1:
                    raise
        return None

    def start(self) -> None:
        """Start the server and return when it answers."""
        settings = (
            f"-p {self.port} -h 127.0.0.1 -k '' -c fsync=off -c shared_buffers=16MB"
            f" -c max_connections={self.connections} -c max_wal_size=256MB"
        )
        self._control("start", "-w", "-t", "30", "-l", str(self.folder / "log"), "-o", settings)

    def stop(self, how: str = "immediate") -> None:
        """Stop the server: ``immediate`` as in a crash, ``fast`` as in a maintenance."""
        self._control("stop", "-w", "-t", "30", "-m", how)

    def is_running(self) -> bool:
        """Return whether the server runs."""
        try:
            self._control("status")
        except subprocess.CalledProcessError:
            return False
        return True

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the server and to each of its processes, as a machine that hangs stops all."""
        server = int((self._data / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
        for process in (server, *map(int, children)):
            # Those that serve a connection come and go.
            with suppress(ProcessLookupError):
                os.kill(process, number)

    def uri(self, database: str = "postgres") -> str:
        """Return the address of ``database``."""
        return f"postgresql://tester:{self.password}@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """Make an empty database and return its name."""
        name = f"test_{secrets.token_hex(6)}"
        with psycopg.connect(self.uri(), autocommit=True) as connection:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        return name

    @contextmanager
    def database(self) -> Iterator[str]:
        """Have an empty database until the end of the block; give its address."""
        name = self.new_database()
        try:
            yield self.uri(name)
        finally:
            with psycopg.connect(self.uri(), autocommit=True) as connection:
                connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))

    def _control(self, *words: str) -> None:
        self._run("pg_ctl", words[0], f"--pgdata={self._data}", *words[1:])

    def _run(self, program: str, *words: str) -> None:
        become = [RUNUSER, "-u", ACCOUNT, "--"] if os.geteuid() == 0 else []
        # Not into pipes: the server would inherit them, and waiting for their end would wait for the server's.
        with (self.folder / "out").open("ab") as out:
            subprocess.run(
                [*become, str(self.programs / program), *words],
                check=True, cwd="/", stdin=subprocess.DEVNULL, stdout=out, stderr=out, timeout=60,
            )  # fmt: skip


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _in_memory() -> Path | None:
    """Return where files are in memory, None where there is no room for them."""
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM else None


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Cluster]:
    """One private cluster for the whole session."""
    found = programs()
    if found is None:
        pytest.skip("PostgreSQL's server is missing: install the package postgresql")
    folder = Path(tempfile.mkdtemp(prefix="pg-test-", dir=_in_memory()))
    cluster = Cluster(found, folder, secrets.token_hex(8))
    try:
        cluster.create()
        yield cluster
    finally:
        if cluster.port and cluster.is_running():
            cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_uri(postgres_cluster: Cluster) -> Iterator[str]:
    """Give the address of a fresh, empty database."""
    with postgres_cluster.database() as uri:
        yield uri
