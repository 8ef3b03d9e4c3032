"""Ids are derived: equal for equal parts, different for parts that only read alike when joined."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from relay.core.identity import beside, dated, derived, digest, received, short

parts = st.lists(st.text(st.characters(exclude_categories=())), max_size=4)


@given(parts, parts)
def test_ids_are_equal_only_for_equal_parts(these: list[str], those: list[str]) -> None:
    assert (digest(*these) == digest(*those)) == (these == those)


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_has_an_id_of_32_hexadecimal_digits(words: str) -> None:
    """Lone halves of characters and NUL included: they come in as JSON escapes."""
    assert len(digest(words)) == 32
    assert int(digest(words), 16) >= 0


def test_ids_never_change() -> None:
    """They are stored: another derivation would tell everything again after an update."""
    assert digest("incident", "1", "slack") == "7b1446636eee2beb18155603f9928bb8"
    assert dated(datetime(2026, 1, 1, tzinfo=UTC), "a") == "6955b9003b196fd4907bedf51c3090e9"
    assert derived("6955b900aaaa", "1") == "6955b900" + digest("6955b900aaaa", "1")[:24]
    noon = datetime(2026, 1, 1, 12, 0, 0, 250_000, UTC)
    assert received(noon, "a") == "695661c040000" + digest("a")[13:]
    assert beside(received(noon, "a"), "1") == "695661c040000" + digest(received(noon, "a"), "1")[13:]


@given(st.datetimes(timezones=st.just(UTC)), parts, parts)
def test_a_dated_id_is_one_of_a_time_and_what_was_said(
    at: datetime, these: list[str], those: list[str]
) -> None:
    """Whatever a sender's clock says, also before 1970 and in the year 9999."""
    assert len(dated(at, *these)) == 32
    assert (dated(at, *these) == dated(at, *those)) == (these == those)


@given(st.datetimes(timezones=st.just(UTC)), parts, parts)
def test_what_came_in_has_an_id_of_its_moment_and_what_it_is(
    at: datetime, these: list[str], those: list[str]
) -> None:
    assert len(received(at, *these)) == len(beside(received(at, *these), "x")) == 32
    assert (received(at, *these) == received(at, *those)) == (these == those)


@given(
    st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC)), st.integers(2, 999_999)
)
def test_what_came_in_lies_in_the_order_of_its_moments(at: datetime, microseconds: int) -> None:
    """So that its rows, and those of what belongs to it, go in at the end of each index."""
    first, second = received(at, "b"), received(at + timedelta(microseconds=microseconds), "a")
    assert first < second
    assert beside(first, "x") < second
    assert first < beside(second, "x")


@given(st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC)), parts)
def test_ids_lie_in_the_order_of_their_times(at: datetime, said: list[str]) -> None:
    """So that what belongs to one time is written to one place of an index."""
    later = dated(at + timedelta(seconds=1), *said)
    assert dated(at, *said) < later < derived(dated(at + timedelta(seconds=2), "x"), *said)


def test_a_person_can_tell_ids_of_one_time_apart() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    assert len({short(dated(at, str(number))) for number in range(100)}) == 100
