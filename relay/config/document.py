"""A YAML file as plain data, with the position of every key and value.

The rules: YAML 1.2's core schema (``no`` is a word, 12:30:00 is no number), no tags, no key twice, one document; and
bounds on bytes, depth and size after aliases, so that no file can occupy the relay.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from relay.config.errors import ConfigError, Place, Position, Problem, written
from relay.config.nodes import DEEPEST, MOST_VALUES, TOO_DEEP, TOO_MANY, Node, Reader

LARGEST = 1024 * 1024
LONGEST_LINE = 10_000
_NULL = re.compile(r"~|null|Null|NULL|", re.ASCII)
_TRUE = re.compile(r"true|True|TRUE", re.ASCII)
_FALSE = re.compile(r"false|False|FALSE", re.ASCII)
# Longer ones stay text: no number of a configuration is, and Python refuses to convert huge ones.
_INTEGER = re.compile(r"[-+]?[0-9]{1,30}", re.ASCII)
_FLOAT = re.compile(r"[-+]?(\.[0-9]{1,30}|[0-9]{1,30}(\.[0-9]{0,30})?)([eE][-+]?[0-9]{1,4})?", re.ASCII)
_SPECIAL = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Document:
    """What the file says: ``content`` is made of dict, list, str, int, float, bool and None."""

    content: object
    text: str
    keys: dict[Place, Position] = field(default_factory=dict)
    values: dict[Place, Position] = field(default_factory=dict)

    def position(self, place: Place, *, key: bool = False) -> Position:
        """Return where ``place`` stands; for what is not there, where the key that it belongs to stands."""
        while place:
            first, second = (self.keys, self.values) if key else (self.values, self.keys)
            found = first.get(place) or second.get(place)
            if found is not None:
                return found
            place, key = place[:-1], True
        return Position(1, 1)


def read(path: Path) -> Document:
    """Read a file, or raise ``ConfigError``."""
    try:
        with path.open("rb") as file:
            body = file.read(LARGEST + 1)
    except IsADirectoryError:
        raise _whole(path, "is a directory; name the file in it") from None
    except FileNotFoundError:
        raise _whole(path, "there is no such file") from None
    except (OSError, ValueError) as error:
        raise _whole(path, f"can't be read ({_cause(error)})") from None
    if len(body) > LARGEST:
        raise _whole(path, f"is larger than {LARGEST // 1024} KiB, which no configuration is")
    return parse(path, _decoded(path, body))


def parse(path: Path, text: str) -> Document:
    """Return the document that ``text`` holds, or raise ``ConfigError`` naming ``path``."""
    for number, line in enumerate(text.split("\n"), 1):
        # The parser's time grows with the square of some lines.
        if len(line) > LONGEST_LINE:
            at = Position(number, LONGEST_LINE + 1)
            raise ConfigError(path, [Problem(at, "", f"a line of more than {LONGEST_LINE} characters")])
    reader = Reader(path, text)
    root = reader.root()
    document = Document(None, text)
    content = _Unfolded(path, document, reader.problems).value(root, ()) if root else {}
    if reader.problems:
        raise ConfigError(path, reader.problems)
    return Document(content, text, document.keys, document.values)


@dataclass(slots=True)
class _Unfolded:
    """Turns nodes into data; an alias is its anchor's value once more, and counts once more."""

    path: Path
    document: Document
    problems: list[Problem]
    left: int = MOST_VALUES

    def value(self, node: Node, place: Place) -> object:
        """Return the data at ``place`` and note its position."""
        self.left -= 1
        if self.left < 0 or len(place) > DEEPEST:
            raise ConfigError(self.path, [Problem(node.at, "", TOO_MANY if self.left < 0 else TOO_DEEP)])
        self.document.values[place] = node.at
        match node.value:
            case str():
                return _scalar(node.value) if node.is_plain else node.value
            case list():
                return [self.value(item, (*place, index)) for index, item in enumerate(node.value)]
            case pairs:
                return self._mapping(pairs, place)

    def _mapping(self, pairs: tuple[tuple[Node, Node], ...], place: Place) -> dict[str, object]:
        made: dict[str, object] = {}
        for key, value in pairs:
            name = key.value
            if not isinstance(name, str):
                self._problem(key, place, "a key must be one word, not a list or a mapping")
            elif name == "<<":
                self._problem(
                    key, place, "merging (<<) is not part of YAML 1.2; an alias (*name) repeats a whole value"
                )
            elif name in made:
                first = self.document.keys[(*place, name)]
                self._problem(
                    key, (*place, name), f"stands here a second time; the first is in line {first.line}"
                )
            else:
                self.document.keys[(*place, name)] = key.at
                made[name] = self.value(value, (*place, name))
        return made

    def _problem(self, key: Node, place: Place, message: str) -> None:
        self.problems.append(Problem(key.at, written(place), message))


def _scalar(text: str) -> object:
    """Return what a plain scalar means in YAML 1.2: https://yaml.org/spec/1.2.2/#103-core-schema

    Octal and hexadecimal numbers stay text: nothing here is written so.

    >>> [_scalar(word) for word in ("no", "True", "12", "1e3", "12:30", "~")]
    ['no', True, 12, 1000.0, '12:30', None]
    """
    if _NULL.fullmatch(text):
        return None
    if _TRUE.fullmatch(text):
        return True
    if _FALSE.fullmatch(text):
        return False
    if _INTEGER.fullmatch(text):
        return int(text)
    if _SPECIAL.fullmatch(text):
        return float(text.replace(".", "", 1))
    return float(text) if _FLOAT.fullmatch(text) else text


def _decoded(path: Path, body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = body[: error.start]
        at = Position(before.count(b"\n") + 1, error.start - before.rfind(b"\n"))
        raise ConfigError(path, [Problem(at, "", "is not text in UTF-8")]) from None


def _cause(error: Exception) -> str:
    return error.strerror or "unreadable" if isinstance(error, OSError) else "not a file name"


def _whole(path: Path, message: str) -> ConfigError:
    return ConfigError(path, [Problem(None, "", message)])
