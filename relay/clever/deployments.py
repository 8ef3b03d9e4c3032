"""Deployments as the platform lists them, and what they mean beside each other.

Facts: newest first; a date may be a number or digits; one that is under way but is not the newest has failed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from relay.clever.client import rows
from relay.intake import dates
from relay.intake.bounds import NAME, line, scalar

UNDER_WAY = frozenset({"WIP", "TASK_RUNNING"})
# API v4 has other words for the same states.
_V4 = {
    "QUEUED": "WIP",
    "WORK_IN_PROGRESS": "WIP",
    "TASK_IN_PROGRESS": "TASK_RUNNING",
    "FAILED": "FAIL",
    "SUCCEEDED": "OK",
}


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment; empty where the platform says nothing, as the author of one by its monitoring."""

    id: str
    began_at: datetime
    state: str
    action: str = ""
    commit: str = ""
    cause: str = ""
    author: str = ""

    @property
    def is_under_way(self) -> bool:
        """Whether its end is open."""
        return self.state in UNDER_WAY


def deployments(found: object) -> list[Deployment]:
    """Return an application's deployments, newest first, none of them under way but the newest."""
    made = sorted(_read(found), key=lambda one: one.began_at, reverse=True)
    return [
        replace(one, state="FAIL") if place and one.is_under_way else one for place, one in enumerate(made)
    ]


def by_application(found: object) -> dict[str, list[Deployment]]:
    """Return the deployments of a whole organisation, by application."""
    if not isinstance(found, dict):
        return {}
    return {id: deployments(listed) for id, listed in found.items() if isinstance(id, str)}


def decided(known: Sequence[Deployment]) -> Deployment | None:
    """Return the newest that came to something: what now runs, or does not, is its doing."""
    return next((one for one in known if not one.is_under_way and one.state != "CANCELLED"), None)


def _read(found: object) -> Iterator[Deployment]:
    for row in rows(found):
        id, began_at = row.get("uuid") or row.get("id"), _date(row)
        if isinstance(id, str) and began_at is not None:
            yield _deployment(line(id, NAME), began_at, row)


def _deployment(id: str, began_at: datetime, row: Mapping[str, object]) -> Deployment:
    origin, version, author = _inner(row, "origin"), _inner(row, "version"), _inner(row, "author")
    state = _word(row.get("state")).upper()
    cause = _word(row.get("cause")) or _word(origin.get("cause"))
    source = _word(origin.get("source"))
    return Deployment(
        id=id,
        began_at=began_at,
        state=_V4.get(state, state),
        action=_word(row.get("action")) or _word(origin.get("action")),
        commit=_word(row.get("commit")) or _word(version.get("commitId")),
        cause=f"{source}/{cause}" if source == "Monitoring" else cause,
        author=_word(author.get("name")) or _word(author.get("id")) or _word(origin.get("authorId")),
    )


def _inner(row: Mapping[str, object], name: str) -> Mapping[str, object]:
    inner = row.get(name)
    return inner if isinstance(inner, dict) else {}


def _date(row: Mapping[str, object]) -> datetime | None:
    try:
        return dates.parse(row.get("date") or row.get("startDate"))
    except ValueError:
        return None


def _word(value: object) -> str:
    return line(scalar(value), NAME)
