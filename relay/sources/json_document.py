"""A JSON document, from which numbers are taken by their paths."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Annotated, Literal, NoReturn

from pydantic import Field

from relay.core.model import NoData, Reading, Readings
from relay.core.targets import Target
from relay.core.text import Text, text
from relay.exchange import Exchange, Request
from relay.sources.address import Address
from relay.sources.page import PageError, fetch
from relay.sources.source import Source

_DOT = re.compile(r"(?<!\\)\.")
_NUMBER = re.compile(r"[-+]?+[0-9.]{1,400}+(?:[eE][-+]?+[0-9]{1,4}+)?+", re.ASCII)
Name = Annotated[str, Field(min_length=1, max_length=200)]


class Settings(Address):
    """A target that serves JSON."""

    source: Literal["json"]
    paths: dict[Name, Name] = Field(
        min_length=1,
        max_length=200,
        description=r"reading name: path, as in `cache.history_entries` or `items.0.value` (`\.` is a dot within a key)",
    )
    cap: int = Field(4 * 1024**2, gt=0, le=64 * 1024**2, description="largest document in bytes")

    def build(self, exchange: Exchange) -> Source:
        """Return the source that these settings describe."""
        return JsonDocument(self, exchange)


@dataclass(frozen=True, slots=True)
class JsonDocument:
    """Reads the numbers at the paths; a path that leads to no number is left out."""

    settings: Settings
    exchange: Exchange

    async def read(self, target: Target, at: datetime) -> Readings | NoData:
        """Return one reading a path that leads to a number."""
        headers = self.settings.headers("application/json")
        request = Request("GET", self.settings.url, target.deadline, headers, cap=self.settings.cap)
        try:
            document = parse(await fetch(self.exchange, request))
        except PageError as error:
            return NoData(at, error.reason)
        except DocumentError as error:
            return NoData(at, text("nodata.unreadable", why=error.reason))
        found = ((name, number(at_path(document, path))) for name, path in self.settings.paths.items())
        return Readings(at, tuple(Reading(name, value) for name, value in found if value is not None))


class DocumentError(Exception):
    """A body that is no JSON document."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason.key)
        self.reason = reason


def parse(body: bytes) -> object:
    """Return the document, or raise ``DocumentError``. Stricter than ``json``: no NaN, no key twice, UTF-8 only."""
    try:
        return json.loads(body.decode("utf-8-sig"), object_pairs_hook=_object, parse_constant=_constant)
    except UnicodeDecodeError:
        raise DocumentError(text("nodata.why.encoding")) from None
    except json.JSONDecodeError as error:
        raise DocumentError(text("nodata.why.json", line=error.lineno, column=error.colno)) from None
    except RecursionError:
        raise DocumentError(text("nodata.why.deep")) from None
    except ValueError:  # An integer longer than Python converts.
        raise DocumentError(text("nodata.why.number")) from None


def at_path(document: object, path: str) -> object:
    r"""Return what stands at ``path``, or None.

    >>> at_path({"items": [{"value": 7}], "a.b": 8}, "items.0.value"), at_path({"a.b": 8}, r"a\.b")
    (7, 8)
    """
    for step in _DOT.split(path):
        document = _step(document, step.replace("\\.", "."))
    return document


def number(found: object) -> float | None:
    """Return a number, a number written as a string or a boolean as a finite float; None for all else.

    >>> number(True), number(" 12.5 "), number("12 MB"), number("nan")
    (1.0, 12.5, None, None)
    """
    match found:
        case str() if len(found) < 500 and _NUMBER.fullmatch(found.strip()):
            pass
        case int() | float():
            pass
        case _:
            return None
    try:
        value = float(found)
    except (ValueError, OverflowError):
        return None
    return value if isfinite(value) else None


def _step(within: object, step: str) -> object:
    match within:
        case dict():
            return within.get(step)
        case list() if step.isascii() and step.isdigit() and len(step) < 10 and int(step) < len(within):
            return within[int(step)]
        case _:
            return None


def _object(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise DocumentError(text("nodata.why.duplicate"))
    return made


def _constant(_written: str) -> NoReturn:
    raise DocumentError(text("nodata.why.number"))
