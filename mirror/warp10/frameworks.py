"""BUCKETIZE, MAP and REDUCE: a function over the points of a bucket, of a window, or of many series at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import fmean, median

from mirror.warp10.values import Failed, Function, Series, Value, all_series

Aggregate = Callable[[Sequence[float]], float]
_AGGREGATES: dict[str, Aggregate] = {
    "last": lambda values: values[-1],
    "first": lambda values: values[0],
    "mean": fmean,
    "median": median,
    "min": min,
    "max": max,
    "sum": sum,
    "count": len,
}
MOST_BUCKETS = 100_000


def bucketize(items: list[Value]) -> list[Value]:
    """[ series function last-bucket span count ]: one value a bucket that has any, named by the bucket's end."""
    if len(items) != 5:
        raise Failed("BUCKETIZE expects [ series bucketizer lastbucket bucketspan bucketcount ]")
    aggregate = _aggregate(items[1], "bucketizer")
    last, span, count = (_whole(one) for one in items[2:])
    return [_bucketized(one, aggregate, last, span, count) for one in all_series(items[0])]


def _bucketized(series: Series, aggregate: Aggregate, last: int, span: int, count: int) -> Series:
    points = series.ordered()
    if not points:
        return series
    if not span:
        if not count:
            raise Failed("BUCKETIZE needs a bucketspan or a bucketcount")
        span = max(1, -(-(points[-1][0] - points[0][0] + 1) // count))
    # With only the span known, buckets lie on its grid.
    last = last or -(-points[-1][0] // span) * span
    buckets: dict[int, list[float]] = {}
    for at, value in points:
        back = (last - at) // span
        if back >= 0 and (not count or back < count):
            buckets.setdefault(last - back * span, []).append(value)
    if len(buckets) > MOST_BUCKETS:
        raise Failed("the limit of buckets was reached")
    return replace(series, points=tuple((end, aggregate(buckets[end])) for end in sorted(buckets)))


def map_over(items: list[Value]) -> list[Value]:
    """[ series function before after occurrences ]: a value a point, of a window of points around it."""
    if len(items) != 5:
        raise Failed("MAP expects [ series mapper pre post occurrences ]")
    before, after = _whole(items[2]), _whole(items[3])
    made: list[Value] = []
    for one in all_series(items[0]):
        points = one.ordered()
        windows = [points[max(0, place - before) : place + after + 1] for place in range(len(points))]
        mapped = [
            (at, value)
            for (at, _), window in zip(points, windows, strict=True)
            if (value := _mapped(items[1], window)) is not None
        ]
        made.append(replace(one, points=tuple(mapped)))
    return made


def _mapped(function: Value, window: list[tuple[int, float]]) -> float | None:
    if function in (Function("mapper.rate"), Function("mapper.delta")):
        if len(window) < 2:
            return None
        (first_at, first), (last_at, last) = window[0], window[-1]
        change = last - first
        # The rate is per second. A counter that began anew gives a negative one, as there.
        return change if function == Function("mapper.delta") else change / (last_at - first_at) * 1e6
    return _aggregate(function, "mapper")([value for _, value in window])


def reduce_by(items: list[Value]) -> list[Value]:
    """[ series labels function ]: one series a group of equal labels, of the ticks that every one of it has.

    The functions with ``.exclude-nulls`` take the ticks that any of them has.
    """
    if len(items) != 3 or not isinstance(items[1], list):
        raise Failed("REDUCE expects [ series labels reducer ]")
    names = [str(name) for name in items[1]]
    groups: dict[tuple[str | None, ...], list[Series]] = {}
    for one in all_series(items[0]):
        groups.setdefault(tuple(one.labels.get(name) for name in names), []).append(one)
    return [_reduced(group, items[2]) for group in groups.values()]


def _reduced(group: list[Series], function: Value) -> Series:
    aggregate = _aggregate(function, "reducer")
    is_lenient = isinstance(function, Function) and function.name.endswith(".exclude-nulls")
    by_tick: dict[int, list[float]] = {}
    for one in group:
        for at, value in one.points:
            by_tick.setdefault(at, []).append(value)
    points = [
        (at, aggregate(values))
        for at, values in sorted(by_tick.items())
        if is_lenient or len(values) == len(group)
    ]
    common = set.intersection(*(set(one.labels.items()) for one in group))
    return Series(group[0].name, dict(common), tuple(points))


def _aggregate(function: Value, kind: str) -> Aggregate:
    if isinstance(function, Function):
        name = function.name.removesuffix(".exclude-nulls")
        family, _, known = name.partition(".")
        if family == kind and known in _AGGREGATES:
            return _AGGREGATES[known]
    raise Failed(f"expects a {kind}, found {function!r:.60}")


def _whole(value: Value) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Failed("expects a number")
    return int(value)
