"""Webhooks of Clever Cloud, format ``raw``: deployments, stops and everything else that it notifies of.

The rule: whatever names an event is kept. Nothing is refused for a key that is missing, new or of another type.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, cast

from pydantic import BaseModel, ConfigDict, Field

from relay.core.model import Severity
from relay.intake import dates
from relay.intake.clever_cloud.body import Body
from relay.intake.clever_cloud.events import events
from relay.intake.clever_cloud.meaning import Meaning, judge, key, told_late
from relay.intake.protocol import Parsed
from relay.intake.severities import Word, severity


class Settings(BaseModel):
    """A webhook of Clever Cloud."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["clever-cloud"]
    severities: dict[str, Word] = Field(
        default={},
        description="Severities that differ from the defaults, by event (APPLICATION_STOP), event and state"
        " (DEPLOYMENT_ACTION_END/CANCELLED) or cause of a restart (Monitoring/Unreachable). ignore: keep, tell nobody.",
        examples=[
            {"APPLICATION_STOP": "warning", "Monitoring/Unreachable": "critical", "GIT_PUSH": "ignore"}
        ],
    )
    names: dict[str, str] = Field(
        default={},
        description="Readable names by id, since deployment events carry none; best the name of the polled target.",
        examples=[{"app_7c2e9d04-1b66-4f0e-8a35-5d1f0c9b2a22": "gameshelf-api"}],
    )

    account: str | None = Field(
        None,
        max_length=64,
        description="the account under `clever_cloud` that its events belong to; default: the only one",
    )

    @property
    def chosen(self) -> Mapping[str, Severity]:
        """The severities that differ, by the keys of meanings."""
        return {key(word): severity(level) for word, level in self.severities.items()}

    def build(self, heard: Mapping[str, str] | None = None, *, is_watched: bool = False) -> CleverCloud:
        """Return the intake. ``heard`` are names that the platform tells; ``is_watched``: its state is polled as well."""
        names = ChainMap(dict(self.names), cast(dict[str, str], heard if heard is not None else {}))
        return CleverCloud(severities=self.chosen, names=names, is_watched=is_watched)


@dataclass(frozen=True, slots=True)
class CleverCloud:
    """Reads one event a request; ``severities`` has its keys as ``meaning.key`` makes them."""

    severities: Mapping[str, Severity]
    names: Mapping[str, str]
    is_watched: bool = False
    body_limit: int = 256 * 1024

    def parse(self, body: bytes, headers: Mapping[str, str], received_at: datetime) -> Parsed:
        """Return the event, and a resolving one for each other trouble that it ends."""
        del headers  # None is documented, so nothing may depend on one.
        said = Body.read(body)
        meaning, rootless = _rooted(said, judge(said, self.severities))
        date, complaint = _dated(said, received_at)
        if self.is_watched and date is not None:
            meaning = told_late(meaning, received_at - date)
        notes = (said.complaint, meaning.note, rootless, complaint)
        target = (
            self.names.get(said.resource)
            or said.name
            or said.resource
            or self.names.get(said.owner, said.owner)
        )
        return Parsed(
            events(said, meaning, target=target, date=date, body=body, received_at=received_at),
            "; ".join(note for note in notes if note),
        )


def _rooted(said: Body, meaning: Meaning) -> tuple[Meaning, str]:
    """Without a resource nothing can be matched: trouble is told once, and an end ends nothing."""
    if said.subject or not (meaning.lasting or meaning.ends or meaning.severity is Severity.OK):
        return meaning, ""
    told = max(meaning.severity, Severity.INFO)
    return replace(meaning, severity=told, lasting=False, ends=()), "names no resource"


def _dated(said: Body, received_at: datetime) -> tuple[datetime | None, str]:
    try:
        date = dates.parse(said.date)
    except ValueError:
        return None, "date: not readable, the time of receipt is taken"
    if date is None:
        return None, "no date: the time of receipt is taken"
    return date, "date: in the future, the time of receipt is taken" if date > received_at else ""
