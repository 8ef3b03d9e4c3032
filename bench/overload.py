"""Four times what the relay can take, in an open loop: how much is accepted, how soon, and what the rest is told.

``python -m bench.overload [rounds] [seconds]``. The peak is found first, as the highest offered rate of which 98 % were
taken; peak and overload take turns within a round. The load's driver runs on the same cores as the relay.
"""

from __future__ import annotations

import json
import sys
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import uvloop

from bench._open_loop import Answers, drive, request
from bench._servers import Server, relay

TIMES = 4
CONNECTIONS = 300
SEARCH = (500, 700, 1000, 1400, 2000, 2800, 4000, 5600, 8000)
_RUNS = count()


async def offered(server: Server, rate: float, seconds: float) -> Answers:
    """Offer events at a rate."""
    name = f"run-{next(_RUNS)}"

    def wire(number: int) -> bytes:
        body = {
            "title": f"disk {name} {number}",
            "key": f"{name}-{number}",
            "severity": "critical",
            "target": "t1",
        }
        return request(server.path, json.dumps(body).encode())

    return await drive(server.port, rate, seconds, wire, CONNECTIONS)


async def peak(server: Server, seconds: float) -> float:
    """Return the highest rate that is taken. Once is none: a machine that stands still for a moment is no peak."""
    best = 0.0
    for rate in SEARCH:
        tries = [(await offered(server, rate, seconds)).accepted / seconds]
        if tries[0] < 0.98 * rate:
            tries.append((await offered(server, rate, seconds)).accepted / seconds)
        best = max(best, *tries)
        if max(tries) < 0.98 * rate:
            break
    return best


def line(name: str, rate: float, runs: list[Answers], seconds: float) -> str:
    """Return a line of the table."""
    taken = median(one.accepted / seconds for one in runs)
    p50, p99 = (median(one.centile(which) for one in runs) for which in (50, 99))
    refused = sum(number for one in runs for status, number in one.statuses.items() if status in (429, 503))
    silent = sum(one.without_retry_after for one in runs)
    lost = sum(one.broken + one.unanswered for one in runs)
    return f"{name:10} {rate:9.0f} {taken:11.0f} {p50:8.1f} {p99:8.1f} {refused:8} {silent:15} {lost:11}"


async def main(rounds: int, seconds: float) -> None:
    """Print the table."""
    with TemporaryDirectory() as folder:
        async with relay(Path(folder)) as server:
            best = await peak(server, seconds)
            runs: dict[str, list[Answers]] = {"peak": [], "overload": [], "after": []}
            for _ in range(rounds):
                runs["peak"].append(await offered(server, best, seconds))
                runs["overload"].append(await offered(server, TIMES * best, seconds))
                runs["after"].append(await offered(server, best / 2, seconds))
    print(f"open loop over {CONNECTIONS} connections, medians of {rounds} rounds of {seconds:g} s")
    print(f"{'':10} {'offered/s':>9} {'accepted/s':>11} {'p50 ms':>8} {'p99 ms':>8} {'refused':>8}", end="")
    print(f" {'no Retry-After':>15} {'unanswered':>11}")
    for name, times in (("peak", 1.0), ("overload", TIMES), ("after", 0.5)):
        print(line(name, times * best, runs[name], seconds))
    share = median(one.accepted for one in runs["overload"]) / median(one.accepted for one in runs["peak"])
    print(f"of the peak, under {TIMES} times of it, {100 * share:.0f} % were accepted")


if __name__ == "__main__":
    words = [float(word) for word in sys.argv[1:]]
    uvloop.run(main(int(words[0]) if words else 3, words[1] if len(words) > 1 else 3))
