"""The table of results, as it stands in docs/reliability.md."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from tests.crash.matrix import Row

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- made by make crash -->", "<!-- end -->"


def written(page: str, rows: Sequence[Row], on: date, minutes: float) -> str:
    """Return the page with this table between its marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    table = "\n".join(_lines(rows, on, minutes))
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def _lines(rows: Sequence[Row], on: date, minutes: float) -> Iterator[str]:
    yield f"\nRun of {on.isoformat()}: {sum(row.rounds for row in rows):,} rounds in {minutes:.0f} minutes, "
    yield f"{sum(row.accepted for row in rows):,} requests answered 2xx, {sum(row.told for row in rows):,} messages."
    for layout in dict.fromkeys(row.layout.name for row in rows):
        yield f"\n### {layout}\n"
        yield "| What happens | Rounds | Answered 2xx | Lost | Messages | Repeated, marked | Most a fault and channel | Broken promises |"
        yield "|---|--:|--:|--:|--:|--:|--:|--:|"
        for row in rows:
            if row.layout.name == layout:
                yield _line(row)
    yield ""


def _line(row: Row) -> str:
    lost = sum(wrong.startswith("lost") for wrong in row.wrong)
    numbers = (row.rounds, row.accepted, lost, row.told, row.repeated, row.most_repeats, len(row.wrong))
    return f"| {row.case.name} | {' | '.join(f'{number:,}' for number in numbers)} |"
