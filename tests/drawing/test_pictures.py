"""Pictures: a real PNG whatever is measured, with every part where it belongs, in both languages."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from math import sin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relay.core.detectors import Level
from relay.core.model import Sample, Series, Severity
from relay.core.rollups import HOUR, Rollup
from relay.core.text import Language, text
from relay.drawing.charts import chart
from relay.drawing.curves import Ahead, Curve
from relay.drawing.lettering import Weight, fitted, letters, width
from relay.drawing.pictures import CURVE, FRAME, INK, LEVELS, TROUBLE, WHITE, picture, told
from tests.building import MINUTE, NOON
from tests.drawing.png import Picture, decode

LEVELS_OF = (Level(Severity.WARNING, 70, 67), Level(Severity.CRITICAL, 85, 82))
SAMPLES = tuple(Sample(NOON + n * MINUTE, 50 + 30 * sin(n / 9)) for n in range(120) if not 40 <= n < 60)
PLAIN = Curve(
    Series("api", "memory"), text("metric.memory"), "%", SAMPLES, (), NOON, SAMPLES[-1].at, 3 * MINUTE
)


def drawn(curve: Curve, language: Language = Language.ENGLISH) -> Picture:
    return decode(picture(curve, "Memory of api", language))


def has(curve: Curve, colour: tuple[int, int, int]) -> bool:
    return colour in drawn(curve).colours()


def test_a_picture_has_the_curve_and_nothing_that_is_not_so() -> None:
    seen = drawn(PLAIN)
    assert (seen.width, seen.height) == (FRAME.width, FRAME.height)
    assert {CURVE, INK, WHITE} <= seen.colours()
    assert not {TROUBLE, *LEVELS.values()} & seen.colours()


@pytest.mark.parametrize(
    ("curve", "colour"),
    [
        (replace(PLAIN, levels=LEVELS_OF), LEVELS[Severity.WARNING]),
        (replace(PLAIN, levels=LEVELS_OF), LEVELS[Severity.CRITICAL]),
        (replace(PLAIN, opened_at=NOON + 70 * MINUTE), TROUBLE),
    ],
)
def test_thresholds_and_the_trouble_are_drawn(curve: Curve, colour: tuple[int, int, int]) -> None:
    assert has(curve, colour)


def test_a_gap_is_never_crossed() -> None:
    """Between 12:40 and 13:00 there is no curve at any height, only the hatching."""
    seen, placed = drawn(PLAIN), chart(PLAIN, FRAME, Language.ENGLISH)
    (gap,) = placed.gaps
    # The room for the labels of the axis differs a little from the frame's: well within the gap.
    middle = round(gap.x + gap.width / 2)
    columns = range(middle - 20, middle + 20)
    assert CURVE not in {seen.pixel(x, y) for x in columns for y in range(FRAME.top, FRAME.floor)}


def test_a_deployment_and_a_forecast_are_drawn_in_room_of_their_own() -> None:
    """What lies ahead stands right of what was measured, up to the limit."""
    ahead = Ahead(100, NOON + 150 * MINUTE, NOON + 140 * MINUTE, None)
    curve = replace(PLAIN, deployed=(NOON + 30 * MINUTE,), ahead=ahead)
    placed = chart(curve, FRAME, Language.ENGLISH)
    assert placed.ahead
    assert len(placed.deployed) == 1
    assert curve.shown_until == ahead.at
    assert drawn(curve).rows != drawn(PLAIN).rows
    assert has(curve, LEVELS[Severity.CRITICAL]), "the limit is a line"


def test_rollups_are_drawn_with_their_band() -> None:
    rollups = tuple(Rollup(NOON + n * HOUR, HOUR, 20, 50 + n, 90, 60) for n in range(48))
    middles = tuple(one.middle for one in rollups)
    curve = replace(PLAIN, samples=middles, rollups=rollups, ends_at=NOON + 48 * HOUR, gap=HOUR * 1.5)
    translucent = tuple(round(255 + (part - 255) * round(0.22 * 64) / 64) for part in CURVE)
    assert translucent in drawn(curve).colours()


def test_both_languages_say_it_in_words_too() -> None:
    """For who does not see the picture: the same figures."""
    curve = replace(PLAIN, levels=LEVELS_OF, deployed=(NOON,))
    english, french = (told(curve, "api", language) for language in Language)
    assert "Memory of api" in english
    assert "Thresholds: Warning 70 %, Critical 85 %. Deployment at" in english.replace("\xa0", " ")
    assert "Mémoire de api" in french
    assert "20,0 %" in french.replace("\xa0", " ").replace("\u202f", " ")
    assert drawn(curve).rows != drawn(curve, Language.FRENCH).rows


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=30),
    st.text(max_size=200),
    st.sampled_from(["%", "bytes", "", "☃" * 30]),
)
def test_whatever_is_measured_makes_a_picture(values: list[float], title: str, unit: str) -> None:
    """The largest numbers, one value, odd letters: cut or boxed, never an error."""
    samples = tuple(Sample(NOON + n * timedelta(seconds=7), value) for n, value in enumerate(values))
    curve = replace(PLAIN, samples=samples, unit=unit, ends_at=samples[-1].at, levels=LEVELS_OF)
    assert decode(picture(curve, title, Language.FRENCH)).width == FRAME.width


def test_letters_of_both_languages_are_there_and_unknown_ones_are_boxes() -> None:
    known = "Mémoire à 12 % œuvré – « Çà » … ÀÉÈÊÎÏÔÙÛ° ≥ € '"
    (box,) = letters("□", Weight.REGULAR)
    assert box not in list(letters(known, Weight.REGULAR))
    assert list(letters("猫", Weight.REGULAR)) == [box]
    assert width(fitted("a very long name " * 9, 200)) <= 200
    assert fitted("short", 200) == "short"
