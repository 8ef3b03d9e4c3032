"""A drawing: what a message shows, in the few kinds of parts that both clients have."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from viewer.spans import Spans, plain

# The longest text that Slack keeps, https://docs.slack.dev/reference/methods/chat.postMessage
LONGEST = 40_000
COLOUR = re.compile(r"#?[0-9a-fA-F]{6}")


class Kind(StrEnum):
    """What a part is."""

    HEADING = "heading"
    TEXT = "text"
    FIELDS = "fields"
    SMALL = "small"
    RULE = "rule"
    IMAGE = "image"
    BUTTONS = "buttons"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a message: several texts only for fields, small print and buttons; an image has a source."""

    kind: Kind
    texts: tuple[Spans, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """Parts beside a bar of colour, ``#rrggbb``."""

    parts: tuple[Part, ...]
    colour: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """A whole message: its own parts, then its cards."""

    parts: tuple[Part, ...]
    cards: tuple[Card, ...] = ()


def written(drawing: Drawing) -> str:
    """Return everything that a person can read in a drawing, a line for each text."""
    parts = [*drawing.parts, *(part for card in drawing.cards for part in card.parts)]
    return "\n".join(line for part in parts for spans in part.texts if (line := plain(spans).strip()))


def word(value: object, key: str) -> str:
    """Return a text of an object that a stranger sent: empty where there is none, and never endless."""
    found = value.get(key) if isinstance(value, dict) else None
    return found[:LONGEST] if isinstance(found, str) else ""


def objects(value: object, key: str) -> Iterator[dict[str, Any]]:
    """Yield the objects of a list that a stranger sent, nothing else that may be in it."""
    found = value.get(key) if isinstance(value, dict) else None
    if isinstance(found, list):
        yield from (one for one in found if isinstance(one, dict))


def colour(code: str, otherwise: str) -> str:
    """Return ``#rrggbb``; whatever is no colour is the client's grey."""
    return f"#{code.removeprefix('#').lower()}" if COLOUR.fullmatch(code) else otherwise
