"""The table of results, as it stands in docs/reliability.md: a run of some cases replaces their lines and leaves the others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from tests.crash.matrix import Row

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- made by make crash -->", "<!-- end -->"
HEAD = """| What happens | Faults | Answered 2xx | Lost | Messages | Repeated | Most | Broken | Run |
|---|--:|--:|--:|--:|--:|--:|--:|---|"""
_ROW = re.compile(r"\| (?P<case>[^|]+) \| (?P<numbers>[\d,]+ \|.*) \|")

# By layout, then by case: the rest of the line.
Lines = dict[str, dict[str, str]]


def written(page: str, rows: Sequence[Row], on: date) -> str:
    """Return the page with these rows in its tables; those that it had keep their place."""
    before, _, rest = page.partition(BEGIN)
    old, _, after = rest.partition(END)
    lines = read(old)
    for row in rows:
        if row.rounds or row.wrong:
            lines.setdefault(row.layout.name, {})[row.case.name] = _numbers(row, on)
    return f"{before}{BEGIN}\n\n{chr(10).join(_drawn(lines))}\n{END}{after}"


def read(tables: str) -> Lines:
    """Return what tables say."""
    lines: Lines = {}
    layout = ""
    for line in tables.splitlines():
        if line.startswith("### "):
            layout = line.removeprefix("### ")
        elif found := _ROW.fullmatch(line):
            lines.setdefault(layout, {})[found["case"]] = found["numbers"]
    return lines


def _drawn(lines: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    sums = [
        sum(
            int(numbers.split(" | ")[place].replace(",", ""))
            for rows in lines.values()
            for numbers in rows.values()
        )
        for place in range(4)
    ]
    yield f"In all {sums[0]:,} faults, {sums[1]:,} requests answered 2xx, {sums[2]:,} of them lost, {sums[3]:,} messages."
    for layout, rows in lines.items():
        yield f"\n### {layout}\n\n{HEAD}"
        for case, numbers in rows.items():
            yield f"| {case} | {numbers} |"
    yield ""


def _numbers(row: Row, on: date) -> str:
    lost = sum(wrong.startswith("lost") for wrong in row.wrong)
    numbers = (row.rounds, row.accepted, lost, row.told, row.repeated, row.most_repeats, len(row.wrong))
    return " | ".join([*(f"{number:,}" for number in numbers), on.isoformat()])
