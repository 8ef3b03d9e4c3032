"""When another channel stands in, and for what."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from relay.core.delivery import Delivery, delivery_id
from relay.core.fallback import Fallback, follow, stand_in
from relay.core.incidents import Past, Policy, apply
from relay.core.model import Change, ChangeKind, Incident, Severity
from tests.building import HOUR, MINUTE, NOON, SECOND, event


def incident() -> Incident:
    change = apply(Past(), event(), Policy())
    assert isinstance(change, Change)
    return change.incident


@pytest.mark.parametrize(
    ("refusing_since", "stands_in"),
    [
        (None, False),
        (NOON, False),
        (NOON - 10 * MINUTE + SECOND, False),
        (NOON - 10 * MINUTE, True),
        (NOON + HOUR, False),  # the clock was set back
    ],
)
def test_a_fallback_waits_for_its_time(refusing_since: datetime | None, stands_in: bool) -> None:
    assert Fallback("other", timedelta(minutes=10)).stands_in(refusing_since, NOON) is stands_in


def delivery(channel: str = "slack", **changes: object) -> Delivery:
    one = Delivery(delivery_id("i", 2, channel), "i", 2, channel, NOON, NOON)
    return replace(one, **changes)  # type: ignore[arg-type]


def test_a_stand_in_has_the_id_that_the_channel_would_give_it() -> None:
    """So that it is one with a delivery of its own there."""
    made = stand_in(delivery(failures=3, reason="HTTP 500"), incident(), "discord", NOON + HOUR)
    assert made is not None
    assert (made.id, made.sequence, made.instead_of) == (delivery_id("i", 2, "discord"), 2, "slack")
    assert (made.failures, made.reason, made.due_at) == (0, None, NOON + HOUR)


def test_a_channel_never_tells_of_its_own_failing() -> None:
    failing = replace(incident(), labels=(("failing_channel", "discord"),))
    assert stand_in(delivery(), failing, "discord", NOON) is None
    assert stand_in(delivery(), failing, "mail", NOON) is not None


@pytest.mark.parametrize("kind", ChangeKind)
def test_only_the_end_follows_to_a_stand_in(kind: ChangeKind) -> None:
    change = Change(replace(incident(), id="i", sequence=2), kind, event(), Severity.WARNING)
    found = list(follow(change, [delivery(due_at=NOON + HOUR, held="silence")], {"discord": "slack"}, NOON))
    if kind is not ChangeKind.RESOLVED:
        assert found == []
        return
    [made] = found
    assert (made.channel, made.instead_of, made.held, made.due_at) == (
        "discord",
        "slack",
        "silence",
        NOON + HOUR,
    )


def test_a_stand_in_that_is_told_anyway_is_told_once() -> None:
    change = Change(replace(incident(), id="i", sequence=2), ChangeKind.RESOLVED, event(), Severity.WARNING)
    assert list(follow(change, [delivery("discord")], {"discord": "slack"}, NOON)) == []
