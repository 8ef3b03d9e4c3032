"""Core values as JSON documents and back. Unknown keys of a newer version are ignored, missing ones take their default.

What has its default is not written: most of an event has.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic_core import PydanticSerializationError, to_json

from relay.core.model import Event, Incident, Labels, Reading, Readings, Severity
from relay.core.text import Argument, Quantity, Text, verbatim

_LAST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()


def stamp(at: datetime) -> float:
    """Return a time as the store keeps it: seconds since 1970, exact to the microsecond."""
    return at.timestamp()


def moment(stamped: float) -> datetime:
    """Return the time that ``stamp`` kept; the last microseconds of the year 9999 would round to a year that is none."""
    return datetime.fromtimestamp(min(stamped, _LAST), UTC)


def maybe_moment(stamped: float | None) -> datetime | None:
    """Return the time, or None where there is none."""
    return None if stamped is None else moment(stamped)


def write_text(what: Text) -> str:
    """Return a sentence as JSON."""
    return _document(_packed(what))


def read_text(document: str) -> Text:
    """Return the sentence that ``write_text`` wrote."""
    loaded = _unpacked(json.loads(document))
    return loaded if isinstance(loaded, Text) else Text("verbatim", (("words", str(loaded)),))


def write_reason(what: Text | None) -> str:
    """Return why a delivery stands where it stands as JSON; empty for no reason."""
    return "" if what is None else write_text(what)


def read_reason(document: str) -> Text | None:
    """Return the reason that ``write_reason`` wrote; older versions kept it as English words."""
    if not document:
        return None
    try:
        return read_text(document) if document.startswith('{"key":') else verbatim(document)
    except (ValueError, LookupError, TypeError, AttributeError):
        return verbatim(document)


def write_event(event: Event) -> str:
    """Return an event as JSON."""
    return _document(_record(event))


def read_event(document: str) -> Event:
    """Return the event that ``write_event`` wrote."""
    return Event(**_fields(json.loads(document), Event))


def write_incident(incident: Incident) -> str:
    """Return an incident as JSON."""
    return _document(_record(incident))


def read_incident(document: str) -> Incident:
    """Return the incident that ``write_incident`` wrote."""
    return Incident(**_fields(json.loads(document), Incident))


def write_labels(labels: Labels) -> str:
    """Return labels as JSON, equal for equal labels."""
    return _dumped([list(pair) for pair in labels])


def read_labels(document: str) -> Labels:
    """Return the labels that ``write_labels`` wrote."""
    return tuple((name, value) for name, value in json.loads(document))


def write_readings(readings: Readings) -> str:
    """Return raw readings as JSON; NaN and infinities included, as Python's JSON writes them."""
    rows = [
        [reading.name, reading.value, [list(pair) for pair in reading.labels]] for reading in readings.values
    ]
    return _dumped({"at": stamp(readings.at), "values": rows})


def read_readings(document: str) -> Readings | None:
    """Return the readings that ``write_readings`` wrote, or None for an empty document."""
    if not document:
        return None
    loaded = json.loads(document)
    values = tuple(
        Reading(name, value, tuple((key, word) for key, word in labels))
        for name, value, labels in loaded["values"]
    )
    return Readings(moment(loaded["at"]), values)


_TIMES = frozenset(
    {"occurred_at", "received_at", "as_of", "opened_at", "updated_at", "resolved_at", "ends_at"}
)
_TEXTS = frozenset({"title", "summary", "deployment"})
_SEVERITIES = frozenset({"severity", "peak"})
_PAIRS = frozenset({"labels", "facts", "rule"})


# Asked for once: every event is written and read by them.
_NAMES = {kind: tuple(field.name for field in fields(kind)) for kind in (Event, Incident)}
_DEFAULTS = {kind: tuple((field.name, field.default) for field in fields(kind)) for kind in (Event, Incident)}


def _document(value: object) -> str:
    try:
        return to_json(value).decode()
    except PydanticSerializationError:
        # A half of a surrogate pair, which UTF-8 does not have and a JSON escape does.
        return _dumped(value)


def _record(value: Event | Incident) -> dict[str, Any]:
    record = {}
    for name, default in _DEFAULTS[type(value)]:
        said = getattr(value, name)
        if said is not default and (default is MISSING or said != default):
            record[name] = _packed(said)
    return record


def _fields(loaded: Mapping[str, Any], kind: type[Event] | type[Incident]) -> dict[str, Any]:
    return {name: _field(name, loaded[name]) for name in _NAMES[kind] if name in loaded}


def _field(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _TIMES:
        return moment(value)
    if name in _TEXTS:
        return _unpacked(value)
    if name in _SEVERITIES:
        return Severity(value)
    if name in _PAIRS:
        return tuple((key, word) for key, word in value)
    return tuple(value) if name == "repeats" else value


def _packed(value: object) -> object:
    pack = _PACKERS.get(type(value))
    return value if pack is None else pack(value)


def _sentence(what: Text) -> object:
    return {"key": what.key, "args": {name: _packed(argument) for name, argument in what.args}}


def _unpacked(value: Any) -> Argument:
    if not isinstance(value, dict):
        return value  # type: ignore[no-any-return]
    if "key" in value:
        return Text(value["key"], tuple((name, _unpacked(item)) for name, item in value["args"].items()))
    if "seconds" in value:
        return timedelta(seconds=value["seconds"])
    return Quantity(value["value"], value["unit"])


# JSON has all else as it is.
_PACKERS: Mapping[type, Callable[[Any], object]] = {
    Text: _sentence,
    Quantity: lambda quantity: {"value": quantity.value, "unit": quantity.unit},
    timedelta: lambda span: {"seconds": span.total_seconds()},
    datetime: stamp,
    tuple: lambda items: [_packed(item) for item in items],
    Severity: int,
}
# ``json.dumps`` makes an encoder each time.
_dumped = json.JSONEncoder(separators=(",", ":")).encode
