"""The API and a relay, two processes that meet over HTTP: the leak becomes an incident, and the fix ends it."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.gameshelf.conftest import eventually, running

# 64 MiB, so that three times the document's traffic crosses both thresholds.
CONFIG = """
store: sqlite:///{folder}/relay.db
log: {{level: warning, format: text}}
targets:
  gameshelf-api:
    source: prometheus
    url: http://127.0.0.1:{api}/metrics
    every: 1s
    deadline: 1s
    memory_limit: 64MiB
    metrics:
      memory: {{gauge: process_resident_memory_bytes, percent_of: memory_limit}}
rules:
  memory: {{warning: 70, critical: 85, for: 1s}}
"""


def free_port() -> int:
    """Return a port that nobody uses now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def relay_watching(api: int, folder: Path) -> Iterator[str]:
    """Run a relay that watches the API at port ``api``."""
    config, port = folder / "config.yaml", free_port()
    config.write_text(CONFIG.format(folder=folder, api=api))
    command = [sys.executable, "-m", "relay", "serve", "--config", str(config), "--port", str(port)]
    with (folder / "relay.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=15)


class Relay:
    """What a person would look at in the relay."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def samples(self) -> list[Any]:
        """Return the samples of the memory, none while there are none."""
        told = self._answer("/api/v1/samples?target=gameshelf-api&metric=memory")
        return list(told.get("samples", []))

    def incident(self) -> dict[str, Any]:
        """Return the one incident about memory, empty while there is none."""
        told = self._answer("/api/v1/incidents").get("incidents", [])
        return next((one for one in told if one["kind"] == "memory"), {})

    def _answer(self, path: str) -> dict[str, Any]:
        try:
            told = self._client.get(path)
        except httpx.TransportError:
            return {}
        return dict(told.json()) if told.status_code == 200 else {}


def lab(*words: str) -> str:
    """Run a command of the lab that must succeed, and return what it prints."""
    environ = {**os.environ, "LC_ALL": "C.UTF-8"}
    ran = subprocess.run(
        [sys.executable, "-m", "gameshelf_api.lab", *words],
        capture_output=True, text=True, timeout=120, env=environ,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_the_leak_is_seen_by_the_relay_and_the_fix_ends_it(tmp_path: Path) -> None:
    """The table's real memory comes from the relay; the incident opens, becomes critical, and ends by itself."""
    port = free_port()
    with relay_watching(port, tmp_path) as url, httpx.Client(base_url=url) as client:
        relay = Relay(client)
        with running(tmp_path, "shop", port, GAMESHELF_CACHE="leaky") as api:
            assert eventually(relay.samples, 30, every=0.2), (tmp_path / "relay.log").read_text()
            words = ["--url", api.url, "--relay", url, "--target", "gameshelf-api", "--relay-limit", "64"]
            assert "|      300 |         15300 |         30600 KB |" in lab("table", *words, "--scale", "3")
            assert eventually(lambda: relay.incident().get("severity") == "critical", 15, every=0.2)
            assert relay.incident()["state"] == "open"
        with running(tmp_path, "shop", port, GAMESHELF_CACHE="bounded") as api:
            over = eventually(lambda: relay.incident().get("state") == "over", 30, every=0.2)
            assert over, (relay.incident(), relay.samples()[-5:])
            lab("traffic", "--url", api.url, "--shape", "heavy", "--scale", "3")
            before = len(relay.samples())
            assert eventually(lambda: len(relay.samples()) > before + 1, 15, every=0.2)
            assert relay.incident()["state"] == "over", "the same traffic, and memory stays"
