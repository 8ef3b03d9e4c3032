"""The second way out: what a channel that refuses leaves untold is told on its fallback too, with the reason.

The rule: a stand-in tells as well, never instead: the channel's own messages still arrive, late, once it is well. One
change is at most one delivery on a channel, so that fallbacks that name one another double nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from relay.core.delivery import Delivery, delivery_id
from relay.core.model import Change, ChangeKind, Incident

# A delivery gets this long to be tried on its own channel first.
FIRST_TRY = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Fallback:
    """The channel that stands in for another one, which has taken nothing for ``after``."""

    channel: str
    after: timedelta = timedelta(minutes=10)

    def stands_in(self, refusing_since: datetime | None, at: datetime) -> bool:
        """Whether the other channel has refused for long enough."""
        return refusing_since is not None and at - refusing_since >= self.after


def stand_in(delivery: Delivery, incident: Incident, channel: str, at: datetime) -> Delivery | None:
    """Return what tells ``delivery`` on ``channel``; None where the incident is about that channel's own failing."""
    # The relay's own troubles never go through the destination that fails.
    if dict(incident.labels).get("failing_channel") == channel:
        return None
    return Delivery(
        id=delivery_id(delivery.incident_id, delivery.sequence, channel),
        incident_id=delivery.incident_id,
        sequence=delivery.sequence,
        channel=channel,
        created_at=at,
        due_at=at,
        instead_of=delivery.channel,
    )


def follow(
    change: Change, planned: Sequence[Delivery], stood_in: Mapping[str, str], at: datetime
) -> Iterator[Delivery]:
    """Yield what tells the end of an incident to the stand-ins that heard of it: ``stood_in`` names for whom.

    Other changes go their own way again: they are told there once more only if the channel still refuses.
    """
    if change.kind is not ChangeKind.RESOLVED:
        return
    told = {delivery.channel: delivery for delivery in planned}
    for channel, other in stood_in.items():
        if channel not in told:
            like = told.get(other)
            yield Delivery(
                id=delivery_id(change.incident.id, change.sequence, channel),
                incident_id=change.incident.id,
                sequence=change.sequence,
                channel=channel,
                created_at=at,
                # What holds the end where it belongs holds it here.
                due_at=like.due_at if like else at,
                held=like.held if like else "",
                instead_of=other,
            )
