"""What a delivery tells when its turn comes: all that is pending for the incident, truthfully, in one message.

The rule: nothing is told as live that is no longer so, and nothing is told twice that can be told once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from relay.core.delivery import REDELIVERY, Delivery
from relay.core.model import Incident, Moment, Notification
from relay.core.text import Text, text

# From here on a message says that, and why, it comes late.
LATE_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Turn:
    """A delivery whose turn it is, with the newer pending ones of the same incident and channel folded into it.

    ``refusing_since`` is since when the channel has taken nothing; ``told`` whether it has heard of the incident;
    ``silenced`` whether a silence held every change of this turn; ``past`` are the newest changes before it. Where the
    delivery stands in for another channel, ``other_refusing_since`` and ``other_refusal`` say how that one does.
    """

    delivery: Delivery
    incident: Incident
    moments: tuple[Moment, ...]
    told: bool
    refusing_since: datetime | None = None
    refusal: Text | None = None
    silenced: bool = False
    past: tuple[Moment, ...] = ()
    other_refusing_since: datetime | None = None
    other_refusal: Text | None = None


def compose(turn: Turn, at: datetime, link: str) -> Notification | None:
    """Return what to send, or None where a silence covered the whole of a trouble that nobody heard of."""
    # By the last change too: trouble that outlived its silence and ended before the channel mended is told.
    if turn.silenced and not turn.told and not turn.incident.is_open:
        return None
    return Notification(
        id=turn.delivery.id,
        incident=turn.incident,
        moments=turn.moments,
        at=at,
        link=link,
        late=late(turn, at),
        repeated=turn.delivery.uncertain,
        past=turn.past,
    )


def story(moments: Sequence[Moment]) -> Sequence[Moment]:
    """Return the moments that a reader needs: those that changed what is true."""
    return [moment for moment in moments if moment.before is not moment.severity]


def late(turn: Turn, at: datetime) -> Text | None:
    """Return why this comes late, or comes here; None where there is nothing to say."""
    if turn.delivery.instead_of:
        return _instead(turn, at)
    first = turn.moments[0]
    if at - first.at > LATE_AFTER:
        return _why(turn, at)
    if turn.incident.late and first.sequence == 1:
        return text("late.arrived", span=first.at - turn.incident.opened_at)
    return None


def _instead(turn: Turn, at: datetime) -> Text:
    channel = turn.delivery.instead_of
    if turn.other_refusing_since is None:
        return text("late.instead.over", channel=channel)
    span = at - turn.other_refusing_since
    return text("late.instead", channel=channel, span=span, why=turn.other_refusal or "?")


def _why(turn: Turn, at: datetime) -> Text:
    span = at - turn.moments[0].at
    if turn.delivery.held == REDELIVERY:
        return text("late.redelivered", span=span)
    tried = turn.delivery.reason is not None
    if turn.refusing_since is not None and (tried or not turn.delivery.held):
        return text(
            "late.refused",
            channel=turn.delivery.channel,
            span=at - turn.refusing_since,
            why=turn.refusal or "?",
        )
    if turn.delivery.reason is not None and not turn.delivery.held:
        # The channel is well again since another message: what it refused before has the reason of its own last try.
        return text("late.tried", span=span, channel=turn.delivery.channel, why=turn.delivery.reason)
    if turn.delivery.held:
        return text("late.held", span=span, by=text(f"held.{turn.delivery.held.replace(' ', '_')}"))
    return text("late.waiting", span=span)
