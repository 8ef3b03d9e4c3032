"""Rollups: what a series was over a piece of time, as its lowest, mean and highest value and how many there were.

The rules: a piece without a sample has no rollup, so that what is missing stays missing; which pieces are read for a span
is decided in one place, here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from relay.core.model import Sample

FIVE_MINUTES = timedelta(minutes=5)
HOUR = timedelta(hours=1)
# Each is made of the one before it, the first of samples.
WIDTHS = (FIVE_MINUTES, HOUR)
# The longest span that is read as samples, and as rollups of five minutes.
LONGEST: Mapping[timedelta | None, timedelta] = {None: timedelta(hours=12), FIVE_MINUTES: timedelta(days=8)}


@dataclass(frozen=True, slots=True)
class Rollup:
    """A piece of time of one series, from ``at`` on; ``number`` samples were in it."""

    at: datetime
    width: timedelta
    low: float
    mean: float
    high: float
    number: int

    @property
    def middle(self) -> Sample:
        """The mean, as a sample in the middle of the piece."""
        return Sample(self.at + self.width / 2, self.mean)


def begin(at: datetime, width: timedelta) -> datetime:
    """Return the beginning of the piece that ``at`` falls in; pieces are counted from 1970.

    >>> from datetime import UTC
    >>> f"{begin(datetime(2026, 6, 15, 12, 7, 31, tzinfo=UTC), FIVE_MINUTES):%H:%M:%S}"
    '12:05:00'
    """
    epoch = datetime.fromtimestamp(0, at.tzinfo)
    return epoch + (at - epoch) // width * width


def of_samples(samples: Iterable[Sample], width: timedelta) -> Iterator[Rollup]:
    """Roll samples up, oldest first."""
    return _grouped(
        (Rollup(one.at, timedelta(0), one.value, one.value, one.value, 1) for one in samples), width
    )


def of_rollups(rollups: Iterable[Rollup], width: timedelta) -> Iterator[Rollup]:
    """Roll narrower rollups up, oldest first."""
    return _grouped(rollups, width)


def _grouped(parts: Iterable[Rollup], width: timedelta) -> Iterator[Rollup]:
    for at, group in groupby(parts, key=lambda part: begin(part.at, width)):
        held = list(group)
        number = sum(part.number for part in held)
        mean = sum(part.mean * (part.number / number) for part in held)
        yield Rollup(at, width, min(p.low for p in held), mean, max(p.high for p in held), number)


def width_for(
    since: datetime, until: datetime, oldest: Mapping[timedelta | None, datetime]
) -> timedelta | None:
    """Return how wide the pieces are that a span is read in; None: as samples.

    ``oldest`` says since when each is kept. The finest that the span allows is taken, unless only a wider one reaches back.
    """
    known = _reaching(oldest)
    allowed = [width for width in (None, *WIDTHS) if width not in LONGEST or until - since <= LONGEST[width]]
    for width in allowed:
        if width in known and (known[width] <= since or not _goes_further(known, width)):
            return width
    return allowed[-1]


def _reaching(oldest: Mapping[timedelta | None, datetime]) -> Mapping[timedelta | None, datetime]:
    """Return how far back each reaches: what is not rolled up yet can be, whenever it is asked for."""
    reaching: dict[timedelta | None, datetime] = {}
    before: datetime | None = None
    for width in (None, *WIDTHS):
        ends = [at for at in (oldest.get(width), before) if at is not None]
        if ends:
            reaching[width] = before = min(ends)
    return reaching


def _goes_further(known: Mapping[timedelta | None, datetime], width: timedelta | None) -> bool:
    """Whether anything wider is kept from before; the piece that the first sample falls in begins before it."""
    return any(known[wider] <= known[width] - wider for wider in WIDTHS if wider in known and wider != width)
