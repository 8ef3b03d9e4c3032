"""``make mutants``: breaks each promise in a copy of the checkout and sees its tests fail; prints the table.

``ONLY``: promises with these words; ``JOBS``: copies at a time (2). Exit code 1: one survived, or says nothing any more.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

from tests.mutants.listed import ALL
from tests.mutants.mutant import Mutant
from tests.mutants.table import PAGE, drawn, written
from tests.mutants.trial import Fate, Tried, copied, passes, tried


def main(asked: Sequence[Mutant], jobs: int) -> int:
    """Try them all; return the exit code."""
    with copied() as copy:
        said = passes(sorted({test for mutant in asked for test in mutant.tests}), copy)
    if said:
        print(f"the tests fail without any mutant:\n{said}")
        return 1
    left: SimpleQueue[Mutant] = SimpleQueue()
    for mutant in asked:
        left.put(mutant)
    with ThreadPoolExecutor(jobs) as pool:
        found = [one for some in pool.map(_work, [left] * jobs) for one in some]
    found.sort(key=lambda one: ALL.index(one.mutant))
    print("\n".join(drawn(found)))
    if len(asked) == len(ALL):
        PAGE.write_text(written(PAGE.read_text(), found))
    return int(any(one.fate is not Fate.KILLED for one in found))


def _work(left: SimpleQueue[Mutant]) -> list[Tried]:
    found = []
    with copied() as copy:
        while not left.empty():
            one = tried(left.get(), copy)
            found.append(one)
            print(f"{one.fate.value:>9} · {one.mutant.promise} · {one.seconds:.1f} s", flush=True)
            if one.fate is Fate.BROKEN:
                print(one.said)
    return found


if __name__ == "__main__":
    words = os.environ.get("ONLY", "")
    sys.exit(main([one for one in ALL if words in one.promise], int(os.environ.get("JOBS", "2"))))
