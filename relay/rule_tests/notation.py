"""promtool's notation of series: ``memory{target="api"}`` and ``0+10x20 _ 5x3 stale``.

Source: https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/#series
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import isfinite

from relay.core.model import Labels, labels

# A month of minutes is 43,200.
MOST_VALUES = 200_000
_LONGEST_SHOWN = 40

_NUMBER = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[iI][nN][fF]|[nN][aA][nN]"
_ITEM = re.compile(
    rf"(?P<value>[-+]?(?:{_NUMBER}))(?:(?P<step>[-+](?:{_NUMBER})))?(?:x(?P<times>[0-9]{{1,7}}))?", re.ASCII
)
_BLANK = re.compile(r"_(?:x(?P<times>[0-9]{1,7}))?", re.ASCII)
_SERIES = re.compile(r"\s*(?P<name>[A-Za-z_][A-Za-z0-9_.:-]*)\s*(?:\{(?P<labels>.*)\})?\s*", re.ASCII | re.S)
_LABEL = re.compile(
    r"""\s*(?P<name>[A-Za-z_][A-Za-z0-9_]*)\s*=\s*(?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*(?:,|$)""",
    re.ASCII | re.S,
)
_ESCAPED = re.compile(r"\\(.)", re.S)


class BadNotation(ValueError):
    """What is written is no series or no values; the message says what and how to mend it."""


def values(written: str) -> list[float | None]:
    """Return one value an interval, None where there is none; ``axn`` is ``a`` and n more, ``_xn`` is n blanks.

    >>> values("1+2x3 _x2 7x1 -1-1x1 stale")
    [1.0, 3.0, 5.0, 7.0, None, None, 7.0, 7.0, -1.0, -2.0, None]
    """
    made: list[float | None] = []
    for word in written.split():
        made += _expanded(word, MOST_VALUES - len(made))
    return made


def series(written: str) -> tuple[str, str, Labels]:
    """Return a series' metric, its target, and its other labels.

    >>> series('memory{target="api", instance="a"}')
    ('memory', 'api', (('instance', 'a'),))
    """
    found = _SERIES.fullmatch(written)
    if found is None:
        raise BadNotation(f'{_shown(written)} is no series, as memory{{target="api"}} is one')
    known = dict(_labels(found["labels"] or "", written))
    target = known.pop("target", "")
    if not target:
        raise BadNotation(f'{_shown(written)} names no target: {found["name"]}{{target="…"}}')
    return found["name"], target, labels(known)


def _expanded(word: str, room: int) -> list[float | None]:
    if word == "stale":
        return _bounded([None], 1, room)
    if (blank := _BLANK.fullmatch(word)) is not None:
        return _bounded([None], int(blank["times"] or 1), room)
    item = _ITEM.fullmatch(word)
    if item is None or (item["step"] and not item["times"]):
        raise BadNotation(f"{_shown(word)} is no value: write 5, 5x3, 0+10x20, 100-1x60, _, _x3 or stale")
    # One more than it says: the first stands at time 0.
    number = int(item["times"] or 0) + 1
    if number > room:
        raise BadNotation(f"more than {MOST_VALUES} values")
    return list(_steps(float(item["value"]), float(item["step"] or 0), number))


def _steps(value: float, step: float, number: int) -> Iterator[float | None]:
    for _ in range(number):
        # What is no finite number is no sample, as it is none when it is read.
        yield value if isfinite(value) else None
        value += step


def _bounded(value: list[float | None], number: int, room: int) -> list[float | None]:
    if number > room:
        raise BadNotation(f"more than {MOST_VALUES} values")
    return value * number


def _labels(written: str, whole: str) -> Iterator[tuple[str, str]]:
    at = 0
    while written[at:].strip():
        found = _LABEL.match(written, at)
        if found is None:
            raise BadNotation(f'the labels of {_shown(whole)} are to be written name="value", …')
        yield found["name"], _ESCAPED.sub(_unescaped, found["quoted"][1:-1])
        at = found.end()


def _unescaped(found: re.Match[str]) -> str:
    return {"n": "\n", "t": "\t"}.get(found[1], found[1])


def _shown(word: str) -> str:
    return word if len(word) <= _LONGEST_SHOWN else f"{word[:_LONGEST_SHOWN]}…"
