"""Backup, restore and check of a store that a running relay is writing to."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import httpx
from click.testing import CliRunner, Result

from relay.cli import main
from relay.store.checking import of_postgres
from relay.store.postgres import PostgresBackend
from relay.store.reader import Reader
from relay.store.sqlite import SqliteBackend
from tests.postgres_fixture import Cluster
from tests.system.processes import Process, relay, until

SECRET = "a-secret-of-the-test"
SENDERS = 4


def config(folder: Path, store: str) -> Path:
    path = folder / "config.yaml"
    settings = {
        "store": store,
        "intakes": {"any": {"format": "generic", "secrets": [SECRET]}},
        # Nobody listens there: everything is still to be told.
        "channels": {"slack": {"kind": "slack", "webhook_url": f"http://127.0.0.1:1/services/T/B/{SECRET}"}},
    }
    path.write_text(json.dumps(settings))
    return path


def command(*arguments: str) -> Result:
    """Run a command of the relay; a process of its own only where that matters."""
    return CliRunner().invoke(main, arguments)


@contextmanager
def traffic(here: Process) -> Iterator[list[str]]:
    """Post events from several senders all the while; give the receipts that were answered, as they come."""
    receipts: list[str] = []
    refused: list[int] = []
    stop = threading.Event()
    numbers = count()

    def send() -> None:
        with httpx.Client(trust_env=False, timeout=10) as client:
            while not stop.is_set():
                body = {"key": f"trouble-{next(numbers)}", "title": "x" * 500, "severity": "warning"}
                answer = client.post(f"{here.url}/webhooks/any/{SECRET}", json=body)
                if answer.is_success:
                    receipts.append(answer.json()["receipt"])
                else:
                    refused.append(answer.status_code)

    threads = [threading.Thread(target=send) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    try:
        yield receipts
    finally:
        stop.set()
        for thread in threads:
            thread.join(20)
        assert refused == []


def test_nothing_that_was_answered_before_a_backup_is_missing_after_its_restore(tmp_path: Path) -> None:
    store, file = tmp_path / "relay.db", tmp_path / "backup.db"
    path = config(tmp_path, f"sqlite:///{store}")
    with relay(path, tmp_path / "relay.log") as here:
        with traffic(here) as receipts:
            until(lambda: len(receipts) > 100, "no traffic")
            answered = list(receipts)
            backup = [sys.executable, "-m", "relay", "backup", str(file), "--config", str(path)]
            subprocess.run(backup, check=True, timeout=60)
            during = len(receipts)
            checked = command("check-store", "--config", str(path), "--json")
            assert json.loads(checked.stdout)["whole"] is True, checked.output
            refused = command("restore", str(file), "--config", str(path))
            assert (refused.exit_code, f"process {here.popen.pid}" in refused.stderr) == (1, True)
        assert during > len(answered)  # it was taken while events came in
        here.popen.kill()
        here.popen.wait()
    whole = command("check-store", str(file))
    assert whole.exit_code == 0, whole.stdout
    assert "whole" in whole.stdout
    store.write_bytes(b"a disk that failed")
    assert command("check-store", "--config", str(path)).exit_code == 1
    restored = command("restore", str(file), "--config", str(path))
    assert restored.exit_code == 0, restored.stderr
    reader = Reader(SqliteBackend(store))
    with reader.read() as tx:
        assert [one for one in answered if tx.receipt(one) is None] == []
    reader.close()
    with relay(path, tmp_path / "relay.log") as here:
        assert here.get(f"/api/v1/receipts/{answered[-1]}").status_code == 200


def test_postgres_is_left_to_its_own_programs_which_do_it_under_traffic(
    tmp_path: Path, postgres_cluster: Cluster, postgres_uri: str
) -> None:
    """``relay backup`` says how; done so, nothing that was answered before is missing."""
    path = config(tmp_path, postgres_uri)
    said = command("backup", "backup.dump", "--config", str(path))
    assert said.exit_code == 1
    assert "pg_dump --format=custom --schema=relay --file=backup.dump" in said.stderr
    assert "pg_restore" in command("restore", "backup.dump", "--config", str(path)).stderr
    assert postgres_cluster.password not in said.stdout + said.stderr
    file = tmp_path / "backup.dump"
    with relay(path, tmp_path / "relay.log") as here, traffic(here) as receipts:
        until(lambda: len(receipts) > 80, "no traffic")
        answered = list(receipts)
        dump = ["--format=custom", "--schema=relay", f"--file={file}", postgres_uri]
        subprocess.run(["pg_dump", *dump], check=True, timeout=60)
    fresh = postgres_cluster.uri(postgres_cluster.new_database())
    subprocess.run(["pg_restore", f"--dbname={fresh}", str(file)], check=True, timeout=60)
    backend = PostgresBackend(fresh)
    assert [one for one in of_postgres(backend) if one.broken] == []
    reader = Reader(backend)
    with reader.read() as tx:
        assert [one for one in answered if tx.receipt(one) is None] == []
    reader.close()
