"""A real Prometheus with its own alert rules sends to the relay, and amtool posts to it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.system.processes import Process, free_port, relay, until, viewer

SECRET = "a-secret-of-the-test"

needs_prometheus = pytest.mark.skipif(
    shutil.which("prometheus") is None, reason="prometheus is not installed"
)
needs_amtool = pytest.mark.skipif(shutil.which("amtool") is None, reason="amtool is not installed")


@pytest.fixture
def chat(tmp_path: Path) -> Iterator[Process]:
    with viewer(tmp_path / "viewer.log") as process:
        yield process


@pytest.fixture
def here(tmp_path: Path, chat: Process) -> Iterator[Process]:
    settings = {
        "store": f"sqlite:///{tmp_path / 'relay.db'}",
        "intakes": {"prometheus": {"format": "alertmanager", "secrets": [SECRET]}},
        "channels": {"slack": {"kind": "slack", "webhook_url": f"{chat.url}/services/T000/B000/{SECRET}"}},
    }
    (tmp_path / "config.yaml").write_text(json.dumps(settings))
    with relay(tmp_path / "config.yaml", tmp_path / "relay.log") as process:
        yield process


@contextmanager
def prometheus(folder: Path, target: str) -> Iterator[Path]:
    """Run Prometheus with a rule that fires while the file that it reads says so."""
    rules = folder / "rules.yml"
    configuration = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(rules)],
        "alerting": {
            "alertmanagers": [
                {
                    "static_configs": [{"targets": [target.removeprefix("http://")]}],
                    "basic_auth": {"username": "prometheus", "password": SECRET},
                }
            ]
        },
    }
    (folder / "prometheus.yml").write_text(json.dumps(configuration))
    _fire(rules, firing=True)
    port = free_port()
    arguments = [
        "prometheus",
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
    ]
    arguments += [
        f"--web.listen-address=127.0.0.1:{port}",
        "--rules.alert.resend-delay=1s",
        "--web.enable-lifecycle",
    ]
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(arguments, stdout=log, stderr=log)
    try:
        yield rules
    finally:
        process.terminate()
        process.wait(20)


def _fire(rules: Path, *, firing: bool) -> None:
    rule = {
        "alert": "DiskFull",
        "expr": "vector(1) > 0" if firing else "vector(0) > 0",
        "labels": {"severity": "critical", "instance": "db-1"},
        "annotations": {"summary": "The disk of db-1 is full"},
    }
    rules.write_text(json.dumps({"groups": [{"name": "test", "rules": [rule]}]}))


@needs_prometheus
def test_a_real_prometheus_opens_and_resolves_an_incident(
    tmp_path: Path, here: Process, chat: Process
) -> None:
    with prometheus(tmp_path, here.url) as rules:
        [opened] = until(lambda: _texts(chat), "Prometheus' alert did not arrive", 60)
        assert "DiskFull" in opened
        _fire(rules, firing=False)
        _reload(tmp_path)
        until(lambda: len(_texts(chat)) == 2, "its end did not arrive", 60)
    incidents = here.get("/api/v1/incidents").json()["incidents"]
    assert [(one["severity"], one["peak"]) for one in incidents] == [("ok", "critical")]
    # It was sent again every second; that is one receipt each for firing and over, not one a second.
    events = here.get("/metrics").text
    assert 'relay_events_total{outcome="opened",source="alertmanager"} 1.0' in events


def _reload(folder: Path) -> None:
    log = (folder / "prometheus.log").read_text()
    address = next(line for line in log.splitlines() if "127.0.0.1:" in line)
    port = address.split("127.0.0.1:")[1][:5].strip('" ')
    subprocess.run(["curl", "-sf", "-X", "POST", f"http://127.0.0.1:{port}/-/reload"], check=True)


@needs_amtool
def test_amtool_posts_an_alert(here: Process, chat: Process) -> None:
    address = here.url.replace("http://", f"http://amtool:{SECRET}@")
    command = [
        "amtool",
        "--alertmanager.url",
        address,
        "alert",
        "add",
        "alertname=DiskFull",
        "severity=warning",
    ]
    subprocess.run(command, check=True, capture_output=True)
    [text] = until(lambda: _texts(chat), "amtool's alert did not arrive")
    assert "DiskFull" in text


def _texts(chat: Process) -> list[str]:
    return [message["text"] for message in chat.get("/messages").json()["slack"]]
