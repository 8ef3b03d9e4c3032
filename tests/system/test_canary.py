"""The canary of a real process: its first beat arrives, none is told as lost, and its secret address stands in no log."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.system.processes import free_port, started, until

SECRET = "a-heartbeat-that-nobody-may-know"


@pytest.fixture
def heartbeat() -> Iterator[tuple[str, list[str]]]:
    """A heartbeat outside: its address, and what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"OK")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/{SECRET}", asked
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_relay_that_starts_pings_and_tells_no_loss(
    tmp_path: Path, heartbeat: tuple[str, list[str]]
) -> None:
    address, asked = heartbeat
    config, port = tmp_path / "config.yaml", free_port()
    config.write_text(
        f"store: sqlite:///{tmp_path}/relay.db\nweb: {{port: {port}}}\ncanary: {{heartbeat: '{address}'}}\n"
    )
    log = tmp_path / "log"
    arguments = ["relay", "serve", "--config", str(config)]
    with started(arguments, f"http://127.0.0.1:{port}", "/healthz", log) as process:
        until(lambda: asked, f"the heartbeat was not asked:\n{log.read_text()}")
        page = process.get("/metrics").text
        assert 'relay_canary_total{outcome="well",step="arrival"} 1.0' in page
        assert process.get("/api/v1/incidents").json()["incidents"] == []
        assert process.stop() == 0
    assert asked == [f"/{SECRET}"]
    assert SECRET not in log.read_text()
