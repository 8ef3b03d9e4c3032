"""Reading a CSV file of one process's memory: ``seconds,memory_mb[,requests]``, or what Grafana and Prometheus export.

The rule: a row that can't be read is counted, never guessed; a file is refused only when its columns can't be told.
"""

from __future__ import annotations

import csv
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from math import nan
from pathlib import Path
from typing import TextIO

from relay.detecting.cells import moment, number
from relay.detecting.columns import Columns, told

MOST_ROWS = 10_000_000
LOOKED_AT = 200
DELIMITERS = ",;\t"


class UnreadableFile(Exception):
    """The file can't be read as a series; the text says why."""


@dataclass(slots=True)
class Table:
    """Columns as the file has them, in its order. ``bad`` counts rows without a usable time and memory."""

    at: array[float] = field(default_factory=lambda: array("d"))
    memory: array[float] = field(default_factory=lambda: array("d"))
    requests: array[float] = field(default_factory=lambda: array("d"))
    bad: int = 0

    def rows(self) -> Iterator[tuple[float, float, float]]:
        """Yield (seconds, MB, requests or NaN)."""
        return zip(self.at, self.memory, self.requests, strict=True)


def read(path: Path, limit_mb: float) -> Table:
    """Return the file's samples in the order that a live reader would have seen them."""
    try:
        with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
            table = _read(file, limit_mb)
    except OSError as error:
        raise UnreadableFile(error.strerror or type(error).__name__) from error
    except csv.Error as error:
        raise UnreadableFile(f"not a CSV file: {error}") from error
    return _ordered(table)


def _read(file: TextIO, limit_mb: float) -> Table:
    lines = (line.replace("\0", "") for line in file)
    first = list(islice(lines, LOOKED_AT))
    # Excel's own line, which Grafana writes when asked to.
    if first and first[0].lower().startswith("sep="):
        del first[0]
    if not first:
        return Table()
    delimiter = max(DELIMITERS, key=first[0].count)
    sample = [row for row in csv.reader(first, delimiter=delimiter) if row]
    if not sample:
        return Table()
    columns = told(sample, limit_mb)
    if columns is None:
        raise UnreadableFile("no columns that hold a time and a memory")
    reader = csv.reader(chain(first, lines), delimiter=delimiter)
    return _filled(columns, islice(reader, 1 if columns.has_header else 0, MOST_ROWS))


def _filled(columns: Columns, rows: Iterator[list[str]]) -> Table:
    table = Table()
    requests: dict[float, float] = {}
    for row in rows:
        if not row:
            continue
        at = moment(row[columns.at]) if len(row) > columns.at else nan
        if columns.counts(row):
            requests[at] = number(row[columns.memory]) if len(row) > columns.memory else nan
            continue
        memory = number(row[columns.memory]) * columns.scale if len(row) > columns.memory else nan
        if at != at or memory != memory:
            table.bad += 1
            continue
        table.at.append(at)
        table.memory.append(memory)
        table.requests.append(_cell(row, columns.requests))
    if requests:
        table.requests = array("d", [requests.get(at, nan) for at in table.at])
    return table


def _cell(row: Sequence[str], place: int | None) -> float:
    return nan if place is None or place >= len(row) else number(row[place])


def _ordered(table: Table) -> Table:
    """Sort what was exported newest first or in no order; a clock that was set back a few times stays as it happened."""
    at = table.at
    falls = sum(1 for i in range(1, len(at)) if at[i] < at[i - 1])
    if falls <= 3 or falls < len(at) / 100:
        return table
    order = sorted(range(len(at)), key=at.__getitem__)
    return Table(
        array("d", [at[i] for i in order]),
        array("d", [table.memory[i] for i in order]),
        array("d", [table.requests[i] for i in order]),
        table.bad,
    )
