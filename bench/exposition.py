"""Reading a metrics page: our line parser against prometheus_client's, as ratios of medians.

``python -m bench.exposition [rounds]``. Times drift with the machine; the ratios within one run hold.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from functools import partial
from statistics import median
from time import perf_counter

from prometheus_client.parser import text_string_to_metric_families

from relay.sources.exposition import parse

WANTED = frozenset(
    {
        "process_resident_memory_bytes",
        "process_cpu_seconds_total",
        "http_requests_total",
        "http_request_duration_seconds_sum",
        "http_request_duration_seconds_count",
    }
)
BOUNDS = (*(f"{0.005 * 2**power:g}" for power in range(11)), "+Inf")


def page(routes: int, fillers: int) -> bytes:
    """Return a page as an application serves it: a histogram and a counter per route, and families nobody asked for."""
    lines = ["# HELP process_resident_memory_bytes Memory.", "# TYPE process_resident_memory_bytes gauge"]
    lines += ["process_resident_memory_bytes 8.3558400e+07", "process_cpu_seconds_total 12.77"]
    for route in range(routes):
        labels = f'method="GET",route="/games/{{id}}/part-{route}",status="200"'
        lines.append(f"http_requests_total{{{labels}}} {route * 17}")
        lines += [
            f'http_request_duration_seconds_bucket{{{labels},le="{bound}"}} {route}' for bound in BOUNDS
        ]
        lines += [f"http_request_duration_seconds_sum{{{labels}}} {route / 3}"]
        lines += [f"http_request_duration_seconds_count{{{labels}}} {route}"]
    for filler in range(fillers):
        lines += [f"# HELP runtime_filler_{filler} A line of help.", f"# TYPE runtime_filler_{filler} gauge"]
        lines += [
            f'runtime_filler_{filler}{{pool="main",instance="app-{filler}",kind="k{kind}"}} {kind}.5'
            for kind in range(6)
        ]
    return ("\n".join(lines) + "\n").encode()


def theirs(body: bytes) -> int:
    """Read all of it with prometheus_client."""
    return sum(len(family.samples) for family in text_string_to_metric_families(body.decode()))


def measured(read: Callable[[], object], rounds: int) -> float:
    """Return the median in milliseconds."""
    times = []
    gc.disable()
    for _ in range(rounds):
        began = perf_counter()
        read()
        times.append(perf_counter() - began)
    gc.enable()
    return 1000 * median(times)


def main(rounds: int) -> None:
    """Print the table."""
    print(f"{'page':>8} {'series':>7} {'reader':<22} {'ms':>9} {'times faster':>13}")
    for body in (page(8, 15), page(560, 900)):
        readers: tuple[tuple[str, Callable[[], object]], ...] = (
            ("prometheus_client, all", partial(theirs, body)),
            ("ours, all", partial(parse, body, None)),
            ("ours, five families", partial(parse, body, WANTED)),
        )
        series = (theirs(body), len(parse(body, None)), len(parse(body, WANTED)))
        times = [measured(read, rounds) for _, read in readers]
        for (name, _), count, took in zip(readers, series, times, strict=True):
            print(f"{len(body) / 1000:>5.0f} KB {count:>7} {name:<22} {took:>9.3f} {times[0] / took:>13.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
