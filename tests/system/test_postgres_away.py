"""A relay whose database is away at its start, hangs in its midst, or is replaced: said in bounded time, and well again."""

from __future__ import annotations

import signal
from contextlib import AbstractContextManager
from itertools import count
from pathlib import Path
from time import monotonic

import httpx
import pytest

from relay.store.checking import of_postgres
from relay.store.postgres import PostgresBackend
from tests.postgres_fixture import Cluster
from tests.system.processes import Process, free_port, started, until
from tests.system.test_backup import SECRET, config

NUMBERS = count()


def impatient(path: Path, log: Path, ready: str = "/readyz") -> AbstractContextManager[Process]:
    port = free_port()
    arguments = ["tests.system.impatient", "serve", "--config", str(path), "--port", str(port)]
    return started(arguments, f"http://127.0.0.1:{port}", ready, log)


def post(here: Process) -> httpx.Response:
    body = {"key": f"trouble-{next(NUMBERS)}", "title": "x", "severity": "warning"}
    return here.post(f"/webhooks/any/{SECRET}", body)


def test_a_start_waits_for_its_database_and_says_why_meanwhile(
    tmp_path: Path, postgres_cluster: Cluster, postgres_uri: str
) -> None:
    log = tmp_path / "relay.log"
    postgres_cluster.stop()
    try:
        with impatient(config(tmp_path, postgres_uri), log, "/healthz") as here:
            waiting = here.get("/readyz")
            assert waiting.status_code == 503
            assert "no connection" in waiting.json()["problems"]["store"]
            refused = post(here)
            assert (refused.status_code, "retry-after" in refused.headers) == (503, True)
            postgres_cluster.start()
            until(lambda: here.get("/readyz").status_code == 200, "it never was ready")
            assert post(here).status_code == 200
            assert here.stop() == 0
    finally:
        if not postgres_cluster.is_running():
            postgres_cluster.start()
    assert "the store is not there; trying again" in log.read_text()
    assert postgres_cluster.password not in log.read_text()


@pytest.mark.parametrize(("how", "code"), [(None, 1), (signal.SIGTERM, 0)])
def test_a_start_without_a_database_ends_in_bounded_time(
    how: signal.Signals | None, code: int, tmp_path: Path
) -> None:
    """With code 1 and the reason when it never came, so that a platform sees it; at once when it is told to."""
    log = tmp_path / "relay.log"
    nowhere = f"postgresql://u:hunter2@127.0.0.1:{free_port()}/db"
    with impatient(config(tmp_path, nowhere), log, "/healthz") as here:
        if how is not None:
            here.popen.send_signal(how)
        assert here.popen.wait(15) == code
    assert code == 0 or "PostgreSQL: no connection" in log.read_text().splitlines()[-1]
    assert "hunter2" not in log.read_text()
    assert "Traceback" not in log.read_text()


def test_a_database_that_hangs_is_answered_503_in_bounded_time_and_taken_up_again(
    tmp_path: Path, postgres_cluster: Cluster, postgres_uri: str
) -> None:
    """Its connections stay open and its machine answers TCP: only the client's own clock can tell."""
    log = tmp_path / "relay.log"
    with impatient(config(tmp_path, postgres_uri), log) as here:
        answered = [post(here).json()["receipt"]]
        postgres_cluster.signal(signal.SIGSTOP)
        try:
            for _ in range(2):
                began = monotonic()
                assert post(here).status_code == 503
                assert monotonic() - began < 8
            assert here.get("/healthz").status_code == 200
            assert here.get("/readyz").status_code == 503
            until(lambda: "the store is unavailable" in log.read_text(), "the writer hangs", 10)
        finally:
            postgres_cluster.signal(signal.SIGCONT)
        until(lambda: here.get("/readyz").status_code == 200, "it never was ready again")
        until(lambda: post(here).status_code == 200, "it never took an event again")
        answered.append(post(here).json()["receipt"])
        for receipt in answered:
            assert here.get(f"/api/v1/receipts/{receipt}").status_code == 200
        assert here.stop() == 0
    assert [one for one in of_postgres(PostgresBackend(postgres_uri)) if one.broken] == []
