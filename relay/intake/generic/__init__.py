"""Any JSON object or list, its keys mapped by settings: for whatever can post JSON, by hand or by program.

The rule: what is posted is seen. A body of which nothing is understood is a warning that stands alone and shows the body.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from relay.core.identity import dated, digest
from relay.core.model import Event, Severity
from relay.core.text import text, verbatim
from relay.intake.document import document
from relay.intake.generic.fields import Fields, Places
from relay.intake.generic.reading import Reading, read
from relay.intake.protocol import BodyError, Parsed
from relay.intake.severities import COMMON, Told, severity
from relay.intake.undated import undated

MOST = 256


class Settings(BaseModel):
    """Any JSON, mapped."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["generic"]
    source: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,49}$")] = Field(
        default="generic",
        description="What events of this webhook have as their source; it sets its troubles apart.",
    )
    fields: Fields = Field(
        default=Fields(), description="Where each thing stands in a posted object: dotted paths."
    )
    severities: dict[str, Told] = Field(
        default={},
        description="What words of severity and status mean, besides the common ones; ok ends a trouble.",
        examples=[{"rouge": "critical", "vert": "ok"}],
    )
    default_severity: Literal["info", "warning", "critical"] = Field(
        default="warning", description="The severity of a message that names none that is known."
    )

    def build(self) -> Generic:
        """Return the intake."""
        own = {word.strip().casefold(): severity(level) for word, level in self.severities.items()}
        return Generic(self.source, Places(self.fields), {**COMMON, **own}, severity(self.default_severity))


@dataclass(frozen=True, slots=True)
class Generic:
    """Reads one event an object; ``severities`` has lower-case words."""

    source: str
    places: Places
    severities: Mapping[str, Severity]
    default: Severity
    body_limit: int = 256 * 1024

    def parse(self, body: bytes, headers: Mapping[str, str], received_at: datetime) -> Parsed:
        """Return one event for an object, or one for each item of a list."""
        del headers
        said = document(body)
        if not isinstance(said, dict | list):
            raise BodyError("the body must be a JSON object or a list of them")
        items = said if isinstance(said, list) else [said]
        if len(items) > MOST:
            raise BodyError(f"{len(items)} items in one request, at most {MOST} are taken", status=413)
        events: list[Event] = []
        notes: list[str] = []
        for index, item in enumerate(items):
            reading = read(item, self.places, self.severities)
            events.append(
                self._event(reading, self._identity(reading, index, body, received_at), received_at)
            )
            if reading.note:
                notes.append(f"item {index}: {reading.note}")
        return Parsed(tuple(events), "; ".join(notes[:10]) if items else "an empty list")

    def _event(self, reading: Reading, identity: tuple[str, tuple[str, ...]], received_at: datetime) -> Event:
        id, repeats = identity
        told = self.default if reading.severity is None else reading.severity
        # Without a key nothing can be matched: trouble is told once, and an end ends nothing.
        told = told if reading.key else max(told, Severity.INFO)
        return Event(
            id=id,
            fingerprint=f"{self.source}/key/{reading.key}" if reading.key else f"{self.source}/event/{id}",
            severity=told,
            kind="message",
            source=self.source,
            target=reading.target or self.source,
            title=verbatim(reading.title) if reading.title else text("generic.title", source=self.source),
            summary=verbatim(reading.summary),
            occurred_at=min(reading.date or received_at, received_at),
            received_at=received_at,
            labels=reading.labels,
            value=reading.value,
            threshold=reading.threshold,
            unit=reading.unit,
            momentary=not reading.key and told > Severity.INFO,
            repeats=repeats,
        )

    def _identity(
        self, reading: Reading, index: int, body: bytes, received_at: datetime
    ) -> tuple[str, tuple[str, ...]]:
        word = reading.severity.word if reading.severity is not None else ""
        if reading.id:
            return digest(self.source, "id", reading.id, word), ()
        if reading.date is not None and reading.whole:
            return dated(reading.date, self.source, "dated", reading.whole), ()
        return undated(self.source, body, str(index), received_at=received_at)
