"""What a real relay did to its store's files, and when it answered: recorded by a library that is preloaded into it."""

from __future__ import annotations

import json
import re
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.system.processes import Process, free_port, started

SOURCE = Path(__file__).with_name("recorder.c")
SECRET = "a-secret-of-the-test"
SENDERS = 4
_HEAD = struct.Struct("<c3xiqq")
_RECEIPT = re.compile(rb'"receipt": ?"(\w+)"')


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that happened. ``kind``: Write, Truncate, Begin and end of a Sync, Unlink, Answer."""

    kind: str
    path: str
    at: int
    bytes: bytes

    @property
    def receipts(self) -> list[bytes]:
        """The receipts that an answer names."""
        return _RECEIPT.findall(self.bytes) if self.kind == "A" else []


def recorded(folder: Path, events: int, *, synchronous: str = "full") -> list[Note]:
    """Run a relay on a store in ``folder``, send it events, stop it, and return what it did."""
    library, notes = folder / "recorder.so", folder / "notes"
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("a C compiler is missing: install the package gcc")
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O1", "-o", library, SOURCE, "-ldl"], check=True, timeout=60
    )
    store = folder / "store"
    store.mkdir()
    port = free_port()
    path = _config(folder, store)
    arguments = ["tests.durability.serving", "serve", "--config", str(path), "--port", str(port)]
    environment = {
        "LD_PRELOAD": str(library),
        "RECORDED_FOLDER": str(store),
        "RECORDED_NOTES": str(notes),
        "SYNCHRONOUS": synchronous,
    }
    url = f"http://127.0.0.1:{port}"
    with started(arguments, url, "/healthz", folder / "relay.log", environment) as relay:
        _send(relay, events)
        assert relay.stop() == 0
    return list(_read(notes))


def _config(folder: Path, store: Path) -> Path:
    settings = {
        "store": f"sqlite:///{store / 'relay.db'}",
        "intakes": {"any": {"format": "generic", "secrets": [SECRET]}},
        # Nobody listens there: what is to be told, and that it was tried, is written too.
        "channels": {"slack": {"kind": "slack", "webhook_url": f"http://127.0.0.1:1/services/T/B/{SECRET}"}},
    }
    path = folder / "config.yaml"
    path.write_text(json.dumps(settings))
    return path


def _send(relay: Process, events: int) -> None:
    """Send events from several senders, so that several wait for one commit."""

    def send(sender: int) -> None:
        with httpx.Client(trust_env=False, timeout=20) as client:
            for number in range(sender, events, SENDERS):
                body = {"key": f"trouble-{number}", "title": "x" * 200, "severity": "warning"}
                assert client.post(f"{relay.url}/webhooks/any/{SECRET}", json=body).is_success

    with ThreadPoolExecutor(SENDERS) as pool:
        list(pool.map(send, range(SENDERS)))


def _read(notes: Path) -> Iterator[Note]:
    paths: dict[int, str] = {}
    content = notes.read_bytes()
    place = 0
    while place < len(content):
        kind, file, at, length = _HEAD.unpack_from(content, place)
        place += _HEAD.size + length
        held = content[place - length : place]
        if kind == b"O":
            paths[file] = held.decode()
        path = held.decode() if kind in b"OU" else paths.get(file, "")
        yield Note(kind.decode(), path, at, b"" if kind == b"O" else held)


if __name__ == "__main__":
    sys.exit("run: python -m tests.durability")
