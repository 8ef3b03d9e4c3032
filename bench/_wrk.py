"""``wrk`` as a driver: a closed loop of keep-alive connections, each request with events that were never seen."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import NamedTemporaryFile

from bench._servers import Server

# A server rests when it worked for less than this share of some seconds; a tick of the relay is two.
LOOK = 2.5
RESTING = 0.05
LOOKS = 12
_RUNS = count()
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}
_SCRIPT = """
local number = 0
function event()
  number = number + 1
  local name = 'RUN-' .. number
  return 'EVENT'
end
function request()
  local parts = {}
  for place = 1, SIZE do parts[place] = event() end
  local body = table.concat(parts, ',')
  if LIST then body = '[' .. body .. ']' end
  return wrk.format('POST', nil, {['content-type'] = 'application/json'}, body)
end
"""


@dataclass(frozen=True)
class Figures:
    """What one run showed. ``cpu_us`` and ``written`` (bytes to disk) are of the server, for each event."""

    events_per_s: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    written: float
    refused: int


async def posted(server: Server, connections: int, seconds: float, size: int = 1) -> Figures:
    """Post for some seconds, ``size`` events a request, and return what came of it.

    What the server puts off until afterwards is part of ``cpu_us`` and ``written``.
    """
    script = _SCRIPT.replace("RUN", f"r{next(_RUNS)}").replace("EVENT", server.event)
    script = script.replace("SIZE", str(size)).replace(
        "LIST", "true" if size > 1 or server.in_list else "false"
    )
    cpu, written = _cpu_s(server), _written(server)
    with NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        process = await asyncio.create_subprocess_exec(
            *[
                "wrk",
                "-t1",
                f"-c{connections}",
                f"-d{max(1, round(seconds))}s",
                "--latency",
                "--timeout",
                "20s",
            ],
            *["-s", file.name, f"http://127.0.0.1:{server.port}{server.path}"],
            stdout=asyncio.subprocess.PIPE,
        )
        said = (await process.communicate())[0].decode()
    await _settled(server)
    requests = int(_found(r"(\d+) requests in", said) or 0)
    refused = int(_found(r"Non-2xx or 3xx responses: (\d+)", said) or 0)
    rate = float(_found(r"Requests/sec:\s+([\d.]+)", said) or 0)
    good = max(1, (requests - refused) * size)
    return Figures(
        rate * size * (requests - refused) / max(1, requests),
        _ms(r"50%\s+([\d.]+)(\w+)", said),
        _ms(r"99%\s+([\d.]+)(\w+)", said),
        1e6 * (_cpu_s(server) - cpu) / good,
        (_written(server) - written) / good,
        refused,
    )


async def _settled(server: Server) -> None:
    """Wait until a server has done what it put off: that is its cost too, and must not burden the next one."""
    for _ in range(LOOKS):
        before = _cpu_s(server)
        await asyncio.sleep(LOOK)
        if _cpu_s(server) - before < LOOK * RESTING:
            return


def _found(pattern: str, text: str) -> str | None:
    match = re.search(pattern, text)
    return match[1] if match else None


def _ms(pattern: str, text: str) -> float:
    match = re.search(pattern, text)
    return float(match[1]) * _UNITS[match[2]] if match else float("nan")


def _cpu_s(server: Server) -> float:
    ticks = 0
    for pid in server.pids():
        # A worker may have ended meanwhile.
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / 100


def _written(server: Server) -> int:
    total = 0
    for pid in server.pids():
        with suppress(OSError):
            lines = Path(f"/proc/{pid}/io").read_text().splitlines()
            total += sum(int(line.split()[1]) for line in lines if line.startswith("write_bytes"))
    return total
