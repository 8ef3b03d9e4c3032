"""Pydantic's errors in our words, at the places of the document.

The rule: no complaint quotes a value. What it needs to name is quoted from the file as written, variables unfilled.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from relay.config.errors import Findings, Place, suggestion
from relay.config.schema import discriminator, kinds, known_keys

# Here an entry's kind is a step of pydantic's way to it, but none of the document's.
KINDS_OF = frozenset({"intakes", "targets", "channels"})

_SENTENCES: Mapping[str, str] = {
    "missing": "is missing",
    "string_type": "text is needed; a number or a truth value is text within quotes",
    "int_type": "a whole number is needed",
    "int_parsing": "a whole number is needed",
    "int_parsing_size": "a smaller number is needed",
    "int_from_float": "a whole number is needed",
    "float_type": "a number is needed",
    "float_parsing": "a number is needed",
    "finite_number": "a finite number is needed",
    "bool_type": "true or false is needed",
    "bool_parsing": "true or false is needed",
    "dict_type": "keys and values are needed here",
    "model_type": "keys and values are needed here",
    "model_attributes_type": "keys and values are needed here",
    "list_type": "a list is needed",
    "tuple_type": "a list is needed",
    "string_unicode": "text is needed",
}
# What is this short may be a word of ours, and is no secret.
_SHORT = 3
_NAME = "is no name: letters, digits, dots, dashes and underscores, 64 at most"


def complain(error: ValidationError, content: object, written: object, findings: Findings) -> set[Place]:
    """Report every error; return the places. ``content`` is what was checked, ``written`` the same with variables unfilled."""
    places = set()
    for detail in error.errors(include_url=False):
        place = _place(detail, content)
        is_key = detail["type"] == "extra_forbidden" or detail["loc"][-1:] == ("[key]",)
        findings.error(place, _sentence(detail, place, content, written), is_key=is_key)
        places.add(place)
    return places


def at(content: object, place: Place) -> object:
    """Return what stands at ``place``, None where nothing does."""
    for step in place:
        match content, step:
            case dict(), str():
                content = content.get(step)
            case list(), int() if step < len(content):
                content = content[step]
            case _:
                return None
    return content


def _place(detail: ErrorDetails, content: object) -> Place:
    """Return where the error is in the document: pydantic's way without the steps that only pydantic knows."""
    steps = list(detail["loc"])
    if len(steps) > 2 and steps[0] in KINDS_OF and steps[2] != "[key]":
        del steps[2]
    place: Place = ()
    for index, step in enumerate(steps):
        is_last = index == len(steps) - 1
        if _has(content, step) or (is_last and detail["type"] == "missing"):
            place = (*place, step)
            content = at(content, (step,))
    return place


def _has(content: object, step: str | int) -> bool:
    match content:
        case dict():
            return step in content
        case list():
            return isinstance(step, int) and step < len(content)
        case _:
            return False


def _sentence(detail: ErrorDetails, place: Place, content: object, written: object) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if detail["loc"][-1:] == ("[key]",):
        return _NAME
    if kind == "extra_forbidden":
        return f"unknown key{suggestion(str(place[-1]), known_keys(place[:-1], content))}"
    if kind.startswith("union_tag"):
        return _kind_needed(place, kind, written)
    if place and at(content, place) is None and kind != "missing":
        return "has no value"
    if kind in ("literal_error", "enum"):
        return f"{_listed(context['expected'])} is needed{_meant(at(written, place), context['expected'])}"
    if kind == "value_error":
        return _without_input(str(context["error"]), detail["input"])
    return _SENTENCES.get(kind) or _without_input(detail["msg"], detail["input"])


def _kind_needed(place: Place, kind: str, written: object) -> str:
    key = discriminator(place)
    expected = ", ".join(kinds(place))
    if kind == "union_tag_not_found":
        return f"{key} is missing: {_listed(expected)}"
    return f"{key} must be {_listed(expected)}{_meant(at(written, (*place, key)), expected)}"


def _listed(expected: str) -> str:
    """Pydantic lists as ``'a', 'b' or 'c'``."""
    words = _words(expected)
    return f"one of {', '.join(words)}" if len(words) > 1 else "".join(words)


def _meant(given: object, expected: str) -> str:
    if not isinstance(given, str) or "${" in given:
        return ""
    close = suggestion(given, _words(expected))
    return close if "did you mean" in close else ""


def _words(expected: str) -> list[str]:
    return [word for word in expected.replace(" or ", ", ").replace("'", "").split(", ") if word]


def _without_input(said: str, given: object) -> str:
    """A second fence: a validator that quotes what it was given has the quote taken out."""
    said = said.replace("Input should", "should")
    if not isinstance(given, str | int | float) or len(str(given)) <= _SHORT:
        return said
    return re.sub(rf"(?<!\w){re.escape(str(given))}(?!\w)", "…", said)
