"""Sentences, numbers, quantities and durations as people read them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.core.text import Language, Quantity, Text, duration, quantity, say, text, verbatim

NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("value", "unit", "english", "french"),
    [
        (85, "%", "85 %", f"85{NBSP}%"),
        (86.27, "%", "86.3 %", f"86,3{NBSP}%"),
        (0.3, "s", "0.3 s", f"0,3{NBSP}s"),
        (0.0004567, "s", "0.000457 s", f"0,000457{NBSP}s"),
        (-0.0, "", "0", "0"),
        (-12.34, "", "-12.3", "-12,3"),
        (999.96, "", "1000", "1000"),  # one decimal would write 1000.0
        (1234.5, "/s", "1234 /s", f"1234{NBSP}/s"),
        (0, "bytes", "0 B", f"0{NBSP}o"),
        (999, "bytes", "999 B", f"999{NBSP}o"),
        (1500, "bytes", "1.5 kB", f"1,5{NBSP}ko"),
        (268435456, "bytes", "268 MB", f"268{NBSP}Mo"),
        (2.5e9, "bytes", "2.5 GB", f"2,5{NBSP}Go"),
        (-2.5e9, "bytes", "-2.5 GB", f"-2,5{NBSP}Go"),
        # What a hostile sender may say must neither fail a message nor fill it.
        (1e300, "", "1e+300", "1e+300"),
        (1e300, "bytes", "1e+291 GB", f"1e+291{NBSP}Go"),
        (float("inf"), "bytes", "inf GB", f"inf{NBSP}Go"),
        (float("nan"), "bytes", "nan B", f"nan{NBSP}o"),
        (float("-inf"), "%", "-inf %", f"-inf{NBSP}%"),
    ],
)
def test_a_quantity_is_written_as_its_language_does(
    value: float, unit: str, english: str, french: str
) -> None:
    assert quantity(value, unit, Language.ENGLISH) == english
    assert quantity(value, unit, Language.FRENCH) == french


@given(st.floats(), st.sampled_from(["", "%", "bytes", "/s"]), st.sampled_from(Language))
def test_any_number_is_written_and_short(value: float, unit: str, language: Language) -> None:
    written = quantity(value, unit, language)
    assert 1 <= len(written) <= 24
    assert language is Language.ENGLISH or "." not in written


@pytest.mark.parametrize(
    ("span", "english", "french"),
    [
        (timedelta(0), "0 s", "0 s"),
        (timedelta(seconds=-5), "0 s", "0 s"),  # a clock that was set back
        (timedelta(seconds=59.4), "59 s", "59 s"),
        (timedelta(seconds=59.6), "1 min", "1 min"),  # never "60 s"
        (timedelta(seconds=61), "1 min 1 s", "1 min 1 s"),
        (timedelta(minutes=59, seconds=59.9), "1 h", "1 h"),
        (timedelta(hours=2, minutes=5, seconds=59), "2 h 5 min", "2 h 5 min"),
        (timedelta(days=1, minutes=59), "1 d", "1 j"),
        (timedelta(days=400, hours=3), "400 d 3 h", "400 j 3 h"),
    ],
)
def test_a_duration_is_its_two_largest_units(span: timedelta, english: str, french: str) -> None:
    assert duration(span, Language.ENGLISH) == english
    assert duration(span, Language.FRENCH) == french


def test_arguments_are_spoken_in_the_readers_language() -> None:
    what = text(
        "rule.firing",
        value=Quantity(91.5, "%"),
        level=text("severity.critical"),
        threshold=Quantity(90, "%"),
    )
    assert say(what, Language.ENGLISH) == "91.5 % against the Critical threshold of 90 %"
    assert say(what, Language.FRENCH) == f"91,5{NBSP}% pour un seuil « Critique » de 90{NBSP}%"


def test_a_sentence_that_is_not_in_the_catalogue_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        text("no.such.sentence")


def test_a_sentence_of_a_newer_version_is_shown_as_it_is() -> None:
    assert say(Text("future.key", (("target", "api"),)), Language.FRENCH) == "future.key api"


def test_a_missing_argument_shows_its_name_and_fails_nothing() -> None:
    assert say(text("nodata.title"), Language.ENGLISH) == "No data from {target}"


@given(st.text())
def test_outside_words_stay_as_they_are(words: str) -> None:
    """Braces, percent signs and attribute look-ups in them mean nothing."""
    for language in Language:
        assert say(verbatim(words), language) == words
        assert words in say(text("nodata.title", target=words), language)


@pytest.mark.parametrize(
    "hostile", ["{target}", "{target.__class__}", "{0}", "%(target)s", "{", "}}", "{words}"]
)
def test_no_argument_is_a_template(hostile: str) -> None:
    assert say(text("nodata.title", target=hostile), Language.ENGLISH) == f"No data from {hostile}"
