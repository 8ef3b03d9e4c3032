"""What no public source tells about the platform: each unknown is a setting here, with a likely default."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class EventDates(Enum):
    """How the ``date`` of an event is written."""

    NUMBER = "epoch milliseconds"
    TEXT = "epoch milliseconds as text"
    ISO = "ISO 8601"
    JAVA = "ISO 8601 with Java's suffix [UTC]"


@dataclass(frozen=True, slots=True)
class Quirks:
    """Which of the possible platforms this one is."""

    event_dates: EventDates = EventDates.NUMBER
    # The websocket's events hold JSON in a text; one third party's test posts an object.
    event_data_is_text: bool = True
    # Two versions of the official client read two forms of the meta events.
    meta_events_are_a_map: bool = True
    no_hooks_is_404: bool = False
    deployment_dates_are_text: bool = False
    newest_bucket_is_partial: bool = True
    # How often a failing delivery is tried in all, and after how many failures in a row its hook is disabled.
    attempts: int = 1
    disable_after: int = 20
    # Warp 10 mixes numbers and numbers in quotes.
    text_values: bool = True
    # On shared plans the instances of an add-on may be refused.
    instance_calls_for_addons: bool = True
    # One third party got the organisation's read token in quotes, another without.
    owner_token_is_quoted: bool = True
