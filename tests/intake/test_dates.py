"""Dates as senders write them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.intake.dates import parse

JUNE = datetime(2026, 6, 15, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        1781512200000,  # milliseconds, as Clever Cloud's events have them
        1781512200000.0,
        "1781512200000",
        "1781512200000.0",
        1781512200,  # seconds
        "1781512200",
        1781512200000000,  # microseconds, as its metrics have them
        1781512200000000000,  # nanoseconds
        "2026-06-15T08:30:00Z",
        "2026-06-15T10:30:00+02:00",
        "2026-06-15T08:30:00.000000000Z",  # Go writes nanoseconds
        "2026-06-15T08:30:00Z[UTC]",  # Java's ZonedDateTime
        "2026-06-15T10:30:00+02:00[Europe/Paris]",
        " 2026-06-15 08:30:00Z ",
        "2026-06-15T08:30:00",  # without a zone: UTC
    ],
)
def test_every_form_names_the_same_moment(value: object) -> None:
    """Seconds, milliseconds, microseconds, nanoseconds and ISO 8601."""
    assert parse(value) == JUNE


def test_fractions_of_a_second_are_kept() -> None:
    """Two events of one second stay apart."""
    assert parse(1781512200123) == JUNE.replace(microsecond=123_000)
    assert parse("2026-06-15T08:30:00.123456789Z") == JUNE.replace(microsecond=123_456)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        0,
        "0",
        12,
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00.000Z",
        "1970-01-01T00:00:00Z",
        "0001-01-01T00:00:00+05:00",
    ],
)
def test_zero_times_are_no_date(value: object) -> None:
    """Go writes an absent time as the year 1, others as the epoch."""
    assert parse(value) is None


@pytest.mark.parametrize(
    "value",
    [
        *(-1, -1781512200000, 10**19, 10**400, float("nan"), float("inf"), -float("inf"), 1e300),
        *(
            True,
            [],
            {},
            "soon",
            "15/06/2026",
            "2026-13-01T00:00:00Z",
            "1e400",
            "NaN",
            "9" * 5_000,
            "2026-06-15T08:30:00Z[",
        ),
        *("١٧٨١٥١٢٢٠٠", "\ud800", "\x00", "Z" * 100_000),
    ],
)
def test_what_is_no_date_says_so(value: object) -> None:
    """A ``ValueError``, nothing else."""
    with pytest.raises(ValueError, match="not a date"):
        parse(value)


@given(
    st.one_of(
        st.text(),
        st.integers(),
        st.floats(),
        st.datetimes().map(str),
        st.datetimes(timezones=st.timezones()).map(str),
    )
)
def test_no_value_does_harm(value: object) -> None:
    """A date is aware UTC or refused by ``ValueError``."""
    try:
        at = parse(value)
    except ValueError:
        return
    assert at is None or at.tzinfo is UTC


@given(st.datetimes(min_value=datetime(2000, 1, 2), max_value=datetime(2100, 1, 1), timezones=st.timezones()))
def test_iso_dates_keep_their_moment(at: datetime) -> None:
    """Whatever the offset."""
    assert parse(at.isoformat()) == at.astimezone(UTC)
