"""The document's table: what the cache says and what the process really holds, after each stretch."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from gameshelf_api.lab import plot, readings, shapes, traffic
from gameshelf_api.lab.client import Client
from gameshelf_api.lab.plot import Curve, Picture
from gameshelf_api.lab.readings import MemorySource, ReadingError
from gameshelf_api.lab.shapes import Step
from gameshelf_api.lab.texts import Texts
from gameshelf_api.lab.traffic import Limits, Progress

MB = 1024 * 1024
WARM_UP = 20
STRETCHES = shapes.HEAVY_REQUESTS // shapes.HEAVY_CHECK_EVERY


@dataclass(frozen=True, slots=True)
class Row:
    """The state after so many requests of /popular."""

    requests: int
    cache_entries: int
    estimated_kb: int | None
    real_bytes: float
    is_leaky: bool


@dataclass(frozen=True, slots=True)
class Growth:
    """What a table shows: bytes a request, and how many times as much the cache estimates."""

    bytes_per_request: float
    estimate_ratio: float | None


def measure(
    client: Client, memory: MemorySource, scale: int, told: Callable[[Progress], None] = lambda _: None
) -> Sequence[Row]:
    """Run the heavy traffic and return a row at 0, 20 … 100 times ``scale`` requests.

    Raises ReadingError where the API does not answer.
    """
    # What a process takes once, for its first requests, is no growth: it is taken before the first row.
    traffic.run(client, [Step("/customers", 0.0)] * WARM_UP)
    rows = [_row(0, client, memory)]
    stretch = shapes.HEAVY_CHECK_EVERY * scale
    for number in range(STRETCHES):
        before = number * stretch

        def shifted(progress: Progress, before: int = before) -> None:
            told(replace(progress, done=before + progress.done, total=STRETCHES * stretch))

        summary = traffic.run(client, [Step("/popular", 0.0)] * stretch, Limits(), shifted)
        if summary.stopped or summary.errors:
            raise ReadingError(f"/popular: {summary.errors} errors {summary.stopped}".strip())
        rows.append(_row(before + stretch, client, memory))
    return rows


def growth(rows: Sequence[Row]) -> Growth:
    """Return what the rows show, from the first to the last."""
    first, last = rows[0], rows[-1]
    real = last.real_bytes - first.real_bytes
    if first.estimated_kb is None or last.estimated_kb is None or real <= 0:
        return Growth(real / (last.requests - first.requests), None)
    estimated = (last.estimated_kb - first.estimated_kb) * 1024
    return Growth(real / (last.requests - first.requests), estimated / real)


def lines(rows: Sequence[Row], texts: Texts) -> list[str]:
    """Return the table and what it shows, as text."""
    head = texts.say("table_head")
    widths = [len(cell) - 2 for cell in head.strip("|").split("|")]
    rule = "|".join(["", *("-" * (width + 1) + ":" for width in widths), ""])
    body = []
    for row in rows:
        estimate = "–" if row.estimated_kb is None else texts.say("kb", kb=row.estimated_kb)
        cells = (str(row.requests), str(row.cache_entries), estimate, texts.say("mb", mb=row.real_bytes / MB))
        line = " | ".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
        body.append(f"| {line} |")
    return [head, rule, *body, "", _growth_line(rows, texts)]


def _growth_line(rows: Sequence[Row], texts: Texts) -> str:
    shown = growth(rows)
    kb = shown.bytes_per_request / 1024
    if shown.estimate_ratio is None:
        return texts.say("growth_unestimated", kb=kb)
    return texts.say("growth", kb=kb, ratio=shown.estimate_ratio)


def as_csv(rows: Sequence[Row]) -> str:
    """Return the table for a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["requests", "cache_entries", "estimated_memory_kb", "real_memory_bytes"])
    for row in rows:
        estimate = "" if row.estimated_kb is None else row.estimated_kb
        writer.writerow([row.requests, row.cache_entries, estimate, round(row.real_bytes)])
    return out.getvalue()


def curve(rows: Sequence[Row]) -> Sequence[tuple[float, float]]:
    """Return the real memory in MB over the requests."""
    return [(row.requests, row.real_bytes / MB) for row in rows]


def top(*tables: Sequence[Row]) -> float:
    """Return the highest real memory of all in MB."""
    return max(row.real_bytes for rows in tables for row in rows) / MB


def bars(rows: Sequence[Row], most: float, texts: Texts) -> list[str]:
    """Return the real memory as bars for a terminal, ``most`` MB being a whole one."""
    return plot.bars(curve(rows), most, lambda mb: texts.say("mb", mb=mb))


def picture(rows: Sequence[Row], texts: Texts) -> Picture:
    """Return the real memory, and beside it what the cache's estimate makes of the start."""
    curves = [Curve(texts.say("curve_real"), curve(rows))]
    start = rows[0]
    if start.estimated_kb is not None:
        estimated = [
            (row.requests, (start.real_bytes / 1024 + (row.estimated_kb or 0) - start.estimated_kb) / 1024)
            for row in rows
        ]
        curves.append(Curve(texts.say("curve_estimated"), estimated))
    return Picture(texts.say("plot_title"), texts.say("axis_requests"), texts.say("axis_memory"), curves)


def _row(requests: int, client: Client, memory: MemorySource) -> Row:
    cache = readings.cache(client)
    return Row(requests, cache.entries, cache.estimated_kb, memory.memory_bytes(), cache.is_leaky)
