"""What the relay costs: time from start to the first 2xx, and resident memory, idle and after 1,000 events.

It runs in an environment of its own with production packages only, as development tools that are merely installed cost
memory too. Beside it stands Alertmanager, where it is installed.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import monotonic

import httpx

from bench._processes import Running, free_port, resident_mb

STARTS = 5
EVENTS = 1_000
SECRET = "a-secret-for-the-benchmark"
ROOT = Path(__file__).parent.parent
PRODUCTION = ROOT / "build" / "production"


@dataclass(frozen=True)
class Figures:
    """Seconds to the first 2xx, and resident memory in MB."""

    first: float
    idle: float
    after: float


def production_python() -> str:
    """Return an interpreter with the production lock alone."""
    python = PRODUCTION / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(PRODUCTION)], check=True)
        install = [
            str(python),
            "-m",
            "pip",
            "install",
            "-q",
            "--disable-pip-version-check",
            "--require-hashes",
        ]
        subprocess.run([*install, "-r", str(ROOT / "requirements.txt")], check=True)
    return str(python)


async def measured(
    arguments: list[str], port: int, post: str, body: Callable[[int], object], log: Path
) -> Figures:
    """Start a program, post to it, and look at it."""
    began = monotonic()
    url = f"http://127.0.0.1:{port}"
    async with Running.started(
        arguments, f"{url}/-/ready" if "am.yml" in str(arguments) else f"{url}/healthz", log
    ) as process:
        async with httpx.AsyncClient(trust_env=False) as client:
            (await client.post(f"{url}{post}", json=body(-1))).raise_for_status()
            first = monotonic() - began
            await asyncio.sleep(3)
            idle = resident_mb(process.pid)
            for number in range(EVENTS):
                (await client.post(f"{url}{post}", json=body(number))).raise_for_status()
            await asyncio.sleep(3)
        return Figures(first, idle, resident_mb(process.pid))


async def relay(folder: Path) -> Figures:
    """Measure the relay on SQLite, with the pages used once."""
    config = {
        "store": f"sqlite:///{folder / 'relay.db'}",
        "log": {"level": "warning"},
        "intakes": {"bench": {"format": "generic", "secrets": [SECRET]}},
        "channels": {"slack": {"kind": "slack", "webhook_url": "http://127.0.0.1:9/services/T/B/x"}},
    }
    (folder / "config.yaml").write_text(json.dumps(config))
    port = free_port()
    arguments = [
        production_python(),
        "-m",
        "relay",
        "serve",
        "-c",
        str(folder / "config.yaml"),
        "--port",
        str(port),
    ]
    return await measured(arguments, port, f"/webhooks/bench/{SECRET}", _event, folder / "relay.log")


async def alertmanager(folder: Path) -> Figures | None:
    """Measure Alertmanager, or None where it is not installed."""
    program = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
    if program is None:
        return None
    (folder / "am.yml").write_text("route: {receiver: r, group_by: ['...']}\nreceivers: [{name: r}]\n")
    port = free_port()
    arguments = [program, f"--config.file={folder / 'am.yml'}", f"--storage.path={folder / 'am'}"]
    arguments += [f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="]
    return await measured(arguments, port, "/api/v2/alerts", _alert, folder / "am.log")


def _event(number: int) -> object:
    return {"title": f"event {number}", "key": f"event-{number}", "severity": "critical", "target": "t"}


def _alert(number: int) -> object:
    return [{"labels": {"alertname": f"event-{number}"}}]


def row(name: str, figures: list[Figures]) -> str:
    """Return a line of the table."""
    columns = (
        median(f.first for f in figures),
        median(f.idle for f in figures),
        median(f.after for f in figures),
    )
    return f"{name:14} {columns[0]:12.2f} {columns[1]:9.1f} {columns[2]:18.1f}"


async def main() -> None:
    """Print the table."""
    ours: list[Figures] = []
    theirs: list[Figures] = []
    for _ in range(STARTS):
        with TemporaryDirectory() as folder:
            ours.append(await relay(Path(folder)))
            peer = await alertmanager(Path(folder))
            theirs += [] if peer is None else [peer]
    print(f"medians of {STARTS} starts, production packages only")
    print(f"{'':14} {'first 2xx s':>12} {'idle MB':>9} {f'after {EVENTS} MB':>18}")
    print(row("relay", ours))
    print(row("Alertmanager", theirs) if theirs else "Alertmanager   not installed")


if __name__ == "__main__":
    asyncio.run(main())
