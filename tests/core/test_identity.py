"""Ids are derived: equal for equal parts, different for parts that only read alike when joined."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from relay.core.identity import digest

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
