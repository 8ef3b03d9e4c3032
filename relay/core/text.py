"""Text that a person reads, kept as a key and its arguments until the reader's language is known.

The rule: nothing in the relay holds a finished sentence in one language; ``say`` makes it, from the one catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from math import inf, isfinite

from relay.core.catalogue import CATALOGUE


class Language(StrEnum):
    """A language that messages and pages exist in; the value is its BCP 47 tag."""

    ENGLISH = "en"
    FRENCH = "fr"


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence of the catalogue with its arguments, which may be sentences, numbers or quantities themselves."""

    key: str
    args: tuple[tuple[str, Argument], ...] = ()


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit: ``%``, ``s``, ``bytes``, ``/s`` or empty."""

    value: float
    unit: str = ""


_VERBATIM = "verbatim"

Argument = str | float | Quantity | timedelta | Text


def text(key: str, **args: Argument) -> Text:
    """Return the catalogue's sentence ``key`` with its arguments; raise ``KeyError`` when there is no such sentence.

    >>> say(text("nodata.title", target="api"), Language.ENGLISH)
    'No data from api'
    """
    if key not in CATALOGUE:
        raise KeyError(key)
    return Text(key, tuple(sorted(args.items())))


def verbatim(words: str) -> Text:
    """Return text that came from outside, in whatever language it was written."""
    return Text(_VERBATIM, (("words", words),))


def say(what: Text, language: Language) -> str:
    """Return the sentence in ``language``; a key that a newer version wrote is shown as it is."""
    if what.key == _VERBATIM and len(what.args) == 1 and isinstance(what.args[0][1], str):
        return what.args[0][1]
    pair = CATALOGUE.get(what.key)
    if pair is None:
        return f"{what.key} {' '.join(str(value) for _, value in what.args)}".strip()
    sentence = pair[0] if language is Language.ENGLISH else pair[1]
    return sentence.format_map(_Said({name: _spoken(value, language) for name, value in what.args}))


def quantity(value: float, unit: str, language: Language) -> str:
    """Return a number with its unit as ``language`` writes it.

    >>> quantity(86.27, "%", Language.FRENCH), quantity(268435456, "bytes", Language.FRENCH)
    ('86,3\\xa0%', '268\\xa0Mo')
    """
    if unit == "bytes":
        value, unit = _scaled(value, language)
    number = _number(value, language)
    if not unit:
        return number
    return f"{number}{_SPACE[language]}{unit}"


def duration(span: timedelta, language: Language) -> str:
    """Return a length of time in its two largest units.

    >>> duration(timedelta(minutes=125), Language.ENGLISH), duration(timedelta(days=1, hours=2), Language.FRENCH)
    ('2 h 5 min', '1 j 2 h')
    """
    seconds = max(0, round(span.total_seconds()))
    day = "d" if language is Language.ENGLISH else "j"
    for size, name, next_size, next_name in (
        (86400, day, 3600, "h"),
        (3600, "h", 60, "min"),
        (60, "min", 1, "s"),
    ):
        if seconds >= size:
            rest = seconds % size // next_size
            return f"{seconds // size} {name}" + (f" {rest} {next_name}" if rest else "")
    return f"{seconds} s"


class _Said(dict[str, str]):
    """Arguments of a sentence; a missing one shows its name instead of failing a delivery."""

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


def _spoken(value: Argument, language: Language) -> str:
    match value:
        case Text():
            return say(value, language)
        case Quantity():
            return quantity(value.value, value.unit, language)
        case timedelta():
            return duration(value, language)
        case str():
            return value
        case _:
            return _number(value, language)


def _number(value: float, language: Language) -> str:
    written = _figures(value)
    return written.replace(".", ",") if language is Language.FRENCH else written


def _figures(value: float) -> str:
    """About three figures; what is too large for digits is written with an exponent, what is no number by its name."""
    magnitude = abs(value)
    if not isfinite(value) or magnitude >= 1e15:
        return f"{value:.3g}"
    if value == int(value):
        return f"{int(value)}"
    # 999.95 is where one decimal would round up to 1000.0.
    if magnitude >= 999.95:
        return f"{value:.0f}"
    return f"{value:.1f}" if magnitude >= 10 else f"{value:.3g}"


_SPACE: Mapping[Language, str] = {Language.ENGLISH: " ", Language.FRENCH: "\u00a0"}
_SIZES: Mapping[str, float] = {"G": 1e9, "M": 1e6, "k": 1e3, "": 1}


def _scaled(value: float, language: Language) -> tuple[float, str]:
    byte = "B" if language is Language.ENGLISH else "o"
    prefix, size = next(((prefix, size) for prefix, size in _SIZES.items() if abs(value) >= size), ("", 1.0))
    scaled = value / size
    return (round(scaled) if 100 <= abs(scaled) < inf else scaled), prefix + byte
