"""One posted object, read: what it says of a trouble, in the relay's words."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from relay.core.model import Labels, Severity
from relay.intake import dates
from relay.intake.bounds import TITLE, identifier, line, pairs, prose, scalar
from relay.intake.generic.fields import Paths, Places, at

# ``json.dumps`` makes an encoder each time.
_written = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode


class Reading(NamedTuple):
    """What was found. Words are "" where there are none; ``severity`` is None where no word of it is known.

    ``whole`` is the object itself, as JSON, where that is needed to tell it from others.
    """

    title: str
    summary: str
    severity: Severity | None
    target: str
    key: str
    id: str
    date: datetime | None
    value: float | None
    threshold: float | None
    unit: str
    labels: Labels
    whole: str
    note: str


def read(item: object, places: Places, words: Mapping[str, Severity]) -> Reading:
    """Return what ``item`` says; ``words`` tells severities by their lower-case names."""
    title, summary, level, status, target, key, id, date, value, threshold, unit = places.found(item)
    at, complaint = _date(date)
    said, more, name = scalar(title), scalar(summary), identifier(scalar(id))
    if more == said:
        more = ""
    more = prose(more)
    # Where nothing was understood, a person may understand it.
    whole = _whole(item) if not more or (at is not None and not name) else ""
    return Reading(
        line(said or more, TITLE),
        more or prose(whole),
        _severity(level, status, words),
        identifier(scalar(target)),
        identifier(scalar(key)),
        name,
        at,
        _number(value),
        _number(threshold),
        line(scalar(unit), 20),
        _labels(item, places.labels),
        whole,
        complaint,
    )


def _severity(level: object, status: object, words: Mapping[str, Severity]) -> Severity | None:
    grade, state = words.get(_word(level)), words.get(_word(status))
    if state is Severity.OK:
        return Severity.OK
    return grade if grade is not None else state


def _word(value: object) -> str:
    return "" if value is None else scalar(value).strip().casefold()


def _date(value: object) -> tuple[datetime | None, str]:
    try:
        return dates.parse(value), ""
    except ValueError:
        return None, "date: not readable, the time of receipt is taken"


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _labels(item: object, paths: Paths) -> Labels:
    for path in paths:
        named = at(item, path)
        if isinstance(named, dict):
            return pairs((name, scalar(value)) for name, value in named.items())
    return ()


def _whole(item: object) -> str:
    """Return the object as one JSON text, the same for every order of its keys; "" where it is nested too deeply."""
    try:
        return _written(item)
    except RecursionError:
        return ""
