"""One posted object, read: what it says of a trouble, in the relay's words."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from relay.core.model import Labels, Severity
from relay.intake import dates
from relay.intake.bounds import TITLE, identifier, line, pairs, prose, scalar
from relay.intake.generic.fields import Fields, at, first

# ``json.dumps`` makes an encoder each time.
_written = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found. Words are "" where there are none; ``severity`` is None where no word of it is known.

    ``whole`` is the object itself, as JSON.
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


def read(item: object, fields: Fields, words: Mapping[str, Severity]) -> Reading:
    """Return what ``item`` says; ``words`` tells severities by their lower-case names."""
    date, complaint = _date(first(item, fields.date))
    whole = _whole(item)
    title, summary = (scalar(first(item, paths)) for paths in (fields.title, fields.summary))
    return Reading(
        title=line(title or summary, TITLE),
        # Where nothing was understood, a person may understand it.
        summary=prose(summary if summary != title else "") or prose(whole),
        severity=_severity(item, fields, words),
        target=identifier(scalar(first(item, fields.target))),
        key=identifier(scalar(first(item, fields.key))),
        id=identifier(scalar(first(item, fields.id))),
        date=date,
        value=_number(first(item, fields.value)),
        threshold=_number(first(item, fields.threshold)),
        unit=line(scalar(first(item, fields.unit)), 20),
        labels=_labels(item, fields),
        whole=whole,
        note=complaint,
    )


def _severity(item: object, fields: Fields, words: Mapping[str, Severity]) -> Severity | None:
    level = words.get(_word(first(item, fields.severity)))
    status = words.get(_word(first(item, fields.status)))
    if status is Severity.OK:
        return Severity.OK
    return level if level is not None else status


def _word(value: object) -> str:
    return scalar(value).strip().casefold()


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


def _labels(item: object, fields: Fields) -> Labels:
    named = next((found for path in fields.labels if isinstance(found := at(item, path), dict)), {})
    return pairs((name, scalar(value)) for name, value in named.items())


def _whole(item: object) -> str:
    """Return the object as one JSON text, the same for every order of its keys; "" where it is nested too deeply."""
    try:
        return _written(item)
    except RecursionError:
        return ""
