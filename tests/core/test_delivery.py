"""A delivery's states and waits: it never disappears, and it waits as long as the schedule says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.core.delivery import (
    JITTER,
    LONGEST_PAUSE,
    SCHEDULE,
    Delivery,
    DeliveryError,
    DeliveryState,
    Failure,
    delivery_id,
    pause,
)
from relay.core.text import verbatim
from tests.building import HOUR, MINUTE, NOON, SECOND

PENDING = DeliveryState.PENDING
REFUSED = DeliveryError(Failure.REFUSED, "HTTP 500", status=500)


def delivery(incident: str = "incident") -> Delivery:
    return Delivery(delivery_id(incident, 1, "slack"), incident, 1, "slack", NOON, NOON)


def failing(one: Delivery, error: DeliveryError = REFUSED) -> list[timedelta]:
    """The waits of a delivery that fails until it is given up."""
    waits, at = [], NOON
    while (one := one.failed(error, at)).state is PENDING:
        waits.append(one.due_at - at)
        at = one.due_at
    assert one.state is DeliveryState.GIVEN_UP
    return waits


def test_the_schedule_spans_most_of_a_day() -> None:
    assert sum(SCHEDULE, timedelta(0)) == timedelta(hours=22, minutes=22, seconds=35)


@given(st.text())
def test_a_delivery_is_tried_ten_times_over_22_hours_give_or_take_a_fifth(incident: str) -> None:
    waits = failing(delivery(incident))
    assert len(waits) == 9
    for wait, scheduled in zip(waits, SCHEDULE, strict=True):
        assert scheduled * (1 - JITTER) <= wait <= scheduled * (1 + JITTER)
    nominal = timedelta(hours=22, minutes=23)
    assert nominal * (1 - JITTER) <= sum(waits, timedelta(0)) <= nominal * (1 + JITTER)


def test_the_jitter_spreads_both_ways_and_is_the_same_each_time() -> None:
    """Both ways at each step: a cap once cut the longer half of the longest waits."""
    many = [failing(delivery(str(number))) for number in range(60)]
    for step, scheduled in enumerate(SCHEDULE):
        waits = [waits[step] for waits in many]
        assert min(waits) < scheduled * 0.9
        assert max(waits) > scheduled * 1.1
    assert failing(delivery("one")) == failing(delivery("one"))


@pytest.mark.parametrize(
    ("asked", "least", "most"),
    [
        (timedelta(0), 4 * SECOND, 6 * SECOND),
        (2 * SECOND, 4 * SECOND, 6 * SECOND),  # a floor, not a wish to be quick
        (10 * MINUTE, 10 * MINUTE, 10 * MINUTE),
        (timedelta(days=30), LONGEST_PAUSE, LONGEST_PAUSE),  # no far end keeps a message back for a month
        (-HOUR, 4 * SECOND, 6 * SECOND),
    ],
)
def test_retry_after_is_a_floor_within_reason(asked: timedelta, least: timedelta, most: timedelta) -> None:
    error = DeliveryError(Failure.REFUSED, "HTTP 503", retry_after=asked)
    assert least <= delivery().failed(error, NOON).due_at - NOON <= most


@pytest.mark.parametrize(
    ("asked", "waits"),
    [
        (None, 5 * SECOND),
        (timedelta(0), 5 * SECOND),  # at once would spin
        (-SECOND, 5 * SECOND),
        (1 * SECOND, 1 * SECOND),
        (45 * SECOND, 45 * SECOND),
        (timedelta(days=30), LONGEST_PAUSE),
    ],
)
def test_throttled_is_no_failure(asked: timedelta | None, waits: timedelta) -> None:
    error = DeliveryError(Failure.THROTTLED, "HTTP 429", status=429, retry_after=asked)
    one = delivery().failed(error, NOON)
    assert (one.state, one.failures, one.due_at) == (PENDING, 0, NOON + waits)
    assert pause(error) == waits


def test_a_destination_that_is_gone_parks_what_waits_for_it() -> None:
    one = delivery().failed(DeliveryError(Failure.GONE, "HTTP 404"), NOON)
    assert (one.state, one.failures, one.reason) == (DeliveryState.PARKED, 0, verbatim("HTTP 404"))


def test_a_message_that_will_never_be_taken_is_given_up() -> None:
    one = delivery().failed(DeliveryError(Failure.PERMANENT, "HTTP 400"), NOON)
    assert (one.state, one.failures) == (DeliveryState.GIVEN_UP, 1)


def test_what_may_have_arrived_stays_so() -> None:
    one = delivery().failed(DeliveryError(Failure.UNCERTAIN, "no answer"), NOON)
    assert (one.uncertain, one.failures) == (True, 1)
    assert one.failed(REFUSED, NOON).uncertain
    throttled = DeliveryError(Failure.THROTTLED, "HTTP 429")
    assert one.failed(throttled, NOON).uncertain


def test_delivered_forgets_why_it_waited() -> None:
    one = delivery().failed(REFUSED, NOON).delivered()
    assert (one.state, one.reason, one.failures) == (DeliveryState.DELIVERED, None, 1)


errors = st.builds(
    DeliveryError,
    st.sampled_from(Failure),
    st.just("why"),
    retry_after=st.none() | st.timedeltas(-timedelta(days=999), timedelta(days=999)),
)


@given(st.lists(errors, max_size=40))
def test_a_failed_delivery_waits_a_bounded_while_or_has_ended(failures: list[DeliveryError]) -> None:
    one, at = delivery(), NOON
    for error in failures:
        one = one.failed(error, at)
        if one.state is not PENDING:
            assert one.state in (DeliveryState.PARKED, DeliveryState.GIVEN_UP)
            break
        assert at < one.due_at <= at + 12 * HOUR * (1 + JITTER)
        at = one.due_at
