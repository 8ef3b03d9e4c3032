"""Programs that a benchmark runs beside itself."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import httpx


@dataclass(frozen=True)
class Running:
    """A program that answers, and how long it took to."""

    pid: int
    started_in: float

    @staticmethod
    @asynccontextmanager
    async def started(
        arguments: Sequence[str], url: str, log: Path, environment: Mapping[str, str] | None = None
    ) -> AsyncIterator[Running]:
        """Start a program, wait until ``url`` answers 200, and end it afterwards."""
        began = monotonic()
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *arguments, stdout=output, stderr=output, env={**os.environ, **(environment or {})}
            )
        try:
            await _answers(url, process, log)
            yield Running(process.pid, monotonic() - began)
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


async def _answers(url: str, process: asyncio.subprocess.Process, log: Path) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        for _ in range(3_000):
            try:
                if (await client.get(url)).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            if process.returncode is not None:
                break
            await asyncio.sleep(0.01)
    raise SystemExit(f"a program did not start:\n{log.read_text(errors='replace')}")


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def resident_mb(pid: int) -> float:
    """Return a process's resident memory in MB (10^6 bytes)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0
