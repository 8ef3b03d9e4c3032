"""A real relay in a small instance's memory, and what a test sends it."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from bench._open_loop import request
from tests.system.processes import Process, free_port, started

SECRET = "a-secret-of-the-test"
PATH = f"/webhooks/load/{SECRET}"
# The smallest instance that the guide names has 256 MB in all.
MEMORY = 256 * 1024 * 1024


@contextmanager
def small_relay(folder: Path) -> Iterator[Process]:
    """Run ``relay serve`` with no more memory than that, telling a channel that refuses every connection."""
    config = {
        "store": f"sqlite:///{folder / 'relay.db'}",
        "log": {"level": "error"},
        "intakes": {"load": {"format": "generic", "secrets": [SECRET]}},
        "channels": {
            "slack": {"kind": "slack", "webhook_url": f"http://127.0.0.1:{free_port()}/services/T/B/x"}
        },
        "routes": [{"name": "all", "channels": ["slack"]}],
    }
    path = folder / "config.yaml"
    path.write_text(json.dumps(config))
    port = free_port()
    arguments = ["tests.load.limited", str(MEMORY), "relay", "serve", "-c", str(path), "--port", str(port)]
    with started(arguments, f"http://127.0.0.1:{port}", "/healthz", folder / "relay.log") as process:
        yield process


def port_of(process: Process) -> int:
    """Return the port that it listens on."""
    return int(process.url.rsplit(":", 1)[1])


def events(name: str) -> Callable[[int], bytes]:
    """Return the requests of one test: every one an event and an incident of its own."""

    def wire(number: int) -> bytes:
        body = {"title": f"disk {name} {number}", "key": f"{name}-{number}", "severity": "critical"}
        return request(PATH, json.dumps(body).encode())

    return wire


def stored(folder: Path) -> int:
    """Return how many events the store holds, as another process sees it."""
    with closing(sqlite3.connect(folder / "relay.db")) as store:
        return int(store.execute("select count(*) from events").fetchone()[0])


def memory_mb(process: Process) -> float:
    """Return a process's anonymous memory: what counts against an instance and can't be given back."""
    for line in Path(f"/proc/{process.popen.pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1024
    raise AssertionError(f"no process {process.popen.pid} in {os.listdir('/proc')!r}, {sys.platform}")
