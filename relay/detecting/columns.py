"""Which column of a table is what: told by its header where there is one, else by its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from relay.detecting.cells import MB, has_unit, moment, number

_TIME = re.compile(r"^(seconds?|time|timestamp|ts|at|date|datetime|t|_time)\b", re.IGNORECASE)
_REQUESTS = re.compile(r"request|\breqs?\b|_count|hits|calls", re.IGNORECASE)
_MEMORY = re.compile(r"mem|rss|resident|heap|working_?set|\bmb\b|bytes", re.IGNORECASE)
_SERIES = re.compile(r"^(series|metric|__name__|name|labels)$", re.IGNORECASE)
_VALUE = re.compile(r"^_?value\b", re.IGNORECASE)

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Columns:
    """Places of the columns; ``scale`` turns the memory's cells into MB (2^20 bytes).

    ``series`` is the place of a series' name where rows of several are mixed.
    """

    at: int
    memory: int
    requests: int | None
    scale: float
    has_header: bool
    series: int | None = None

    def counts(self, row: Sequence[str]) -> bool:
        """Whether the row is one of a request counter among rows of memory."""
        return self.series is not None and len(row) > self.series and bool(_REQUESTS.search(row[self.series]))


def told(rows: Rows, limit_mb: float) -> Columns | None:
    """Return the columns of a table by its first rows, None when no two of them can be a time and a memory."""
    # Of a series' name only the metric says what it is: a label may hold any word.
    head = [cell.strip().partition("{")[0] or cell.strip() for cell in rows[0]]
    if moment(head[0]) == moment(head[0]):
        return _placed(rows, limit_mb) if len(head) >= 2 else None
    at = _first(_TIME, head)
    if at is None:
        return _headed(head, rows, limit_mb)
    series = next((i for i, name in enumerate(head) if _SERIES.match(name) and i != at), None)
    requests = next(
        (i for i, name in enumerate(head) if _REQUESTS.search(name) and i not in (at, series)), None
    )
    others = [i for i in range(len(head)) if i not in (at, series, requests)]
    memory = next((i for i in others if _MEMORY.search(head[i])), None)
    if memory is None:
        memory = next((i for i in others if _VALUE.match(head[i])), others[0] if others else None)
    if memory is None:
        return None
    scale = _scale(head[memory], [row[memory] for row in rows[1:] if len(row) > memory], limit_mb)
    return Columns(at, memory, requests, scale, True, series)


def _headed(head: Sequence[str], rows: Rows, limit_mb: float) -> Columns | None:
    """Return the columns by their place under a header of words that are not known, None where the first is no time."""
    below = rows[1:]
    if len(head) < 2 or not below or moment(below[0][0]) != moment(below[0][0]):
        return None
    scale = _scale(head[1], [row[1] for row in below if len(row) > 1], limit_mb)
    return Columns(0, 1, 2 if len(head) > 2 else None, scale, has_header=True)


def _placed(rows: Rows, limit_mb: float) -> Columns:
    scale = _scale("", [row[1] for row in rows if len(row) > 1], limit_mb)
    return Columns(0, 1, 2 if len(rows[0]) > 2 else None, scale, False)


def _first(pattern: re.Pattern[str], names: Sequence[str]) -> int | None:
    return next((i for i, name in enumerate(names) if pattern.search(name)), None)


def _scale(name: str, cells: Sequence[str], limit_mb: float) -> float:
    """Return what makes MB of the cells: by their unit, by the column's name, else by what the limit makes likely."""
    if any(has_unit(cell) for cell in cells[:20]):
        return 1 / MB
    if re.search(r"(^|[_\s(])(mb|mib)\b", name, re.IGNORECASE):
        return 1.0
    if re.search(r"byte", name, re.IGNORECASE):
        return 1 / MB
    values = [value for cell in cells if (value := number(cell)) == value]
    # A hundred times the limit can't be meant: those are bytes.
    return 1 / MB if values and median(values) > 100 * limit_mb else 1.0
