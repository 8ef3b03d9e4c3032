"""``relay web`` and ``relay worker``, two of each, on one PostgreSQL, while workers are killed and stopped."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from time import sleep, time

import httpx
import psycopg
import pytest

from relay.core.delivery import DeliveryState
from relay.store.incidents import Filter
from relay.store.postgres import PostgresBackend
from relay.store.reader import Reader
from tests.system.processes import Process, free_port, started, until

SECRET = "a-secret-of-the-test"
TROUBLES, CHANNELS, TARGETS = 60, 20, 8
STEPS = ("warning", "critical", "ok", "warning", "ok")
EVERY = 2  # seconds between two reads of a target
STOPPED = 14  # longer than the lease of tests.system.short_lease


@dataclass
class FarEnd:
    """Slack's place, slow enough that a kill meets what is being sent; and the metrics of every target."""

    told: dict[str, list[tuple[int, bool]]] = field(default_factory=lambda: defaultdict(list))
    reads: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    under_way: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def tell(self, channel: str, body: str) -> None:
        """Keep of a message which step of which trouble it tells last, and whether it may be a repeat."""
        found = re.findall(r"trouble-(\d+) step-(\d+)", body)
        assert found, body
        number, step = found[-1]
        with self.lock:
            self.told[f"{channel} {number}"].append((int(step), "may have been sent before" in body))
            self.under_way += 1
        sleep(0.4)
        with self.lock:
            self.under_way -= 1

    def read(self, target: str) -> None:
        with self.lock:
            self.reads[target] += 1


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    far_end: FarEnd

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        self.far_end.tell(self.path.rpartition("/")[2], body)
        self.answer(b"ok")

    def do_GET(self) -> None:
        self.far_end.read(self.path.rpartition("/")[2])
        self.answer(b"# TYPE load gauge\nload 1\n")

    def answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/plain; version=0.0.4")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 200

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed hangs up in the middle."""


@pytest.fixture
def far_end() -> Iterator[tuple[FarEnd, str]]:
    made = FarEnd()
    server = Server(("127.0.0.1", 0), type("Bound", (Handler,), {"far_end": made}))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def config(folder: Path, uri: str, there: str) -> Path:
    names = [f"chat-{number}" for number in range(CHANNELS)]
    settings = {
        "store": uri,
        "intakes": {"any": {"format": "generic", "secrets": [SECRET]}},
        "channels": {
            name: {"kind": "slack", "webhook_url": f"{there}/services/T/B/{name}"} for name in names
        },
        "routes": [{"name": name, "channels": [name], "where": {"target": f"for-{name}"}} for name in names],
        "targets": {
            f"target-{number}": {
                "source": "prometheus",
                "url": f"{there}/metrics/target-{number}",
                "every": f"{EVERY}s",
                "deadline": "1s",
                "metrics": {"load": {"gauge": "load"}},
            }
            for number in range(TARGETS)
        },
    }
    path = folder / "config.yaml"
    path.write_text(json.dumps(settings))
    return path


@contextmanager
def worker(
    path: Path, log: Path, program: str = "tests.system.short_lease"
) -> Iterator[subprocess.Popen[bytes]]:
    arguments = [sys.executable, "-m", program, "worker", "--config", str(path)]
    with log.open("ab") as output:
        running = subprocess.Popen(arguments, stdout=output, stderr=output, env={**os.environ})
    try:
        until(lambda: "started" in log.read_text() or running.poll() is not None, "a worker did not start")
        yield running
    finally:
        if running.poll() is None:
            running.send_signal(signal.SIGCONT)
            running.terminate()
        running.wait(20)


def send(trouble: int, webs: list[Process]) -> int:
    """Send the steps of one trouble in order, each again until it is accepted, every third one twice."""
    accepted = 0
    with httpx.Client(trust_env=False, timeout=20) as client:
        for step, severity in enumerate(STEPS, 1):
            body = {
                "key": f"trouble-{trouble}",
                "title": f"Trouble {trouble}",
                "summary": f"trouble-{trouble} step-{step}",
                "target": f"for-chat-{trouble % CHANNELS}",
                "severity": severity,
                "date": datetime.now(UTC).isoformat(),
            }
            for web in webs if (trouble + step) % 3 == 0 else [webs[(trouble + step) % 2]]:
                until(lambda web=web, body=body: _posted(client, web, body), "an event was never accepted")  # type: ignore[misc]
            accepted += 1
            sleep(0.3)
    return accepted


def _posted(client: httpx.Client, web: Process, body: object) -> bool:
    return client.post(f"{web.url}/webhooks/any/{SECRET}", json=body).is_success


def web(path: Path, log: Path) -> AbstractContextManager[Process]:
    port = free_port()
    arguments = ["tests.system.short_lease", "web", "--config", str(path), "--port", str(port)]
    return started(arguments, f"http://127.0.0.1:{port}", "/readyz", log)


def test_nothing_is_lost_or_overtaken_while_workers_are_killed_and_stopped(
    tmp_path: Path, postgres_uri: str, far_end: tuple[FarEnd, str]
) -> None:
    there, url = far_end
    path = config(tmp_path, postgres_uri, url)
    logs = [tmp_path / f"{number}.log" for number in range(5)]
    began = time()
    with ExitStack() as running, ThreadPoolExecutor(12) as senders:
        webs = [running.enter_context(web(path, log)) for log in logs[:2]]
        killed = running.enter_context(worker(path, logs[2]))
        stopped = running.enter_context(worker(path, logs[3]))
        sending = [senders.submit(send, trouble, webs) for trouble in range(TROUBLES)]
        until(lambda: len(there.told) > 25 and there.under_way > 5, "nothing was delivered")
        killed.kill()
        stopped.send_signal(signal.SIGSTOP)
        running.enter_context(worker(path, logs[4]))  # a replacement, as a platform starts one
        sleep(STOPPED)
        stopped.send_signal(signal.SIGCONT)
        assert sum(one.result() for one in sending) == TROUBLES * len(STEPS)
        until(lambda: _is_told(postgres_uri), "something was not delivered", 60)
        beats = (time() - began) / EVERY
    _check_store(postgres_uri)
    _check_told(there)
    _check_polls(postgres_uri, there, beats)
    for log in logs:
        assert SECRET not in log.read_text()
        assert "services/T/B" not in log.read_text()  # a webhook's address is a secret, also in a traceback
        # The one that was stopped finds its sends out of time.
        assert log is logs[3] or "Traceback" not in log.read_text()


def _asked(uri: str, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(uri, options="-c search_path=relay") as connection:
        return connection.execute(sql).fetchall()  # type: ignore[arg-type]


def _is_told(uri: str) -> bool:
    rows = dict(_asked(uri, "select state, count(*) from deliveries group by state"))
    return set(rows) <= {"delivered", "folded"} and sum(rows.values()) == TROUBLES * len(STEPS)  # type: ignore[arg-type]


def _check_store(uri: str) -> None:
    """Each event once, one incident a trouble, its sequence whole, each change delivered."""
    assert _asked(uri, "select count(*) from events where source <> 'poll'") == [(TROUBLES * len(STEPS),)]
    reader = Reader(PostgresBackend(uri))
    with reader.read() as tx:
        incidents = tx.incidents(Filter(), limit=1000)
        assert len(incidents) == TROUBLES
        for incident in incidents:
            assert [one.sequence for one in tx.moments(incident.id)] == list(range(1, len(STEPS) + 1))
            states = [one.state for one in tx.deliveries(incident.id)]
            assert set(states) <= {DeliveryState.DELIVERED, DeliveryState.FOLDED}
    reader.close()


def _check_told(there: FarEnd) -> None:
    """The last step of each trouble was told; no step after a later one; twice only with the mark of a repeat."""
    assert len(there.told) == TROUBLES
    for told in there.told.values():
        assert told[-1][0] == len(STEPS)
        for (before, _), (after, may_be_repeat) in pairwise(told):
            assert after > before or (after == before and may_be_repeat), told
    marked = sum(may_be_repeat for told in there.told.values() for _, may_be_repeat in told)
    assert 1 <= marked <= CHANNELS  # what the two workers had in their hands


def _check_polls(uri: str, there: FarEnd, beats: float) -> None:
    """A target is claimed once a beat at most, read once a claim at most, and read again after whoever had it died."""
    for name, token, read_at in _asked(uri, "select name, token, read_at from targets"):
        assert isinstance(token, int)
        assert isinstance(read_at, float)
        assert there.reads[str(name)] <= token <= beats + 1
        assert there.reads[str(name)] >= token - 2  # a claim each may have died with its worker
        assert time() - read_at < 20
