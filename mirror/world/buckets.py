"""The stats API's series: buckets of a span, each the mean of its samples, named by its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from mirror.world.platform import Platform
from mirror.world.samples import EPOCH, is_lost, mean, subjects, ticks

KINDS = ("cpu", "mem", "load1")


@dataclass(frozen=True, slots=True)
class Window:
    """What was asked for; ``now`` bounds what can have been measured."""

    end: datetime
    interval: timedelta
    span: timedelta
    now: datetime


def series(
    platform: Platform, resource_id: str, kind: str, window: Window
) -> list[tuple[datetime, float | None]]:
    """Return (end of bucket, mean) oldest first; None where nothing was measured."""
    here = subjects(platform, resource_id)
    buckets = []
    for end in _ends(platform, window):
        known = []
        for at in ticks(end - window.span, min(end, window.now)):
            up = [one for one in here if one.was_up(at)]
            if up and not is_lost(platform, resource_id, at):
                known.append(mean(platform, up, kind, at))
        buckets.append((end, sum(known) / len(known) if known else None))
    return buckets


def _ends(platform: Platform, window: Window) -> list[datetime]:
    """Return the ends of the buckets, on the span's grid; the newest may lie ahead of the window's end."""
    last = EPOCH + ((window.end - EPOCH) // window.span) * window.span
    if platform.quirks.newest_bucket_is_partial and last < window.end:
        last += window.span
    count = window.interval // window.span
    return [last - window.span * back for back in reversed(range(count))]
