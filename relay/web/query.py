"""What a visitor asks for, read from a query string: filters, a place in the list, a number, a span of time.

The rule: what can't be understood is refused with its place and how to mend it; it is never taken to mean "all".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import TypeVar

from relay.core.model import Incident, Severity
from relay.core.text import Text, text
from relay.store.incidents import Filter, Place

T = TypeVar("T")

STATES = {"open": True, "over": False}
SEVERITIES = {severity.word: severity for severity in Severity if severity is not Severity.OK}
FILTERS = ("state", "severity", "target", "source", "since", "until", "q")
LONGEST = 300
MOST_WORDS = 8

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# Nothing is kept of before and after, and who reckons on from these comes to no end of the calendar.
EARLIEST, LATEST = datetime(1980, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)(Z|z|[+-]\d\d:\d\d)?)?", re.ASCII
)
_PLACE = re.compile(r"(\d{1,16})\.([0-9A-Za-z_-]{1,64})", re.ASCII)
_IDENTITY = re.compile(r"[0-9A-Za-z_-]{1,64}", re.ASCII)


class BadQuery(Exception):
    """A query that can't be understood. ``where`` names the parameter, ``reason`` says how to mend it."""

    def __init__(self, where: str, reason: Text) -> None:
        super().__init__(where, reason.key)
        self.where = where
        self.reason = reason


def only(given: Iterable[str], known: Iterable[str]) -> None:
    """Refuse parameters that are not known, as a mistyped filter would otherwise filter nothing."""
    names = sorted(known)
    for name in given:
        if name not in names:
            close = get_close_matches(name, names, 1)
            hint = close[0] if close else ", ".join(names)
            raise BadQuery(name[:60], text("page.bad.unknown", known=hint))


def filters(given: Mapping[str, str]) -> Filter:
    """Return the filter that ``given`` describes; a missing parameter means all."""
    return Filter(
        is_open=choice(given, "state", STATES),
        at_least=choice(given, "severity", SEVERITIES),
        target=words(given, "target"),
        source=words(given, "source"),
        since=moment(given, "since"),
        until=moment(given, "until"),
        words=_search(given),
    )


def moment(given: Mapping[str, str], name: str) -> datetime | None:
    """Return a time; one without a zone is UTC, one without an hour is midnight; what nobody lives is the nearest that can be."""
    if name not in given:
        return None
    found = _TIME.fullmatch(given[name])
    try:
        if found is None:
            raise ValueError
        day, clock, zone = found.groups()
        at = datetime.fromisoformat(f"{day}T{clock or '00:00'}{zone or 'Z'}".upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadQuery(name, text("page.bad.time")) from None
    return min(max(at, EARLIEST), LATEST)


def number(given: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    """Return a whole number within bounds."""
    if name not in given:
        return default
    word = given[name]
    if re.fullmatch(r"[0-9]{1,10}", word, re.ASCII) and least <= int(word) <= most:
        return int(word)
    raise BadQuery(name, text("page.bad.number", least=least, most=most))


def name(given: Mapping[str, str], parameter: str) -> str:
    """Return a name that must be there."""
    word = words(given, parameter)
    if not word:
        raise BadQuery(parameter, text("page.bad.missing"))
    return word


def place(given: Mapping[str, str], parameter: str = "after") -> Place | None:
    """Return the place that ``token_after`` wrote."""
    if parameter not in given:
        return None
    found = _PLACE.fullmatch(given[parameter])
    if found is None:
        raise BadQuery(parameter, text("page.bad.token"))
    return Place(_EPOCH + int(found[1]) * _MICROSECOND, found[2])


def token_after(incident: Incident) -> str:
    """Return the place just after ``incident``, for ``place`` to read."""
    return token(incident.opened_at, incident.id)


def token(at: datetime, identity: str) -> str:
    """Return the place just after what happened then."""
    return f"{(at - _EPOCH) // _MICROSECOND}.{identity}"


def is_identity(word: str) -> bool:
    """Whether ``word`` may be an id; the store is not asked for anything else."""
    return _IDENTITY.fullmatch(word) is not None


def choice(given: Mapping[str, str], name: str, choices: Mapping[str, T]) -> T | None:
    """Return what a word stands for, None where none was given."""
    if name not in given:
        return None
    if given[name] not in choices:
        raise BadQuery(name, text("page.bad.choice", choices=", ".join(choices)))
    return choices[given[name]]


def words(given: Mapping[str, str], name: str) -> str:
    """Return a text, empty where none was given."""
    written = given.get(name, "")
    if len(written) > LONGEST:
        raise BadQuery(name, text("page.bad.long", most=LONGEST))
    if "\0" in written:
        raise BadQuery(name, text("page.bad.character"))
    return written


def _search(given: Mapping[str, str]) -> tuple[str, ...]:
    """Return the words to look for; of very many the last ones together, as one phrase."""
    return tuple(words(given, "q").split(maxsplit=MOST_WORDS - 1))
