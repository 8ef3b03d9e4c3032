"""Where samples are missing within a span of time, and why: it is said, never guessed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from heapq import heappush, heappushpop

from relay.core.model import Series
from relay.store.transactions import ReadTransaction

# The longest of a series; the others are counted.
MOST_GAPS = 10


class Why(StrEnum):
    """Why there is no sample: the reads brought nothing, nobody read, either at times, or it is not kept any more."""

    NO_DATA = "no data"
    PARTLY = "no data or not read"
    NOT_READ = "not read"
    NOT_KEPT = "not kept"


@dataclass(frozen=True, slots=True)
class Gap:
    """A span of time without a sample."""

    begins_at: datetime
    ends_at: datetime
    why: Why

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.ends_at - self.begins_at


@dataclass(frozen=True, slots=True)
class Coverage:
    """What there is of a series within a span: how many samples, and what is missing, the longest gaps by name."""

    series: Series
    samples: int
    missing: timedelta
    number_of_gaps: int
    gaps: tuple[Gap, ...]


@dataclass(slots=True)
class Seen:
    """Counts samples as they pass, and remembers the longest pauses between them."""

    series: Series
    since: datetime
    until: datetime
    pause: timedelta
    samples: int = 0
    missing: timedelta = timedelta(0)
    number_of_gaps: int = 0
    last_at: datetime | None = None
    _longest: list[tuple[timedelta, datetime]] = field(default_factory=list)

    def take(self, at: datetime) -> None:
        """Note one more sample, newer than the last."""
        self.samples += 1
        self._pause(at)
        self.last_at = at

    def finished(self, tx: ReadTransaction, kept_since: datetime) -> Coverage:
        """Return what was seen; of gaps before ``kept_since`` nothing is known."""
        self._pause(self.until)
        spans = sorted((begins_at, begins_at + length) for length, begins_at in self._longest)
        gaps = tuple(self._explained(tx, begins_at, ends_at, kept_since) for begins_at, ends_at in spans)
        return Coverage(self.series, self.samples, self.missing, self.number_of_gaps, gaps)

    def _pause(self, at: datetime) -> None:
        before = self.last_at or self.since
        length = at - before
        if length <= self.pause:
            return
        self.missing += length
        self.number_of_gaps += 1
        keep = heappush if len(self._longest) < MOST_GAPS else heappushpop
        keep(self._longest, (length, before))

    def _explained(
        self, tx: ReadTransaction, begins_at: datetime, ends_at: datetime, kept_since: datetime
    ) -> Gap:
        if begins_at < kept_since:
            return Gap(begins_at, ends_at, Why.NOT_KEPT)
        target = self.series.target
        if not tx.misses(target, begins_at, ends_at, 1):
            return Gap(begins_at, ends_at, Why.NOT_READ)
        edges = ((begins_at, begins_at + self.pause), (ends_at - self.pause, ends_at))
        is_whole = all(tx.misses(target, *edge, 1) for edge in edges)
        return Gap(begins_at, ends_at, Why.NO_DATA if is_whole else Why.PARTLY)


def merged(coverage: Sequence[Coverage]) -> list[Coverage]:
    """Return one coverage a series, of several that rules have looked at the first."""
    found: dict[Series, Coverage] = {}
    for one in coverage:
        found.setdefault(one.series, one)
    return list(found.values())
