"""The kinds of values that keys have: durations, sizes, names, moments. None of their errors quotes the value."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler, PlainSerializer
from pydantic_core import CoreSchema

_DURATION = re.compile(
    r"(?=[0-9])(?:([0-9]{1,5})d)?(?:([0-9]{1,5})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,8})s)?(?:([0-9]{1,9})ms)?",
    re.ASCII,
)
_UNITS = ("days", "hours", "minutes", "seconds", "milliseconds")
_SIZE = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,3})?) ?(B|kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB)?", re.ASCII)
_FACTORS = {
    None: 1, "B": 1, "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12,
    "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40,
}  # fmt: skip
_TIME_OF_DAY = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
LONGEST = timedelta(days=3650)


class Section(BaseModel):
    """What every part of the configuration is: frozen, without unknown keys, and silent about what it was given."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
        validate_by_name=False,
    )


class _Written:
    """Shows a kind of value in the JSON Schema as the text that it is written as."""

    def __init__(self, pattern: str, *examples: str) -> None:
        self._schema = {"type": "string", "pattern": pattern, "examples": list(examples)}

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return dict(self._schema)


class Alternative:
    """Shows in the JSON Schema that a section may also be written as one plain value."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"anyOf": [{"type": self._kind}, handler(schema)]}


def duration(written: object) -> timedelta:
    """Return what ``90s``, ``2m``, ``1h30m`` or ``7d`` means.

    >>> duration("1h30m"), duration("500ms")
    (datetime.timedelta(seconds=5400), datetime.timedelta(microseconds=500000))
    """
    if isinstance(written, timedelta):
        return written
    found = _DURATION.fullmatch(written) if isinstance(written, str) else None
    if found is None:
        raise ValueError("a duration is needed: a number and its unit, as in 90s, 2m, 1h30m or 7d")
    parts = {unit: int(number) for unit, number in zip(_UNITS, found.groups(), strict=True) if number}
    length = timedelta(**parts)
    if length > LONGEST:
        raise ValueError("a duration of at most 3650d is needed")
    return length


def told(length: timedelta) -> str:
    """Return a duration as config.yaml writes it.

    >>> told(timedelta(minutes=90)), told(timedelta(0)), told(timedelta(milliseconds=1500))
    ('1h30m', '0s', '1s500ms')
    """
    left = length // timedelta(milliseconds=1)
    parts = []
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        count, left = divmod(left, size)
        parts.append(f"{count}{unit}" if count else "")
    return "".join(parts) or "0s"


def size(written: object) -> float:
    """Return a number of bytes.

    >>> size("256MB"), size("256MiB"), size(1024)
    (256000000.0, 268435456.0, 1024.0)
    """
    if isinstance(written, int | float) and not isinstance(written, bool):
        written = f"{written}"
    found = _SIZE.fullmatch(written) if isinstance(written, str) else None
    if found is None or not float(found[1]):
        raise ValueError(
            "a size is needed: 256MB (millions of bytes), 256MiB (of 1,048,576) or a number of bytes"
        )
    return float(found[1]) * _FACTORS[found[2]]


def _moment(written: object) -> datetime:
    try:
        at = datetime.fromisoformat(written) if isinstance(written, str) else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise ValueError("a date and time with its offset is needed, as in 2026-12-01T22:00:00+01:00")
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("this date is out of range") from None


def _time_of_day(written: object) -> time:
    found = _TIME_OF_DAY.fullmatch(written) if isinstance(written, str) else None
    if found is None:
        raise ValueError('a time of day is needed, as in "22:00"')
    return time(int(found[1]), int(found[2]))


def _zone(written: object) -> ZoneInfo:
    try:
        if isinstance(written, str):
            return ZoneInfo(written)
    except (ValueError, OSError, LookupError):
        # LookupError: there is none of this name. The others: names that are no name of a file.
        pass
    raise ValueError("a time zone is needed by its name, as in Europe/Paris or UTC")


def _number(given: object) -> object:
    """Refuse a truth value, which pydantic would take for 0 or 1."""
    if isinstance(given, bool):
        raise ValueError("a number is needed, not true or false")
    return given


Duration = Annotated[
    timedelta,
    BeforeValidator(duration),
    PlainSerializer(told, when_used="json"),
    _Written(r"^([0-9]+(d|h|ms|m|s))+$", "90s", "1h30m"),
]
Size = Annotated[float, BeforeValidator(size), _Written(r"^[0-9.]+ ?([kKMGT]i?B|B)?$", "256MB", "1GiB")]
Moment = Annotated[datetime, BeforeValidator(_moment), _Written("^.+$", "2026-12-01T22:00:00+01:00")]
TimeOfDay = Annotated[time, BeforeValidator(_time_of_day), _Written("^[0-2][0-9]:[0-5][0-9]$", "22:00")]
Zone = Annotated[ZoneInfo, BeforeValidator(_zone), _Written("^.+$", "Europe/Paris")]
Number = Annotated[float, BeforeValidator(_number), Field(allow_inf_nan=False)]
# In addresses, fingerprints and file names.
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Words = Annotated[str, Field(min_length=1, max_length=200)]
Conditions = dict[Words, Annotated[str, Field(max_length=200)]]
Level = Literal["info", "warning", "critical"]
