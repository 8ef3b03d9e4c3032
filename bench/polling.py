"""Polling: CPU for each scrape with its parsing, and memory, of the relay's own reading beside Prometheus.

``python -m bench.polling [targets] [seconds]`` (5,000 and 30). Every target is an address of its own on one stand-in that
answers with a page of about 18 KB; each is read every 15 s. "reading" is the relay's source over its connections and its
parser in a process that holds nothing else; "relay" is the whole program, which also keeps samples, rates and verdicts on disk (200
targets are taken a tick). Prometheus stores every sample of the page.
"""

from __future__ import annotations

import asyncio
import json
import resource
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop

from bench._processes import Running, free_port, resident_mb
from bench._servers import relay
from bench.exposition import WANTED, page

EVERY = 15
PAGE = page(8, 15)
WHOLE = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/plain; version=0.0.4\r\ncontent-length: %d\r\n\r\n" % len(PAGE)
    + PAGE
)
# The whole program keeps what it reads: fewer targets, so that its disk is not what is measured.
KEPT = 500


class Pages(asyncio.Protocol):
    """The stand-in: every request gets the page."""

    answered = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:  # noqa: ARG002
        Pages.answered += 1
        self._transport.write(WHOLE)  # type: ignore[attr-defined]


@asynccontextmanager
async def pages() -> AsyncIterator[int]:
    """Serve the page, on every address of the loopback network."""
    server = await asyncio.get_running_loop().create_server(Pages, "0.0.0.0", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def address(number: int) -> str:
    """Return a host of its own for every target: connections are not shared."""
    return f"127.{1 + number // 62_500}.{number // 250 % 250}.{1 + number % 250}"


def cpu_s(pid: int) -> float:
    """Return the CPU time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


async def observed(name: str, pid: int, seconds: float) -> str:
    """Watch a program poll, once it is warm, and return a line of the table."""
    await asyncio.sleep(2 * EVERY + 3)
    scrapes, cpu = Pages.answered, cpu_s(pid)
    await asyncio.sleep(seconds)
    done = Pages.answered - scrapes
    each = 1000 * (cpu_s(pid) - cpu) / max(1, done)
    return f"{name:12} {done / seconds:10.0f} {each:16.3f} {resident_mb(pid):9.1f}"


async def reading(port: int, targets: int, seconds: float) -> str:
    """Run the reader."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench._reading", str(EVERY), *sorted(WANTED), stdin=asyncio.subprocess.PIPE
    )
    addresses = "\n".join(f"http://{address(number)}:{port}/metrics" for number in range(targets))
    assert process.stdin is not None
    process.stdin.write(addresses.encode())
    process.stdin.close()
    try:
        return await observed("reading", process.pid, seconds)
    finally:
        process.terminate()
        await process.wait()


async def whole(port: int, folder: Path, seconds: float) -> str:
    """Run the whole relay with targets of its own."""
    metrics = {
        "memory": {"gauge": "process_resident_memory_bytes"},
    }
    targets = {
        f"target-{number}": {
            "source": "prometheus",
            "url": f"http://{address(number)}:{port}/metrics",
            "every": f"{EVERY}s",
            "deadline": "5s",
            "metrics": metrics,
        }
        for number in range(KEPT)
    }
    async with relay(folder, targets=targets) as server:
        return await observed("relay", server.pids()[0], seconds)


async def prometheus(port: int, targets: int, folder: Path, seconds: float) -> str | None:
    """Run Prometheus, or give None where it is not installed."""
    program = shutil.which("prometheus")
    if program is None:
        return None
    found = [f"{address(number)}:{port}" for number in range(targets)]
    config = {
        "global": {"scrape_interval": f"{EVERY}s"},
        "scrape_configs": [{"job_name": "bench", "static_configs": [{"targets": found}]}],
    }
    (folder / "prometheus.yml").write_text(json.dumps(config))
    listen = free_port()
    arguments = [program, f"--config.file={folder / 'prometheus.yml'}", "--log.level=error"]
    arguments += [f"--storage.tsdb.path={folder / 'tsdb'}", f"--web.listen-address=127.0.0.1:{listen}"]
    async with Running.started(
        arguments, f"http://127.0.0.1:{listen}/-/ready", folder / "prometheus.log"
    ) as running:
        return await observed("Prometheus", running.pid, seconds)


async def main(targets: int, seconds: float) -> None:
    """Print the table."""
    async with pages() as port:
        with TemporaryDirectory() as folder:
            print(
                f"{targets} targets ({KEPT} for the whole relay) every {EVERY} s, a page of {len(PAGE) / 1000:.0f} KB"
            )
            print(f"{'':12} {'scrapes/s':>10} {'CPU ms a scrape':>16} {'RSS MB':>9}")
            print(await reading(port, targets, seconds))
            print(await whole(port, Path(folder), seconds))
            print(await prometheus(port, targets, Path(folder), seconds) or "Prometheus   not installed")


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    words = [int(word) for word in sys.argv[1:]]
    uvloop.run(main(words[0] if words else 5_000, words[1] if len(words) > 1 else 30))
