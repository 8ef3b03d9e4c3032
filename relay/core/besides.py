"""What is kept beside the metrics that people see, because a detector wants it at the same moments.

The rule: such a series has a name that begins with an underscore, as no metric of a configuration can, and its values are
plain numbers, so that a replay of stored samples knows all that was known live.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from heapq import nlargest
from math import isfinite

from relay.core.measures import Above, Ratio
from relay.core.model import Readings, Series
from relay.core.targets import Target

# The request counter as it stands: of all routes together without labels, and now and then of each route.
REQUESTS = "_requests"
# When the newest deployment was, in seconds since 1970, at the first read after it.
DEPLOYED = "_deployed"
# Of how many requests the newest percentage of a metric is one.
WHOLE = "_whole."

MOST_ROUTES = 24


def measured(
    target: Target,
    before: Readings | None,
    now: Readings,
    wanted: Collection[str],
    deployed_at: datetime | None = None,
) -> Iterator[tuple[Series, float]]:
    """Yield what is known of the ``wanted`` names since ``before``; ``deployed_at`` is None where nothing was deployed."""
    if DEPLOYED in wanted and deployed_at is not None:
        yield Series(target.name, DEPLOYED), deployed_at.timestamp()
    if REQUESTS in wanted and target.request_counter is not None:
        yield from _requests(target, before, now)
    for metric in target.metrics:
        if WHOLE + metric.name in wanted and isinstance(metric.measure, Ratio | Above):
            whole = metric.measure.whole(before, now)
            if whole is not None:
                yield Series(target.name, WHOLE + metric.name), whole


def _requests(target: Target, before: Readings | None, now: Readings) -> Iterator[tuple[Series, float]]:
    counts: dict[str, float] = {}
    for reading in now.values:
        if reading.name == target.request_counter and isfinite(reading.value) and reading.value >= 0:
            route = dict(reading.labels).get(target.route_label, "")
            counts[route] = counts.get(route, 0.0) + reading.value
    if not counts:
        return
    yield Series(target.name, REQUESTS), sum(counts.values())
    # Routes cost a row each: they are kept at the pace at which they are judged.
    if before is None or _minute(before, target) != _minute(now, target):
        counts.pop("", None)
        for route in nlargest(MOST_ROUTES, counts, key=lambda name: (counts[name], name)):
            yield Series(target.name, REQUESTS, (("route", route[:200]),)), counts[route]


def _minute(readings: Readings, target: Target) -> int:
    return int(readings.at.timestamp() // target.routes_every.total_seconds())
