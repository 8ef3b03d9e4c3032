"""The table of mutants, as it stands in docs/reliability.md."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.mutants.mutant import ROOT
from tests.mutants.trial import Fate, Tried

PAGE = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- made by make mutants -->", "<!-- end of the mutants -->"


def drawn(found: Sequence[Tried]) -> Iterator[str]:
    """Yield the lines of the table."""
    killed = sum(one.fate is Fate.KILLED for one in found)
    yield f"{killed} of {len(found)} killed.\n"
    yield "| Promise | Broken in | Seen by | |"
    yield "|---|---|---|---|"
    for one in found:
        tests = ", ".join(f"`{test.removeprefix('tests/').partition('::')[0]}`" for test in one.mutant.tests)
        yield f"| {one.mutant.promise} | `{one.mutant.file}` | {tests} | {one.fate.value} |"


def written(page: str, found: Sequence[Tried]) -> str:
    """Return the page with this table in its place."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    lines = "\n".join(drawn(found))
    return f"{before}{BEGIN}\n\n{lines}\n\n{END}{after}"
