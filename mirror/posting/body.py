"""An event as a hook gets it: raw, or a sentence for a chat."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

from mirror.times import millis, zulu
from mirror.world.nouns import Event
from mirror.world.quirks import EventDates, Quirks

_DATES: dict[EventDates, Callable[[datetime], object]] = {
    EventDates.NUMBER: millis,
    EventDates.TEXT: lambda at: str(millis(at)),
    EventDates.ISO: zulu,
    EventDates.JAVA: lambda at: f"{zulu(at)}[UTC]",
}


def body(event: Event, form: str, quirks: Quirks) -> bytes:
    """Return what is posted; the chat forms are a guess, as no source shows one."""
    if form == "raw":
        return json.dumps(raw(event, quirks)).encode()
    return json.dumps({"text": f"{event.name}: {event.resource_id}"}).encode()


def raw(event: Event, quirks: Quirks) -> dict[str, object]:
    """Return the event as the websocket and the raw format have it; an author is absent when nobody did it."""
    told: dict[str, object] = {"event": event.name, "date": _DATES[quirks.event_dates](event.at)}
    if event.author_id is not None:
        told["authorId"] = event.author_id
    data = dict(event.data)
    told["data"] = json.dumps(data, separators=(",", ":")) if quirks.event_data_is_text else data
    return told
