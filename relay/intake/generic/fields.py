"""Where in a posted object each thing stands: dotted paths, of which the first that leads to something counts."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from relay.intake.bounds import scalar

# What of an object becomes a part of an event, besides its labels.
NAMES = (
    *("title", "summary", "severity", "status", "target", "key", "id", "date"),
    *("value", "threshold", "unit"),
)
# Behind every path.
_NONE = 1_000_000

Path = Annotated[str, StringConstraints(min_length=1, max_length=200)]
# One path or several, as a person writes it.
Paths = Annotated[
    tuple[Path, ...], BeforeValidator(lambda value: (value,) if isinstance(value, str) else value)
]


class Fields(BaseModel):
    """Paths such as ``alert.labels.0.name``; the first that leads to a word or a number counts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Paths = Field(
        default=("title", "name", "alertname", "labels.alertname", "subject", "event", "message", "text"),
        description="What happened, in a few words.",
    )
    summary: Paths = Field(
        default=("summary", "description", "annotations.summary", "details", "body", "message", "text"),
        description="More of it.",
    )
    severity: Paths = Field(
        default=("severity", "level", "priority", "labels.severity"), description="How bad it is, in a word."
    )
    status: Paths = Field(default=("status", "state"), description="Whether it begins or ends, in a word.")
    target: Paths = Field(
        default=("target", "service", "app", "application", "host", "instance", "resource"),
        description="What it is about.",
    )
    key: Paths = Field(
        default=("key", "fingerprint", "dedup_key"),
        description="What names the trouble, the same when it begins and when it ends. Without it every message stands alone.",
    )
    id: Paths = Field(
        default=("event_id", "message_id"),
        description="What is the same only when the same message is sent again.",
    )
    date: Paths = Field(
        default=("date", "timestamp", "time", "occurred_at", "created_at"), description="When it happened."
    )
    value: Paths = Field(default=("value",), description="A measured number.")
    threshold: Paths = Field(default=("threshold",), description="The number that it is held against.")
    unit: Paths = Field(default=("unit",), description="The unit of both.")
    labels: Paths = Field(
        default=("labels", "tags"), description="An object, each word or number of which is a label."
    )


class Places:
    """Where the fields of an object stand, by the first steps of their paths: an object has few keys, and all paths are many."""

    def __init__(self, fields: Fields) -> None:
        self.labels = fields.labels
        self._paths = tuple(getattr(fields, name) for name in NAMES)
        leads: dict[str, list[tuple[int, int, str]]] = {}
        for place, paths in enumerate(self._paths):
            for rank, path in enumerate(paths):
                # A key that holds dots itself is found too.
                for key in {path, path.partition(".")[0]}:
                    leads.setdefault(key, []).append((place, rank, path))
        self._leads = leads

    def found(self, item: object) -> list[object]:
        """Return for each of ``NAMES`` the first word or number that a path of it leads to, or None."""
        if type(item) is not dict:
            return [_first(item, paths) for paths in self._paths]
        found: list[object] = [None] * len(NAMES)
        ranks = [_NONE] * len(NAMES)
        for key in self._leads.keys() & item.keys():
            for place, rank, path in self._leads[key]:
                if rank < ranks[place]:
                    value = item[key] if path == key else at(item, path)
                    if value is not None and scalar(value).strip():
                        found[place], ranks[place] = value, rank
        return found


def _first(item: object, paths: Paths) -> object:
    for path in paths:
        value = at(item, path)
        if value is not None and scalar(value).strip():
            return value
    return None


def at(item: object, path: str) -> object:
    """Return what stands at a dotted path, or None; a key that holds dots itself is found too.

    >>> at({"alerts": [{"name": "leak"}]}, "alerts.0.name"), at({"a.b": 1}, "a.b"), at([], "0")
    ('leak', 1, None)
    """
    if isinstance(item, dict):
        if path in item:
            found: object = item[path]
            return found
        if "." not in path:
            return None
    for step in path.split("."):
        match item:
            case dict():
                item = item.get(step)
            case list() if step.isdecimal() and step.isascii() and len(step) < 6:
                item = item[int(step)] if int(step) < len(item) else None
            case _:
                return None
    return item
