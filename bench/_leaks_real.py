"""Real processes of the GameShelf API under bursty load: nine that leak, fifteen that don't, and what each detector says.

Time is scaled: resident memory is read each tenth of a second and told as if a quarter of a minute had passed.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection
from math import inf
from pathlib import Path
from random import Random
from threading import Event, Thread

from bench._leaks_scoring import Watcher
from bench._leaks_watchers import WATCHERS

READ_EVERY = 0.1
READ_AS = 15.0
HEADROOM_MB = 60.0
TOGETHER = 4


@dataclass(frozen=True)
class Kind:
    """A process and its traffic: requests a second of each path; a burst brings five times as many, but no more reports."""

    cache: str
    rates: dict[str, float]
    leaks: bool
    runs: int
    bursts: bool = True


# Leaky: about two thirds of the headroom in a run of 100 s; slow: less than a fifth.
KINDS = {
    "leaky": Kind("leaky", {"/popular": 6, "/games": 3, "/games/1": 2}, True, 3, bursts=False),
    "leaky, bursty": Kind("leaky", {"/popular": 4, "/games": 3, "/games/1": 2}, True, 3),
    "slow leaky": Kind("leaky", {"/popular": 1.1, "/games": 3, "/games/1": 2}, True, 3),
    "bounded": Kind("bounded", {"/popular": 4, "/games": 4, "/games/1": 3}, False, 4),
    "off": Kind("off", {"/popular": 3, "/games": 4, "/rentals": 3}, False, 3),
    "batch": Kind("bounded", {"/popular": 3, "/games": 3, "/report": 0.06}, False, 4),
    "session": Kind("bounded", {"/games": 3, "/session": 8}, False, 4),
}
Sample = tuple[float, float, float]


def record(kind: Kind, seed: int, seconds: float) -> tuple[float, list[Sample]]:
    """Run one process under its traffic; return its limit and its samples: scaled seconds, MB, requests."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GAMESHELF_")}
    with tempfile.TemporaryDirectory(prefix="leaks-real-") as folder:
        process = subprocess.Popen(
            [sys.executable, "-m", "bench._leaks_shop", folder],
            env={**environ, "GAMESHELF_CACHE": kind.cache},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            return _recorded(kind, seed, seconds, port, process.pid)
        finally:
            process.kill()
            process.wait()


def _recorded(kind: Kind, seed: int, seconds: float, port: int, pid: int) -> tuple[float, list[Sample]]:
    counts, over = dict.fromkeys(kind.rates, 0), Event()
    drivers = [
        Thread(target=_drive, args=(kind, path, Random(f"{path}/{seed}"), port, counts, over))
        for path in kind.rates
    ]
    samples, limit = [], resident_mb(pid) + HEADROOM_MB
    for driver in drivers:
        driver.start()
    began = time.monotonic()
    for step in range(int(seconds / READ_EVERY)):
        time.sleep(max(0.0, began + step * READ_EVERY - time.monotonic()))
        samples.append((step * READ_AS, resident_mb(pid), float(sum(counts.values()))))
    over.set()
    for driver in drivers:
        driver.join()
    return limit, samples


def _drive(kind: Kind, path: str, dice: Random, port: int, counts: dict[str, int], over: Event) -> None:
    """Ask for one path at random moments around its rate until it is over."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    burst_ends, bursty = 0.0, kind.bursts and path != "/report"
    while True:
        now = time.monotonic()
        if bursty and now > burst_ends + 8:
            burst_ends = now + dice.uniform(-6, 3)
        rate = kind.rates[path] * (5 if bursty and now < burst_ends else 1)
        if over.wait(dice.expovariate(rate)):
            return
        connection.request("GET", path)
        connection.getresponse().read()
        # The server hangs up on who is silent for half a minute.
        connection.close()
        counts[path] += 1


def resident_mb(pid: int) -> float:
    """Return what a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024


def recorded(folder: Path, seconds: float) -> None:
    """Record every run that the folder does not have yet."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [
        (folder / f"{name}-{seed}.csv", kind, seed)
        for name, kind in KINDS.items()
        for seed in range(kind.runs)
    ]
    missing = [each for each in wanted if not each[0].exists()]

    def one(each: tuple[Path, Kind, int]) -> None:
        path, kind, seed = each
        limit, samples = record(kind, seed, seconds)
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([("seconds", "memory_mb", f"requests, limit {limit:.3f}"), *samples])

    with ThreadPoolExecutor(TOGETHER) as pool:
        for done, _ in enumerate(pool.map(one, missing), 1):
            print(f"\rrecorded {done} of {len(missing)}", end="", file=sys.stderr, flush=True)


def read(path: Path) -> tuple[float, list[Sample]]:
    """Return the limit and the samples of a recorded run."""
    with path.open(newline="") as file:
        head, *rows = csv.reader(file)
    return float(head[2].split()[-1]), [(float(at), float(mb), float(count)) for at, mb, count in rows]


def told_at(path: Path, build: Callable[[float], Watcher]) -> float:
    """Return the scaled seconds at which a detector first alarms, inf for never."""
    limit, samples = read(path)
    watcher = build(limit)
    return next((at for at, mb, count in samples if watcher.see(at, mb, count).alarms), inf)


def table(folder: Path, seconds: float) -> None:
    """Record what is missing, and print what each detector makes of it."""
    recorded(folder, seconds)
    print(f"\nreal processes, {seconds:.0f} s read as {seconds / READ_EVERY * READ_AS / 3600:.1f} h")
    print(f"{'detector':<33}" + "".join(f"{name:>15}" for name in KINDS))
    for detector, build in WATCHERS.items():
        cells = []
        for name, kind in KINDS.items():
            times = [told_at(folder / f"{name}-{seed}.csv", build) for seed in range(kind.runs)]
            alarms = sum(at < inf for at in times)
            cells.append(f"{alarms}/{kind.runs} {'found' if kind.leaks else 'false'}")
        print(f"{detector:<33}" + "".join(f"{cell:>15}" for cell in cells))
