"""The picture of what a message tells: the incident's metric as of the change that it tells, whenever that is drawn.

The rule: the store is read and left before anything is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from relay.core.model import Incident, Moment, Notification, Picture
from relay.core.reruns import as_of
from relay.core.rules import Rule
from relay.core.seal import Shown, expiry
from relay.core.targets import Target
from relay.core.text import Language, say
from relay.drawing.curves import Curve, curve, may_have_one
from relay.drawing.easel import Easel
from relay.drawing.pictures import picture, told
from relay.pipeline.setup import Setup, Showing
from relay.pipeline.showing import Missed
from relay.store import StoreUnavailable
from relay.store.reader import Reader
from relay.store.transactions import ReadTransaction

# What a page tells of a curve's past is more than a picture has room for.
MOMENTS = 50
# As many as can be drawn in good time: ten hours of one each 15 seconds.
MOST_SAMPLES = 2_400
END = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is to be drawn: an incident as of one of its changes, and its metric until then."""

    incident: Incident
    curve: Curve

    def png(self, language: Language) -> bytes:
        """Draw it."""
        return picture(self.curve, say(self.incident.title, language), language)

    def said(self, language: Language) -> str:
        """Say it in words."""
        return told(self.curve, self.incident.target, language)


class Drawn:
    """Makes the pictures of messages, with a reader of the store and an easel."""

    def __init__(self, reader: Reader, easel: Easel) -> None:
        self._reader = reader
        self._easel = easel

    async def picture(self, notification: Notification, setup: Setup, showing: Showing) -> Picture | None:
        """Return the picture for a message; None where the incident has no metric, or nobody could fetch it."""
        # Most of what is reported has none: it costs neither a turn of the thread nor a look into the store.
        if not may_have_one(setup.rules, notification.incident):
            return None
        shown = Shown(
            notification.incident.id,
            notification.moments[-1].sequence,
            showing.language,
            expiry(notification.at),
        )
        link = setup.chart_link(shown) if showing.by_address else ""
        if showing.by_address and not link:
            return None
        return await self._easel.paint(lambda: self._made(setup, shown, link))

    async def png(self, setup: Setup, shown: Shown) -> bytes | None:
        """Return the PNG of a picture, None where there is nothing to draw (any more)."""
        return await self._easel.paint(lambda: self._drawn(setup, shown))

    def _made(self, setup: Setup, shown: Shown, link: str) -> Picture | None:
        found = self._read(setup, shown)
        if found is None:
            return None
        said = found.said(shown.language)
        return Picture(said, link=link) if link else Picture(said, found.png(shown.language))

    def _drawn(self, setup: Setup, shown: Shown) -> bytes | None:
        found = self._read(setup, shown)
        return None if found is None else found.png(shown.language)

    def _read(self, setup: Setup, shown: Shown) -> Subject | None:
        targets = [polled.target for polled in setup.targets.values()]
        try:
            with self._reader.read() as tx:
                return subject(tx, setup.rules, targets, shown)
        except StoreUnavailable:
            raise Missed("store") from None


def subject(
    tx: ReadTransaction, rules: Sequence[Rule], targets: Sequence[Target], shown: Shown
) -> Subject | None:
    """Return what a picture shows, None where nothing is known or measured."""
    incident = tx.incident(shown.incident_id)
    moments = tx.moments(shown.incident_id, max(1, shown.sequence - MOMENTS), shown.sequence)
    if incident is None or not moments or moments[-1].sequence != shown.sequence:
        return None
    then = _then(tx, incident, moments)
    applications = [one.application for one in targets if one.name == then.target and one.application]
    found = curve(
        tx, rules, then, moments, moments[-1].at, applications=(*applications, then.target), most=MOST_SAMPLES
    )
    return None if found is None else Subject(then, found)


def _then(tx: ReadTransaction, incident: Incident, moments: Sequence[Moment]) -> Incident:
    """Return the incident as it was after the last of ``moments``, with the forecast of that time."""
    then = as_of(incident, moments, END) or incident
    cause = tx.event_of(incident.id, moments[-1].sequence)
    if cause is None:
        return then
    threshold = cause.threshold if then.is_open else then.threshold
    return replace(then, facts=cause.facts, threshold=threshold)
