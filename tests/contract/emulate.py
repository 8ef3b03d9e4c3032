"""A stateful Slack on loopback: the npm package ``emulate``, run for real."""

import socket
import subprocess
import time
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest

from tests.contract.packages import installed, programs

# The emulator's own token: its Web API lies under /api/, its webhooks under /services/T…/B…/….
TOKEN = "test_token_admin"


def free_port() -> int:
    """Return a port that nothing listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def await_answer(emulator: subprocess.Popen[bytes], port: int, seconds: float = 20) -> None:
    """Return once it answers; fail when it left or is too slow."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        assert emulator.poll() is None, "the emulator left"
        connection = HTTPConnection("127.0.0.1", port, timeout=1)
        try:
            connection.request("GET", "/")
            connection.getresponse()
        except OSError:
            time.sleep(0.05)
        else:
            return
        finally:
            connection.close()
    raise TimeoutError("the emulator did not answer")


@pytest.fixture
def emulate_slack() -> Iterator[str]:
    """A fresh Slack: yields its base URL, without a slash at the end."""
    port = free_port()
    program = str(installed() / "node_modules" / "emulate" / "dist" / "index.js")
    command = [*programs()[0], program, "--service", "slack", "--port", str(port)]
    emulator = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        await_answer(emulator, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        emulator.terminate()
        emulator.wait(timeout=10)
