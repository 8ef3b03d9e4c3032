"""``make crash``: plays every case on every layout, many times, and writes the table into docs/reliability.md.

``ROUNDS`` of each case (200), ``JOBS`` worlds at a time (12), ``MINUTES`` after which no world is begun any more (no end),
``ONLY`` cases with these words in their name: the others keep their lines. Exit code 1: a promise was broken.
"""

from __future__ import annotations

import asyncio
import math
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic

from tests.crash.cases import ALL
from tests.crash.layouts import layouts
from tests.crash.matrix import Row, play
from tests.crash.nursery import Nursery, nursery
from tests.crash.stores import cluster
from tests.crash.table import PAGE, written
from tests.crash.world import LONG
from tests.postgres_fixture import Cluster

# Rounds that follow one another in one world, its processes and its store.
ROUNDS_A_WORLD = 10


@dataclass
class Progress:
    """One line that says how far it is, and one for each broken promise."""

    whole: int
    done: int = 0
    broken: int = 0
    began: float = field(default_factory=monotonic)

    def step(self) -> None:
        """One round is over."""
        self.done += 1
        self._show()

    def say(self, row: Row) -> None:
        """Tell what went wrong in a world."""
        for wrong in row.wrong:
            self.broken += 1
            print(f"\r{row.layout.name} · {row.case.name}: {wrong}", flush=True)

    @property
    def minutes(self) -> float:
        """How long it has been going on."""
        return (monotonic() - self.began) / 60

    def _show(self) -> None:
        left = self.minutes / self.done * (self.whole - self.done)
        line = (
            f"{self.done:>6}/{self.whole} rounds · {self.broken} broken promises · about {left:.0f} min left"
        )
        if sys.stderr.isatty():
            print(f"\r{line}  ", end="", file=sys.stderr, flush=True)
        elif self.done % 100 == 0:
            print(line, file=sys.stderr, flush=True)


@dataclass
class Run:
    """All that is to be played, and what it came to."""

    rows: Sequence[Row]
    worlds: Iterator[tuple[Row, int]]
    progress: Progress
    minutes: float

    async def work(self, nursery: Nursery) -> None:
        """Play one world after the other until there are none or the time is up."""
        for row, rounds in self.worlds:
            if self.progress.minutes >= self.minutes:
                return
            came = await play(row.case, row.layout, rounds, nursery, LONG, self.progress.step)
            row.add(came)
            self.progress.say(came)


def made(server: Cluster, rounds: int, minutes: float, only: str) -> Run:
    """Return the run: by turns, so that one that is cut short has played each case as often."""
    rows = [
        Row(case, layout)
        for layout in layouts(server)
        for case in ALL
        if layout.suits(case) and only in case.name
    ]
    worlds = (
        (row, 1 if row.case.fresh else many)
        for first in range(0, rounds, ROUNDS_A_WORLD)
        for many in [min(ROUNDS_A_WORLD, rounds - first)]
        for row in rows
        for _ in range(many if row.case.fresh else 1)
    )
    return Run(rows, worlds, Progress(rounds * len(rows)), minutes)


async def main(server: Cluster) -> int:
    """Run; return the exit code."""
    asked = os.environ.get
    jobs = int(asked("JOBS", "12"))
    run = made(server, int(asked("ROUNDS", "200")), float(asked("MINUTES", math.inf)), asked("ONLY", ""))
    async with nursery(**LONG.environment) as made_nursery:
        await asyncio.gather(*(run.work(made_nursery) for _ in range(jobs)))
    PAGE.write_text(written(PAGE.read_text(), run.rows, datetime.now(UTC).date()))
    print(f"\n{run.progress.done} rounds, {run.progress.broken} broken promises")
    return 1 if run.progress.broken else 0


def _ended(*_: object) -> None:
    """Tidy up on SIGTERM too: there are servers to stop and disks to unmount."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _ended)
    with cluster() as own:
        sys.exit(asyncio.run(main(own)))
