"""Deliveries: one change to be told on one channel, its states, and how long it waits between attempts.

The rule: a delivery that was made pending ends delivered, folded into a newer one, dropped by a silence, parked or given
up; it never disappears.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import accumulate
from typing import Self

from relay.core.identity import beside, digest
from relay.core.text import Language, Text, say, verbatim

# After the first attempt; about 22 h 23 min in all, as Standard Webhooks' and Svix's schedules span a day.
SCHEDULE = tuple(
    timedelta(seconds=seconds) for seconds in (5, 30, 120, 300, 900, 3_600, 10_800, 21_600, 43_200)
)
JITTER = 0.2
# A success after this long a refusal is a recovery: what waits for its next try is tried at once.
RECOVERED_AFTER = timedelta(minutes=1)
# A Retry-After is a floor, but no far end may keep a message back for longer than this.
LONGEST_PAUSE = timedelta(hours=6)

# In ``held``: somebody asked to have a dead letter tried again.
REDELIVERY = "redelivery"


class DeliveryState(StrEnum):
    """Where a delivery stands. Only ``PENDING`` is worked on; ``PARKED`` waits for an operator."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FOLDED = "folded"
    DROPPED = "dropped"
    PARKED = "parked"
    GIVEN_UP = "given up"


class Failure(StrEnum):
    """What kind of failure, which is all that the outbox needs to know of it.

    ``THROTTLED``: come back later, not counted · ``REFUSED``: try again · ``UNCERTAIN``: try again, it may have arrived ·
    ``GONE``: the destination no longer exists or no longer lets us in · ``PERMANENT``: this message will never be taken.
    """

    THROTTLED = "throttled"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"
    GONE = "gone"
    PERMANENT = "permanent"


class DeliveryError(Exception):
    """A channel could not deliver. ``reason`` is fit for a log and a page: it never holds a URL or a token.

    As a string it is the reason in English; given as a string, it is words that exist in one language only.
    """

    def __init__(
        self,
        failure: Failure,
        reason: Text | str,
        *,
        status: int | None = None,
        retry_after: timedelta | None = None,
    ) -> None:
        self.reason = verbatim(reason) if isinstance(reason, str) else reason
        super().__init__(say(self.reason, Language.ENGLISH))
        self.failure = failure
        self.status = status
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class RemoteRef:
    """Where the living message of an incident stands in a channel: the far end's own names for it."""

    parts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Sent:
    """What a channel says of a delivered notification: the HTTP status, and where its living message stands now.

    ``unseen``: the message is there without its picture.
    """

    status: int
    remote: RemoteRef | None = None
    unseen: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """One change to be told on one channel. ``failures`` counts the failed attempts; ``held`` says what delays it.

    ``instead_of`` names the channel that it stands in for, ``told_with`` the delivery whose message told it,
    ``reason`` why it stands where it stands; None where nothing went wrong.
    """

    id: str
    incident_id: str
    sequence: int
    channel: str
    created_at: datetime
    due_at: datetime
    state: DeliveryState = DeliveryState.PENDING
    failures: int = 0
    uncertain: bool = False
    held: str = ""
    reason: Text | None = None
    instead_of: str = ""
    told_with: str = ""

    def delivered(self) -> Self:
        """It arrived."""
        return replace(self, state=DeliveryState.DELIVERED, reason=None)

    def failed(self, error: DeliveryError, at: datetime) -> Self:
        """It did not arrive: wait, park or give up, as the kind of failure says."""
        match error.failure:
            case Failure.GONE:
                return replace(self, state=DeliveryState.PARKED, reason=error.reason)
            case Failure.PERMANENT:
                return replace(
                    self, state=DeliveryState.GIVEN_UP, failures=self.failures + 1, reason=error.reason
                )
            case Failure.THROTTLED:
                return replace(self, due_at=at + pause(error), reason=error.reason)
        return self._waiting(error, at)

    def _waiting(self, error: DeliveryError, at: datetime) -> Self:
        failures = self.failures + 1
        uncertain = self.uncertain or error.failure is Failure.UNCERTAIN
        step = _step(failures, at - self.created_at)
        if step == len(SCHEDULE):
            return replace(
                self,
                state=DeliveryState.GIVEN_UP,
                failures=failures,
                uncertain=uncertain,
                reason=error.reason,
            )
        floor = min(error.retry_after or timedelta(0), LONGEST_PAUSE)
        return replace(
            self,
            failures=failures,
            uncertain=uncertain,
            due_at=at + max(_jittered(SCHEDULE[step], self.id, failures), floor),
            reason=error.reason,
        )


def delivery_id(incident_id: str, sequence: int, channel: str) -> str:
    """Return the id of one change on one channel: derived, so that planning it twice is planning it once."""
    return beside(incident_id, str(sequence), channel)


def pause(error: DeliveryError) -> timedelta:
    """Return how long a throttled channel is left alone: what the far end asked for, within reason, else 5 s."""
    asked = error.retry_after
    if asked is None or asked <= timedelta(0):
        asked = SCHEDULE[0]
    return min(asked, LONGEST_PAUSE)


def is_recovery(refusing_since: datetime | None, at: datetime) -> bool:
    """Whether a success at ``at`` ends a refusal, and not just a single failed attempt."""
    return refusing_since is not None and at - refusing_since >= RECOVERED_AFTER


def _step(failures: int, age: timedelta) -> int:
    """Return the place in the schedule, its length when a delivery is given up.

    By its age too: tries that news or a recovery brought forward use up no part of the day that it has.
    """
    # A little less than the least that jitter leaves, as each wait is rounded.
    passed = sum(total * (1 - JITTER) * 0.99 <= age for total in accumulate(SCHEDULE))
    return min(failures - 1, passed)


def _jittered(wait: timedelta, delivery: str, attempt: int) -> timedelta:
    """Spread retries by up to 20 %, derived from the delivery so that the core stays pure."""
    drawn = int(digest(delivery, str(attempt))[:8], 16) / 0xFFFFFFFF
    return wait * (1 - JITTER + 2 * JITTER * drawn)
