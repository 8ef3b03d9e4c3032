"""``make crash``: plays every case on every layout, many times, and writes the table into docs/reliability.md.

``ROUNDS`` of each kill (200), ``OTHERS`` of each other case (60), ``JOBS`` worlds at a time (32), ``MINUTES`` after which no world is begun any more (no end),
``ONLY`` cases with these words in their name: the others keep their lines. A run that was stopped, by whatever, goes on where
it was as long as neither the relay nor the harness changes; ``ANEW=1`` begins anew. Exit code 1: a promise was broken.
"""

from __future__ import annotations

import asyncio
import math
import os
import random
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
from tests.crash.progress import KEPT, keep, take_up
from tests.crash.stores import cluster
from tests.crash.table import PAGE, written
from tests.crash.world import LONG
from tests.postgres_fixture import Cluster

# Faults that follow one another in one world, its processes and its store.
ROUNDS_A_WORLD = 20
# Seconds. Where the loop is late by more, all processes are: no further fault is made, or what then stands still for longer
# than a lease would look like one.
LATE, LOOK_EVERY = 0.1, 0.05


@dataclass
class Progress:
    """One line that says how far it is, and one for each broken promise."""

    whole: int
    done: int = 0
    broken: int = 0
    began: float = field(default_factory=monotonic)

    def step(self) -> None:
        """One fault is over."""
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
            f"{self.done:>6}/{self.whole} faults · {self.broken} broken promises · about {left:.0f} min left"
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
    lateness: float = 0.0

    async def watch(self) -> None:
        """Take note of how late the loop is."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + LOOK_EVERY
            await asyncio.sleep(LOOK_EVERY)
            self.lateness = max(0.9 * self.lateness, loop.time() - due)

    async def breath(self) -> None:
        """Wait until the machine has room for another fault."""
        while self.lateness > LATE:
            await asyncio.sleep(random.uniform(0, 1))

    async def work(self, nursery: Nursery) -> None:
        """Play one world after the other until there are none or the time is up."""
        for row, rounds in self.worlds:
            if self.progress.minutes >= self.minutes:
                return
            came = await play(row.case, row.layout, rounds, nursery, LONG, self.progress.step, self.breath)
            row.add(came)
            keep(self.rows)
            self.progress.say(came)


def made(server: Cluster, rounds: int, others: int, minutes: float, only: str) -> Run:
    """Return the rest of the run: by turns, so that one that is cut short has played each case as often."""
    rows = [
        Row(case, layout)
        for layout in layouts(server)
        for case in ALL
        if layout.suits(case) and only in case.name
    ]
    take_up(rows)
    wanted = {id(row): rounds if row.case.kills else others for row in rows}
    left = {
        place: max(0, number - row.rounds) for row, (place, number) in zip(rows, wanted.items(), strict=True)
    }
    worlds = (
        (row, 1 if row.case.fresh else many)
        for first in range(0, max(rounds, others), ROUNDS_A_WORLD)
        for row in rows
        for many in [min(ROUNDS_A_WORLD, left[id(row)] - first)]
        if many > 0
        for _ in range(many if row.case.fresh else 1)
    )
    return Run(rows, worlds, Progress(sum(left.values())), minutes)


async def main(server: Cluster) -> int:
    """Run; return the exit code."""
    asked = os.environ.get
    if asked("ANEW"):
        KEPT.unlink(missing_ok=True)
    jobs = int(asked("JOBS", "32"))
    run = made(
        server,
        int(asked("ROUNDS", "200")),
        int(asked("OTHERS", "60")),
        float(asked("MINUTES", math.inf)),
        asked("ONLY", ""),
    )
    watching = asyncio.create_task(run.watch())
    try:
        async with nursery(**LONG.environment) as made_nursery:
            await asyncio.gather(*(run.work(made_nursery) for _ in range(jobs)))
    finally:
        watching.cancel()
        PAGE.write_text(written(PAGE.read_text(), run.rows, datetime.now(UTC).date()))
        print(
            f"\n{run.progress.done} faults in {run.progress.minutes:.1f} min, {run.progress.broken} broken promises"
        )
    if run.progress.done >= run.progress.whole:
        KEPT.unlink(missing_ok=True)
    return 1 if any(row.wrong for row in run.rows) else 0


def _ended(*_: object) -> None:
    """Tidy up on SIGTERM too: there are servers to stop and disks to unmount."""
    signal.raise_signal(signal.SIGINT)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _ended)
    with cluster() as own:
        try:
            code = asyncio.run(main(own))
        except KeyboardInterrupt:
            code = 130
    sys.exit(code)
