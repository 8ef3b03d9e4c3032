"""What a delivery tells when its turn comes: the truth of now, and why it comes late."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from relay.core.delivery import Delivery
from relay.core.incidents import Past, Policy, apply
from relay.core.model import Change, ChangeKind, Severity
from relay.core.telling import Turn, compose
from relay.core.text import Language, say, verbatim
from tests.building import HOUR, MINUTE, NOON, SECOND, event
from tests.core.storying import moment

OK, WARNING, CRITICAL = Severity.OK, Severity.WARNING, Severity.CRITICAL


def turn(*severities: Severity, minutes: int = 1, **other: object) -> Turn:
    """The turn of a delivery that tells these changes, some minutes apart from noon on."""
    past, moments = Past(), []
    for number, severity in enumerate(severities):
        at = NOON + number * minutes * MINUTE
        decided = apply(past, event(severity, at), Policy())
        assert isinstance(decided, Change)
        past = Past(decided.incident, at)
        moments.append(moment(decided))
    delivery = Delivery("d", decided.incident.id, 1, "slack", NOON, NOON)
    return replace(Turn(delivery, decided.incident, tuple(moments), told=False), **other)  # type: ignore[arg-type]


def late(what: Turn, at: datetime) -> str | None:
    notification = compose(what, at, "")
    assert notification is not None
    return say(notification.late, Language.ENGLISH) if notification.late else None


def test_what_is_told_at_once_is_not_late() -> None:
    assert late(turn(WARNING), NOON + MINUTE) is None


def test_a_trouble_that_is_over_is_told_as_over() -> None:
    notification = compose(turn(WARNING, OK), NOON + 9 * MINUTE, "https://relay.example/incidents/1")
    assert notification is not None
    assert notification.kind is ChangeKind.RESOLVED
    assert [one.kind for one in notification.moments] == [ChangeKind.OPENED, ChangeKind.RESOLVED]
    assert not notification.incident.is_open
    assert notification.link == "https://relay.example/incidents/1"


def held(what: Turn, by: str, reason: str | None = None) -> Turn:
    return replace(
        what, delivery=replace(what.delivery, held=by, reason=verbatim(reason) if reason else None)
    )


REFUSING = {"refusing_since": NOON + MINUTE, "refusal": verbatim("HTTP 500")}


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (turn(WARNING), "told 10 min late: the relay was stopped, or other messages went first"),
        # The channel is well again, and another message was the first to be taken.
        (held(turn(WARNING), "", "HTTP 500"), "told 10 min late: slack did not take it before (HTTP 500)"),
        (turn(WARNING, **REFUSING), "told late: slack took nothing for 9 min (HTTP 500)"),
        (held(turn(WARNING), "quiet hours"), "told 10 min late: held by quiet hours"),
        (held(turn(WARNING), "silence"), "told 10 min late: held by a silence"),
        # It was held, and the channel refused other messages: its own reason is that it was held.
        (held(turn(WARNING, **REFUSING), "quiet hours"), "told 10 min late: held by quiet hours"),
        # It was held, then tried and refused.
        (
            held(turn(WARNING, **REFUSING), "silence", "HTTP 500"),
            "told late: slack took nothing for 9 min (HTTP 500)",
        ),
    ],
)
def test_a_late_message_says_why(what: Turn, said: str) -> None:
    assert late(what, NOON + 10 * MINUTE) == said


def test_what_was_reported_late_says_so_in_its_first_message_only() -> None:
    decided = apply(Past(), event(received_at=NOON + HOUR), Policy())
    assert isinstance(decided, Change)
    delivery = Delivery("d", decided.incident.id, 1, "slack", NOON + HOUR, NOON + HOUR)
    first = Turn(delivery, decided.incident, (moment(decided),), told=False)
    assert late(first, NOON + HOUR + SECOND) == "reported 1 h after it happened"
    second = replace(first, moments=(replace(moment(decided), sequence=2),), told=True)
    assert late(second, NOON + HOUR + SECOND) is None


@pytest.mark.parametrize(
    ("severities", "silenced", "told", "dropped"),
    [
        ((WARNING, OK), True, False, True),
        ((WARNING,), True, False, False),  # it outlived the silence
        ((WARNING, OK), True, True, False),  # who heard of it hears of its end
        ((WARNING, OK), False, False, False),
    ],
)
def test_only_trouble_that_a_silence_covered_whole_and_nobody_heard_of_is_dropped(
    severities: tuple[Severity, ...], silenced: bool, told: bool, dropped: bool
) -> None:
    what = turn(*severities, silenced=silenced, told=told)
    assert (compose(what, NOON + HOUR, "") is None) is dropped


def test_trouble_that_outlived_its_silence_is_told_though_it_ended_before_the_channel_mended() -> None:
    """Its first change was held by the silence; its end, an hour after, was not."""
    what = held(turn(WARNING, OK, minutes=60, silenced=False, **REFUSING), "silence", "HTTP 500")
    assert compose(what, NOON + 2 * HOUR, "") is not None


def test_what_may_have_been_sent_is_marked() -> None:
    what = turn(WARNING)
    notification = compose(replace(what, delivery=replace(what.delivery, uncertain=True)), NOON, "")
    assert notification is not None
    assert notification.repeated
