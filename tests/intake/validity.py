"""What must hold for everything that an intake says, whatever it was given."""

import math
from datetime import UTC, datetime

from relay.core.model import Event, Severity
from relay.core.text import Language, say
from relay.intake import BodyError, Intake, Parsed

NOW = datetime(2026, 6, 15, 9, 0, 30, tzinfo=UTC)


def parsed(intake: Intake, body: bytes, received_at: datetime = NOW) -> Parsed | BodyError:
    """Return what the intake makes of ``body``, having checked it; any other exception is a fault."""
    said = _read(intake, body, received_at)
    if isinstance(said, BodyError):
        assert 400 <= said.status < 500
        assert 0 < len(str(said).encode()) < 1_000
        return said
    assert len(said.note.encode()) < 3_000
    assert len(said.rejected.encode()) < 3_000
    for event in said.events:
        check(event, received_at)
    return said


def _read(intake: Intake, body: bytes, received_at: datetime) -> Parsed | BodyError:
    try:
        return intake.parse(body, {}, received_at)
    except BodyError as refusal:
        return refusal


def check(event: Event, received_at: datetime) -> None:
    """Hold one event against the promises of ``Event`` and of what the store can keep."""
    assert event.received_at == received_at
    assert event.occurred_at.tzinfo is UTC
    assert event.occurred_at <= event.known_at <= received_at
    assert event.ends_at is None or (event.ends_at.tzinfo is UTC and event.ends_at > received_at)
    assert all(number is None or math.isfinite(number) for number in (event.value, event.threshold))
    assert not event.momentary or event.severity > Severity.INFO
    assert len(event.labels) <= 64
    assert len(event.facts) <= 64
    assert list(event.labels) == sorted(dict(event.labels).items())
    for words, limit in _words(event):
        assert len(words) <= limit
        assert "\x00" not in words
        words.encode()
    for words in (event.target, event.kind, event.source, say(event.title, Language.FRENCH)):
        assert words.strip()


def _words(event: Event) -> list[tuple[str, int]]:
    pairs = [word for pair in (*event.labels, *event.facts) for word in pair]
    spoken = [(say(event.title, language), 300) for language in Language]
    spoken += [(say(event.summary, language), 2_000) for language in Language]
    short = (event.target, event.kind, event.source, event.unit, *pairs)
    return [
        *spoken,
        *((word, 300) for word in (event.id, event.fingerprint)),
        *((word, 200) for word in short),
    ]
