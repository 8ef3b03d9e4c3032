"""A YAML file as plain data, with the position of every key and value.

The rules: YAML 1.2's core schema (``no`` is a word, 12:30:00 is no number), no tags, no key twice, one document; and
bounds on bytes, depth and size after aliases, so that no file can occupy the relay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)
from ruamel.yaml.reader import ReaderError

from relay.config.errors import ConfigError, Place, Position, Problem, written

LARGEST = 1024 * 1024
LONGEST_LINE = 10_000
DEEPEST = 20
# Some seconds of reading: a thousand targets and more.
MOST_VALUES = 50_000
TOO_DEEP = f"nested deeper than {DEEPEST} levels"
TOO_MANY = f"more than {MOST_VALUES} values; aliases (*) count as often as they are used"
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
    return _Reader(path, text).document()


class _Reader:
    """Builds the data from the parser's events, which come one by one: what is too deep is refused before it is read."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._problems: list[Problem] = []
        self._anchors: dict[str, _Node] = {}
        self._text = text
        self._left = MOST_VALUES
        self._events = self._told()

    def document(self) -> Document:
        """Read all of it."""
        root = self._root()
        document = Document(None, self._text)
        content = _Unfolded(self._path, document, self._problems).value(root, ()) if root else {}
        if self._problems:
            raise ConfigError(self._path, self._problems)
        return Document(content, self._text, document.keys, document.values)

    def _told(self) -> Iterator[Event]:
        """Yield the parser's events; what it complains of becomes a ``ConfigError``."""
        at = Position(1, 1)
        try:
            for event in YAML(typ="safe", pure=True).parse(self._text):
                at = _position(event)
                yield event
        except ReaderError as error:
            before = self._text[: error.position]
            at = Position(before.count("\n") + 1, error.position - before.rfind("\n"))
            raise self._stopped(at, f"the character U+{ord(error.character):04X} is not allowed") from None
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            at = Position(mark.line + 1, mark.column + 1) if mark else at
            raise self._stopped(at, _complaint(error)) from None
        # ruamel.yaml lets these through for escapes and directives that are out of range.
        except (YAMLError, ValueError, OverflowError, AttributeError, IndexError, TypeError):
            raise self._stopped(at, "what follows is not YAML") from None

    def _root(self) -> _Node | None:
        root: _Node | None = None
        for event in self._events:
            match event:
                case StreamStartEvent() | StreamEndEvent() | DocumentEndEvent():
                    pass
                case DocumentStartEvent():
                    if root is not None:
                        raise self._stopped(_position(event), "a second document begins here; one is allowed")
                case _:
                    root = self._node(event, 1)
        return root

    def _node(self, event: Event, depth: int) -> _Node:
        at = _position(event)
        self._left -= 1
        if depth > DEEPEST or self._left < 0:
            raise self._stopped(at, TOO_DEEP if depth > DEEPEST else TOO_MANY)
        if isinstance(event, AliasEvent):
            return self._alias(event, at)
        if getattr(event, "tag", None) is not None:
            self._problems.append(Problem(at, "", "tags (!…) are not used here"))
        node = self._new(event, at, depth)
        # Only once it is complete, so that nothing can contain itself.
        if isinstance(event, NodeEvent) and event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _new(self, event: Event, at: Position, depth: int) -> _Node:
        match event:
            case MappingStartEvent():
                return _Node(at, tuple(self._pairs(depth)))
            case SequenceStartEvent():
                return _Node(at, list(self._items(depth)))
            case ScalarEvent():
                plain = event.style is None and bool(event.implicit[0])
                return _Node(at, event.value, is_plain=plain)
            case _:
                raise self._stopped(at, "what follows is not YAML")

    def _alias(self, event: AliasEvent, at: Position) -> _Node:
        if event.anchor not in self._anchors:
            raise self._stopped(at, "this alias (*) names no anchor (&) before it")
        return self._anchors[event.anchor]

    def _items(self, depth: int) -> Iterator[_Node]:
        for event in self._events:
            if isinstance(event, SequenceEndEvent):
                return
            yield self._node(event, depth + 1)

    def _pairs(self, depth: int) -> Iterator[tuple[_Node, _Node]]:
        for event in self._events:
            if isinstance(event, MappingEndEvent):
                return
            yield self._node(event, depth + 1), self._node(next(self._events), depth + 1)

    def _stopped(self, at: Position, message: str) -> ConfigError:
        return ConfigError(self._path, [*self._problems, Problem(at, "", message)])


@dataclass(frozen=True, slots=True)
class _Node:
    """A value as it is written: text, a list of items, or a tuple of pairs."""

    at: Position
    value: str | list[_Node] | tuple[tuple[_Node, _Node], ...]
    is_plain: bool = False


@dataclass(slots=True)
class _Unfolded:
    """Turns nodes into data; an alias is its anchor's value once more, and counts once more."""

    path: Path
    document: Document
    problems: list[Problem]
    left: int = MOST_VALUES

    def value(self, node: _Node, place: Place) -> object:
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

    def _mapping(self, pairs: tuple[tuple[_Node, _Node], ...], place: Place) -> dict[str, object]:
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

    def _problem(self, key: _Node, place: Place, message: str) -> None:
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


def _complaint(error: MarkedYAMLError) -> str:
    said = " ".join(str(error.problem or error.context or "not YAML").split())
    if "'\\t'" in said:
        return "a tab; YAML is indented by spaces"
    return said


def _position(event: Event) -> Position:
    return Position(event.start_mark.line + 1, event.start_mark.column + 1)


def _cause(error: Exception) -> str:
    return error.strerror or "unreadable" if isinstance(error, OSError) else "not a file name"


def _whole(path: Path, message: str) -> ConfigError:
    return ConfigError(path, [Problem(None, "", message)])
