"""Real processes of the project, started and stopped by a test."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import TypeVar

import httpx

T = TypeVar("T")
PATIENCE = 30.0


@dataclass
class Process:
    """A running program, where it answers, and what it logs."""

    popen: subprocess.Popen[bytes]
    url: str
    log: Path

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End it and return its exit code."""
        if self.popen.poll() is None:
            self.popen.send_signal(number)
        return self.popen.wait(PATIENCE)

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"{self.url}{path}", trust_env=False, timeout=10)

    def post(self, path: str, body: object) -> httpx.Response:
        return httpx.post(f"{self.url}{path}", json=body, trust_env=False, timeout=10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def started(
    arguments: list[str], url: str, ready: str, log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[Process]:
    """Run ``python -m arguments`` until the end of the block."""
    with log.open("ab") as output:
        popen = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            stdout=output,
            stderr=output,
            env={**os.environ, **(environment or {})},
        )
    process = Process(popen, url, log)
    try:
        until(
            lambda: _answers(process, ready),
            f"{arguments[0]} did not start:\n{log.read_text(errors='replace')}",
        )
        yield process
    finally:
        if popen.poll() is None:
            popen.kill()
        popen.wait()


@contextmanager
def relay(
    config: Path, log: Path, environment: Mapping[str, str] | None = None, program: str = "relay"
) -> Iterator[Process]:
    """Run ``relay serve`` on a free port."""
    port = free_port()
    arguments = [program, "serve", "--config", str(config), "--port", str(port)]
    with started(arguments, f"http://127.0.0.1:{port}", "/healthz", log, environment) as process:
        yield process


@contextmanager
def viewer(log: Path) -> Iterator[Process]:
    """Run the chat viewer on a free port."""
    port = free_port()
    with started(["viewer", "--port", str(port)], f"http://127.0.0.1:{port}", "/messages", log) as process:
        yield process


def until(seen: Callable[[], T], why: str, seconds: float = PATIENCE) -> T:
    """Return what ``seen`` gives as soon as it is true, or fail."""
    deadline = monotonic() + seconds
    while monotonic() < deadline:
        found = seen()
        if found:
            return found
        sleep(0.05)
    raise AssertionError(why)


def _answers(process: Process, path: str) -> bool:
    if process.popen.poll() is not None:
        raise AssertionError(f"a process ended at once:\n{process.log.read_text(errors='replace')}")
    try:
        return process.get(path).status_code == 200
    except httpx.HTTPError:
        return False
