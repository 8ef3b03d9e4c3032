"""What SQLite is to write later in its transaction: rows of one table go in together, by one statement.

The driver gives the interpreter up and takes it back at every statement, so their number counts. The rules: statements on one
table keep their order; only those that touch nothing but their table may change places with others; whatever is not
understood keeps everything before and behind it in its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

# Rows of one statement, and the step in which there may be fewer: so there are few different statements, which stay
# prepared, and few of them for a group.
TOGETHER = 64
STEP = 8
# Rows that are kept back at most.
MOST = 1_024

_INSERT = re.compile(
    r"\s*(insert into (\w+) \([^()]*\)\s*values )\s*(\([^()]*\))((?:, \([^()]*\))*)(\s*(?:on conflict.*)?)",
    re.DOTALL,
)
_CHANGE = re.compile(r"\s*(?:update (\w+) set|delete from (\w+) where)\s")
# The triggers of one write to the other.
_ALIKE = {"unsearched": "incidents"}


@dataclass(frozen=True, slots=True)
class _Shape:
    """A statement as it is put together with its like: ``table`` is "" where it must stay in its place."""

    table: str
    head: str = ""
    row: str = ""
    tail: str = ""
    rows: int = 1


@dataclass(slots=True)
class _Batch:
    shape: _Shape
    sql: str
    rows: int
    values: list[object]


@dataclass(slots=True)
class Buffer:
    """Statements that wait, in the order in which they are to run."""

    rows: int = 0
    _batches: list[_Batch] = field(default_factory=list)
    _last: dict[str, _Batch] = field(default_factory=dict)

    def put(self, sql: str, values: tuple[object, ...]) -> None:
        """Keep a statement."""
        shape = _shape(sql)
        self.rows += shape.rows
        last = self._last.get(shape.table)
        if last is not None and shape.row and _is_alike(last.shape, shape):
            last.values += values
            last.rows += shape.rows
            return
        batch = _Batch(shape, sql, shape.rows, [*values])
        self._batches.append(batch)
        if not shape.table:
            self._last.clear()
        else:
            self._last[shape.table] = batch

    def drain(self) -> Iterator[tuple[str, list[object]]]:
        """Forget what waits and return it as statements with their values."""
        batches, self._batches, self._last, self.rows = self._batches, [], {}, 0
        for batch in batches:
            if batch.rows == batch.shape.rows:
                yield batch.sql, batch.values
            else:
                yield from _pieces(batch)


def _pieces(batch: _Batch) -> Iterator[tuple[str, list[object]]]:
    width, begin, left = len(batch.values) // batch.rows, 0, batch.rows
    while left:
        size = min(left - left % STEP, TOGETHER) or left
        end = begin + size * width
        yield _joined(batch.shape.head, batch.shape.row, batch.shape.tail, size), batch.values[begin:end]
        begin, left = end, left - size


@lru_cache(maxsize=256)
def _joined(head: str, row: str, tail: str, rows: int) -> str:
    return head + ", ".join([row] * rows) + tail


def _is_alike(one: _Shape, other: _Shape) -> bool:
    return one is other or (one.row == other.row and one.head == other.head and one.tail == other.tail)


@lru_cache(maxsize=512)
def _shape(sql: str) -> _Shape:
    """Return how a statement may be put together with others.

    >>> _shape("insert into a (b, c) values (?, 0), (?, 0) on conflict do nothing")
    _Shape(table='a', head='insert into a (b, c) values ', row='(?, 0)', tail=' on conflict do nothing', rows=2)
    >>> _shape("update a set b = ? where c = ?").table, _shape("update a set b = (select 1)").table
    ('a', '')
    """
    if "select" in sql:
        return _Shape("")
    found = _INSERT.fullmatch(sql)
    if found is not None and "?" not in found[5]:
        rows = [found[3], *re.findall(r"\([^()]*\)", found[4])]
        if len(set(rows)) == 1:
            return _Shape(_ALIKE.get(found[2], found[2]), found[1], found[3], found[5], len(rows))
    changed = _CHANGE.match(sql)
    if changed is None:
        return _Shape("")
    table = changed[1] or changed[2]
    return _Shape(_ALIKE.get(table, table))
