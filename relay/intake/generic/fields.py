"""Where in a posted object each thing stands: dotted paths, of which the first that leads to something counts."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from relay.intake.bounds import scalar

Path = Annotated[str, StringConstraints(min_length=1, max_length=200)]
# One path or several, as a person writes it.
Paths = Annotated[
    tuple[Path, ...], BeforeValidator(lambda value: (value,) if isinstance(value, str) else value)
]


class Fields(BaseModel):
    """Paths such as ``alert.labels.0.name``; the first that leads to a word or a number counts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Paths = ("title", "name", "alertname", "labels.alertname", "subject", "event", "message", "text")
    summary: Paths = ("summary", "description", "annotations.summary", "details", "body", "message", "text")
    severity: Paths = ("severity", "level", "priority", "labels.severity")
    status: Paths = ("status", "state")
    target: Paths = ("target", "service", "app", "application", "host", "instance", "resource")
    key: Paths = Field(
        default=("key", "fingerprint", "dedup_key"),
        description="What names the trouble, the same when it begins and when it ends. Without it every message stands alone.",
    )
    id: Paths = Field(
        default=("event_id", "message_id"),
        description="What is the same only when the same message is sent again.",
    )
    date: Paths = ("date", "timestamp", "time", "occurred_at", "created_at")
    value: Paths = ("value",)
    threshold: Paths = ("threshold",)
    unit: Paths = ("unit",)
    labels: Paths = Field(
        default=("labels", "tags"), description="An object, each word or number of which is a label."
    )


def first(item: object, paths: Paths) -> object:
    """Return the first word or number that a path leads to, or None."""
    found = (at(item, path) for path in paths)
    return next((value for value in found if scalar(value).strip()), None)


def at(item: object, path: str) -> object:
    """Return what stands at a dotted path, or None; a key that holds dots itself is found too.

    >>> at({"alerts": [{"name": "leak"}]}, "alerts.0.name"), at({"a.b": 1}, "a.b"), at([], "0")
    ('leak', 1, None)
    """
    if isinstance(item, dict) and path in item:
        found: object = item[path]
        return found
    for step in path.split("."):
        match item:
            case dict():
                item = item.get(step)
            case list() if step.isdecimal() and step.isascii() and len(step) < 6:
                item = item[int(step)] if int(step) < len(item) else None
            case _:
                return None
    return item
