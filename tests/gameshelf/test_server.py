"""The process: it serves, it stops cleanly, it finishes what it began, and strangers cannot hold it."""

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.gameshelf.conftest import Running, eventually, running


def address(api: Running) -> tuple[str, int]:
    """Return where ``api`` listens."""
    parts = urlsplit(api.url)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    """Exit code 0, at once when idle, the port refused, nothing odd in the log."""
    with running(tmp_path) as api:
        with httpx.Client() as client:
            assert client.get(f"{api.url}/livez").json() == {"status": "alive"}
            started = time.monotonic()
            api.process.send_signal(number)
            assert api.process.wait(timeout=10) == 0
        assert time.monotonic() - started < 3
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address(api))
        assert "Traceback" not in api.log.read_text()


def test_a_request_in_hand_is_finished(leaky_api: Running) -> None:
    """A half-sent request when SIGTERM comes: the rest may follow and is answered, a new one is refused."""
    with socket.create_connection(address(leaky_api)) as begun:
        begun.sendall(b"GET /games HTTP/1.1\r\nHost: x\r\n")
        httpx.get(f"{leaky_api.url}/livez").raise_for_status()
        leaky_api.process.send_signal(signal.SIGTERM)
        assert eventually(lambda: "stopping" in leaky_api.log.read_text())
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address(leaky_api))
        begun.sendall(b"Connection: close\r\n\r\n")
        begun.settimeout(5)
        answer = b"".join(iter(lambda: begun.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"}\n")
    assert leaky_api.process.wait(timeout=10) == 0


def test_a_client_that_never_ends_its_request_cannot_hold_the_stop(leaky_api: Running) -> None:
    """The drain has a deadline."""
    with socket.create_connection(address(leaky_api)) as begun:
        begun.sendall(b"GET /games HTTP/1.1\r\n")
        time.sleep(0.1)
        started = time.monotonic()
        leaky_api.process.send_signal(signal.SIGTERM)
        assert leaky_api.process.wait(timeout=10) == 0
    assert 1.5 < time.monotonic() - started < 5


def test_slow_strangers_hold_no_thread(leaky_api: Running) -> None:
    """Twenty half-sent requests, headers and bodies: others are answered at once."""
    stuck = [socket.create_connection(address(leaky_api)) for _ in range(20)]
    for number, client in enumerate(stuck):
        half = b"POST /games HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf"
        client.sendall(half if number % 2 else half[:25])
    answer = httpx.get(f"{leaky_api.url}/games", timeout=5)
    assert answer.status_code == 200
    for client in stuck:
        client.close()


@pytest.mark.parametrize(
    "sent",
    [
        b"\x00\xff\xfe garbage\r\n\r\n",
        b"GET /games HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 40_000 + b"\r\n\r\n",
        b"POST /games HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n",
        b"GET " + b"/" * 70_000 + b" HTTP/1.1\r\n\r\n",
    ],
)
def test_hostile_requests_are_refused_and_the_next_is_served(leaky_api: Running, sent: bytes) -> None:
    """Garbage, huge headers, huge bodies: a 4xx or a closed door, and life goes on."""
    with socket.create_connection(address(leaky_api)) as stranger:
        stranger.settimeout(5)
        try:
            stranger.sendall(sent)
            answer = stranger.recv(4096)
        except (ConnectionResetError, BrokenPipeError):
            answer = b""
    assert answer == b"" or answer.split()[1].startswith(b"4")
    assert httpx.get(f"{leaky_api.url}/livez").status_code == 200


def test_threads_show_in_the_metrics(leaky_api: Running) -> None:
    """The scrape itself keeps one busy."""
    told = httpx.get(f"{leaky_api.url}/metrics").text
    assert 'gameshelf_http_threads{state="busy"} 1.0' in told
    assert 'gameshelf_http_threads{state="idle"} 7.0' in told
    assert "gameshelf_http_requests_waiting 0.0" in told


@pytest.mark.parametrize(
    ("environ", "options", "complaint"),
    [
        ({"GAMESHELF_CACHE": "huge"}, [], "GAMESHELF_CACHE must be"),
        ({"PORT": "99999"}, [], "99999"),
        ({}, ["--host", "203.0.113.7", "--port", "0"], "cannot listen on 203.0.113.7"),
    ],
)
def test_a_start_that_cannot_be_is_told_in_a_line(
    tmp_path: Path, environ: dict[str, str], options: list[str], complaint: str
) -> None:
    """A wrong setting, a port out of range, an address that is not ours: no traceback."""
    command = [sys.executable, "-m", "gameshelf_api", "serve", "--data-dir", str(tmp_path), *options]
    run = subprocess.run(command, capture_output=True, text=True, timeout=30, env=environ)
    assert run.returncode in {1, 2}
    assert complaint in run.stderr
    assert "Traceback" not in run.stderr
