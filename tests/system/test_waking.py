"""``relay web`` wakes ``relay worker`` through the database: a hint on which nothing rests."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from time import monotonic

import psycopg
import pytest

from relay.store.postgres import PostgresBackend
from relay.store.postgres_listening import Listener
from relay.store.sqlite import SqliteBackend
from relay.store.transactions import Transaction
from tests.contract.stores import writing
from tests.postgres_fixture import Cluster
from tests.system.processes import free_port, started, until
from tests.system.test_backup import SECRET, config
from tests.system.test_postgres_instances import worker


@pytest.fixture
def told() -> Iterator[tuple[Queue[float], str]]:
    """Slack's place: when it was told, and where it is."""
    times: Queue[float] = Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            times.put(monotonic())
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield times, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_worker_of_another_process_delivers_at_once(
    tmp_path: Path, postgres_uri: str, told: tuple[Queue[float], str]
) -> None:
    times, there = told
    path = config(tmp_path, postgres_uri)
    settings = json.loads(path.read_text())
    settings["listen"] = True
    settings["channels"]["slack"]["webhook_url"] = f"{there}/services/T/B/{SECRET}"
    path.write_text(json.dumps(settings))
    port = free_port()
    arguments = ["relay", "web", "--config", str(path), "--port", str(port)]
    with ExitStack() as running:
        web = running.enter_context(
            started(arguments, f"http://127.0.0.1:{port}", "/readyz", tmp_path / "web.log")
        )
        running.enter_context(worker(path, tmp_path / "worker.log", "tests.system.slow_tick"))
        until(lambda: _listens(postgres_uri), "it does not listen")
        for number in range(3):
            body = {"key": f"trouble-{number}", "title": "x", "severity": "warning"}
            assert web.post(f"/webhooks/any/{SECRET}", body).status_code == 200
            times.get(timeout=10)  # far below the 30 s of its own look


def _listens(uri: str) -> bool:
    with psycopg.connect(uri, autocommit=True) as connection:
        row = connection.execute(
            "select count(*) from pg_stat_activity where query = 'listen relay_outbox' and datname = current_database()"
        ).fetchone()
    return row is not None and row[0] > 0


@pytest.fixture
def woken(postgres_uri: str) -> Iterator[threading.Event]:
    """A listener that tries again soon."""
    heard = threading.Event()
    listener = Listener(postgres_uri, heard.set, again=0.05)
    listener.start()
    yield heard
    listener.stop()


def test_a_listener_hears_commits_only_and_comes_back_when_its_connection_is_lost(
    postgres_uri: str, woken: threading.Event
) -> None:
    backend = PostgresBackend(postgres_uri)
    backend.migrate()
    assert woken.wait(5)  # what came before it listened
    woken.clear()
    connection = backend.connect()
    connection.begin()
    Transaction(connection).announce()
    connection.rollback()
    connection.close()
    assert not woken.wait(0.3)
    with writing(backend) as tx:
        tx.announce()
    assert woken.wait(5)
    woken.clear()
    with psycopg.connect(postgres_uri, autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where query = 'listen relay_outbox'"
        )
    assert woken.wait(5)


def test_who_can_not_listen_goes_on_without(postgres_cluster: Cluster) -> None:
    """No such database, as a plan without a connection left: it is tried again, and stops when it is told to."""
    heard = threading.Event()
    listener = Listener(postgres_cluster.uri("nothing"), heard.set, again=0.05)
    listener.start()
    assert not heard.wait(0.5)
    listener.stop()
    assert not any(thread.name == "relay-listener" for thread in threading.enumerate())


def test_a_file_has_nobody_to_wake(tmp_path: Path) -> None:
    backend = SqliteBackend(tmp_path / "relay.db")
    backend.migrate()
    with writing(backend) as tx:
        tx.announce()
