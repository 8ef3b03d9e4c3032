"""The relay and its peers, each as a running program that takes events, with what a driver needs to know of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from tempfile import mkdtemp

from bench._processes import Running, free_port
from tests.postgres_fixture import Cluster, programs

SECRET = "a-secret-for-the-benchmark"
ROOT = Path(__file__).parent.parent
BUILD = ROOT / "build"
ALERTA = ("alerta-server==9.1.0", "psycopg2-binary", "gunicorn")

# Lua for wrk: ``name`` is new for every event.
RELAY_EVENT = '{"title":"disk full on \'..name..\'","key":"\'..name..\'","severity":"critical","target":"t1"}'
ALERT = '{"labels":{"alertname":"DiskFull","instance":"\'..name..\'"},"annotations":{"summary":"93 % used"}}'
ALERTA_ALERT = (
    '{"resource":"\'..name..\'","event":"DiskFull","environment":"Production","severity":"critical",'
    '"service":["shop"],"text":"93 % used"}'
)


@dataclass(frozen=True)
class Server:
    """A running program: where events are posted, what one looks like, and the processes that it costs."""

    name: str
    port: int
    path: str
    event: str
    pids: Callable[[], list[int]]
    in_list: bool = False
    folder: Path = field(default_factory=Path)


def relay_config(folder: Path, channels: Mapping[str, str], **more: object) -> Path:
    """Write a configuration with a route a channel, each for a target of its own; ``channels`` are names and addresses."""
    config = {
        "store": f"sqlite:///{folder / 'relay.db'}",
        "log": {"level": "warning"},
        "intakes": {"bench": {"format": "generic", "secrets": [SECRET]}},
        "channels": {name: {"kind": "slack", "webhook_url": url} for name, url in channels.items()},
        "routes": [
            {"name": name, "channels": [name], "where": {"target": f"t{number}"}}
            for number, name in enumerate(channels)
        ],
        **more,
    }
    path = folder / "config.yaml"
    path.write_text(json.dumps(config, indent=1))
    return path


@asynccontextmanager
async def relay(
    folder: Path,
    channels: Mapping[str, str] | None = None,
    *,
    name: str = "relay",
    launcher: tuple[str, ...] = ("-m", "relay"),
    environment: Mapping[str, str] | None = None,
    **more: object,
) -> AsyncIterator[Server]:
    """Run the relay on SQLite; ``launcher`` may start it in another way."""
    told = {"slack0": "http://127.0.0.1:9/services/T/B/x", "slack1": "http://127.0.0.1:9/services/T/B/y"}
    config = relay_config(folder, told if channels is None else channels, **more)
    port = free_port()
    arguments = [sys.executable, *launcher, "serve", "-c", str(config), "--port", str(port)]
    async with Running.started(
        arguments, f"http://127.0.0.1:{port}/readyz", folder / f"{name}.log", environment
    ) as running:
        yield Server(
            name, port, f"/webhooks/bench/{SECRET}", RELAY_EVENT, lambda: [running.pid], folder=folder
        )


@asynccontextmanager
async def alertmanager(folder: Path, webhook: str = "") -> AsyncIterator[Server | None]:
    """Run Alertmanager, or give None where it is not installed."""
    program = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
    if program is None:
        yield None
        return
    told = f", webhook_configs: [{{url: '{webhook}'}}]" if webhook else ""
    (folder / "am.yml").write_text(
        "route: {receiver: r, group_by: ['...'], group_wait: 0s, group_interval: 1m}\n"
        f"receivers: [{{name: r{told}}}]\n"
    )
    port = free_port()
    arguments = [program, f"--config.file={folder / 'am.yml'}", f"--storage.path={folder / 'am'}"]
    arguments += [f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=", "--log.level=error"]
    async with Running.started(arguments, f"http://127.0.0.1:{port}/-/ready", folder / "am.log") as running:
        yield Server("Alertmanager", port, "/api/v2/alerts", ALERT, lambda: [running.pid], in_list=True)


@asynccontextmanager
async def alerta(folder: Path) -> AsyncIterator[Server | None]:
    """Run Alerta with two workers on a PostgreSQL of its own, or give None where it can't be installed."""
    gunicorn, found = _alerta_program(), programs()
    if gunicorn is None or found is None:
        yield None
        return
    cluster = Cluster(found, Path(mkdtemp(prefix="pg-bench-")), token_hex(8))
    try:
        cluster.create()
        port = free_port()
        arguments = [str(gunicorn), "-w", "2", "-b", f"127.0.0.1:{port}", "--log-level", "error"]
        environment = {
            "DATABASE_URL": cluster.uri(cluster.new_database()),
            "AUTH_REQUIRED": "False",
            "SECRET_KEY": token_hex(16),
        }
        # Its workers race for the schema, and the one that loses ends the server: made before, nobody races.
        first = [str(gunicorn.with_name("python")), "-c", "from alerta import create_app; create_app()"]
        subprocess.run(first, check=True, env={**os.environ, **environment}, capture_output=True, timeout=60)
        async with Running.started(
            [*arguments, "alerta:create_app()"],
            f"http://127.0.0.1:{port}/_",
            folder / "alerta.log",
            environment,
        ) as running:
            # Its database works for it, but not in its processes: what it costs is understated.
            yield Server("Alerta", port, "/alert", ALERTA_ALERT, lambda: _family(running.pid))
    finally:
        if cluster.port:
            cluster.stop()
        shutil.rmtree(cluster.folder, ignore_errors=True)


def _alerta_program() -> Path | None:
    """Install Alerta in an environment of its own, once."""
    gunicorn = BUILD / "alerta" / "bin" / "gunicorn"
    if not gunicorn.exists():
        print("installing Alerta from PyPI into build/alerta …", flush=True)
        try:
            subprocess.run([sys.executable, "-m", "venv", str(BUILD / "alerta")], check=True)
            install = [str(gunicorn.with_name("python")), "-m", "pip", "install", "-q", *ALERTA]
            subprocess.run(install, check=True, timeout=300, stderr=subprocess.DEVNULL)
        except (subprocess.SubprocessError, OSError) as fault:
            print(f"Alerta: left out, as it can't be installed ({type(fault).__name__})")
            return None
    return gunicorn


def _family(pid: int) -> list[int]:
    """Return a process and its children."""
    found = [pid]
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(status.read_text().rsplit(")", 1)[1].split()[1]) == pid:
                found.append(int(status.parent.name))
    return found


def slow_disk() -> dict[str, str] | None:
    """Return an environment in which every sync takes 8 ms longer, or None without a C compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    BUILD.mkdir(exist_ok=True)
    library = BUILD / "slow_sync.so"
    source = Path(__file__).with_name("_slow_sync.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", str(library), str(source), "-ldl"], check=True)
    return {"LD_PRELOAD": str(library), "PATH": os.environ["PATH"]}
