"""The words that need nothing but the stack, the series and the time."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from mirror.warp10.frameworks import bucketize, map_over, reduce_by
from mirror.warp10.values import Failed, Mark, Series, Stack, Value, all_series


class Fetching(Protocol):
    """Where series come from."""

    def now(self) -> int:
        """Return the time in microseconds."""

    def fetch(self, asked: list[Value]) -> list[Series]:
        """Return the series that a FETCH asks for."""

    def find(self, asked: list[Value]) -> list[Series]:
        """Return the series that a FIND asks for, without points."""


Word = Callable[[Stack, Fetching], None]
_UNITS = {
    "w": 604_800_000_000,
    "d": 86_400_000_000,
    "h": 3_600_000_000,
    "m": 60_000_000,
    "s": 1_000_000,
    "ms": 1_000,
    "us": 1,
}


def _calculation(calculate: Callable[[float, float], float]) -> Word:
    def word(stack: Stack, _: Fetching) -> None:
        second, first = stack.number(), stack.number()
        stack.push(calculate(first, second))

    return word


def _comparison(compare: Callable[[float, float], bool]) -> Word:
    def word(stack: Stack, _: Fetching) -> None:
        second, first = stack.number(), stack.number()
        stack.push(compare(first, second))

    return word


def _unit(micros: int) -> Word:
    def word(stack: Stack, _: Fetching) -> None:
        stack.push(int(stack.number() * micros))

    return word


def _on_items(act: Callable[[list[Value]], Value]) -> Word:
    def word(stack: Stack, _: Fetching) -> None:
        stack.push(act(stack.items()))

    return word


def _on_each(act: Callable[[Series], Value]) -> Word:
    """Act on a series, or on each of a list."""

    def word(stack: Stack, _: Fetching) -> None:
        value = stack.pop()
        made: list[Value] = [act(one) for one in all_series(value)]
        stack.push(made[0] if isinstance(value, Series) else made)

    return word


def _divide(first: float, second: float) -> float:
    if not second:
        raise Failed("division by zero")
    if isinstance(first, int) and isinstance(second, int):
        return first // second
    return first / second


def _add(stack: Stack, _: Fetching) -> None:
    """Numbers are added, texts joined, and something is put at the end of a list."""
    second, first = stack.pop(), stack.pop()
    if isinstance(first, list):
        stack.push([*first, second])
    elif isinstance(first, str) or isinstance(second, str):
        stack.push(f"{first}{second}")
    elif isinstance(first, int | float) and isinstance(second, int | float):
        stack.push(first + second)
    else:
        raise Failed("+ can not add these")


def _end_map(stack: Stack, _: Fetching) -> None:
    flat = stack.since_mark("{")
    if len(flat) % 2:
        raise Failed("a map needs an even number of elements")
    stack.push({str(key): value for key, value in zip(flat[::2], flat[1::2], strict=True)})


def _store(stack: Stack, _: Fetching) -> None:
    name = stack.pop()
    stack.variables[str(name)] = stack.pop()


def _get(stack: Stack, _: Fetching) -> None:
    key, value = stack.pop(), stack.pop()
    if isinstance(value, dict):
        stack.push(value.get(str(key)))
    elif isinstance(value, list) and isinstance(key, int):
        if not -len(value) <= key < len(value):
            raise Failed(f"Index out of bound, {key}")
        stack.push(value[key])
    else:
        raise Failed("GET operates on a list or map")


def _size(stack: Stack, _: Fetching) -> None:
    value = stack.pop()
    if isinstance(value, Series):
        stack.push(len(value.points))
    elif isinstance(value, list | dict | str):
        stack.push(len(value))
    else:
        raise Failed("SIZE operates on a series, list, map or text")


def _rename(stack: Stack, _: Fetching) -> None:
    name, value = stack.pop(), stack.pop()
    made: list[Value] = [replace(one, name=str(name)) for one in all_series(value)]
    stack.push(made[0] if isinstance(value, Series) else made)


def _merge(items: list[Value]) -> Value:
    """All points under the name and the labels of the first."""
    series = all_series(items)
    if not series:
        raise Failed("MERGE expects at least one series")
    return replace(series[0], points=tuple(point for one in series for point in one.points))


def _swap(stack: Stack, _: Fetching) -> None:
    top, below = stack.pop(), stack.pop()
    stack.levels += [top, below]


def _duplicate(stack: Stack, _: Fetching) -> None:
    top = stack.pop()
    stack.levels += [top, top]


def _drop(stack: Stack, _: Fetching) -> None:
    stack.pop()


def _fail(stack: Stack, _: Fetching) -> None:
    raise Failed(str(stack.pop()))


def _flat(items: list[Value]) -> list[Value]:
    return [one for item in items for one in (_flat(item) if isinstance(item, list) else [item])]


VOCABULARY: dict[str, Word] = {
    **{name: _unit(micros) for name, micros in _UNITS.items()},
    "+": _add,
    "-": _calculation(operator.sub),
    "*": _calculation(operator.mul),
    "/": _calculation(_divide),
    "<": _comparison(operator.lt),
    ">": _comparison(operator.gt),
    "<=": _comparison(operator.le),
    ">=": _comparison(operator.ge),
    "==": lambda stack, _: stack.push(stack.pop() == stack.pop()),
    "!=": lambda stack, _: stack.push(stack.pop() != stack.pop()),
    "NOT": lambda stack, _: stack.push(stack.pop() is not True),
    "ISNULL": lambda stack, _: stack.push(stack.pop() is None),
    "TOLONG": lambda stack, _: stack.push(int(float(str(stack.pop())))),
    "TODOUBLE": lambda stack, _: stack.push(float(str(stack.pop()))),
    "]": lambda stack, _: stack.push(stack.since_mark("[")),
    "}": _end_map,
    "[]": lambda stack, _: stack.push([]),
    "{}": lambda stack, _: stack.push({}),
    "MARK": lambda stack, _: stack.push(Mark("[")),
    "SWAP": _swap,
    "DUP": _duplicate,
    "DROP": _drop,
    "CLEAR": lambda stack, _: stack.levels.clear(),
    "DEPTH": lambda stack, _: stack.push(len(stack.levels)),
    "STORE": _store,
    "GET": _get,
    "SIZE": _size,
    "REVERSE": _on_items(lambda items: items[::-1]),
    "FLATTEN": _on_items(_flat),
    "NOW": lambda stack, fetching: stack.push(fetching.now()),
    # It raises limits for its owner; the mirror's are the same for all.
    "AUTHENTICATE": _drop,
    "LIMIT": _drop,
    "MAXGTS": _drop,
    "MSGFAIL": _fail,
    "FETCH": lambda stack, fetching: stack.push([*fetching.fetch(stack.items())]),
    "FIND": lambda stack, fetching: stack.push([*fetching.find(stack.items())]),
    "MERGE": _on_items(_merge),
    "RENAME": _rename,
    "SORT": _on_each(lambda one: replace(one, points=tuple(one.ordered()))),
    "RSORT": _on_each(lambda one: replace(one, points=tuple(one.ordered()[::-1]))),
    "VALUES": _on_each(lambda one: [value for _, value in one.points]),
    "TICKLIST": _on_each(lambda one: [at for at, _ in one.points]),
    "NAME": _on_each(lambda one: one.name),
    "LABELS": _on_each(lambda one: dict(one.labels)),
    "NONEMPTY": _on_items(lambda items: [one for one in all_series(items) if one.points]),
    "BUCKETIZE": _on_items(bucketize),
    "MAP": _on_items(map_over),
    "REDUCE": _on_items(reduce_by),
}
