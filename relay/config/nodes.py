"""A YAML file's values as nodes, each with its position, built from the parser's events one by one.

The rule: what is too deep, too much or no YAML is refused where it begins, before the rest of it is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
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

from relay.config.errors import ConfigError, Position, Problem

DEEPEST = 20
# Some seconds of reading: a thousand targets and more.
MOST_VALUES = 50_000
TOO_DEEP = f"nested deeper than {DEEPEST} levels"
TOO_MANY = f"more than {MOST_VALUES} values; aliases (*) count as often as they are used"


@dataclass(frozen=True, slots=True)
class Node:
    """A value as it is written: text, a list of items, or a tuple of pairs."""

    at: Position
    value: str | list[Node] | tuple[tuple[Node, Node], ...]
    is_plain: bool = False


class Reader:
    """Builds the data from the parser's events, which come one by one: what is too deep is refused before it is read."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self.problems: list[Problem] = []
        self._anchors: dict[str, Node] = {}
        self._text = text
        self._left = MOST_VALUES
        self._events = self._told()

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
            found = self._text[error.position : error.position + 1]
            name = f" U+{ord(found):04X}" if found else ""
            raise self._stopped(at, f"the character{name} is not allowed") from None
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            at = Position(mark.line + 1, mark.column + 1) if mark else at
            raise self._stopped(at, _complaint(error)) from None
        # ruamel.yaml lets these through for escapes and directives that are out of range.
        except (YAMLError, ValueError, OverflowError, AttributeError, IndexError, TypeError):
            raise self._stopped(at, "what follows is not YAML") from None

    def root(self) -> Node | None:
        """Return the document's value, None where there is none. What does not stop the reading is in ``problems``."""
        root: Node | None = None
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

    def _node(self, event: Event, depth: int) -> Node:
        at = _position(event)
        self._left -= 1
        if depth > DEEPEST or self._left < 0:
            raise self._stopped(at, TOO_DEEP if depth > DEEPEST else TOO_MANY)
        if isinstance(event, AliasEvent):
            return self._alias(event, at)
        if getattr(event, "tag", None) is not None:
            self.problems.append(Problem(at, "", "tags (!…) are not used here"))
        node = self._new(event, at, depth)
        # Only once it is complete, so that nothing can contain itself.
        if isinstance(event, NodeEvent) and event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _new(self, event: Event, at: Position, depth: int) -> Node:
        match event:
            case MappingStartEvent():
                return Node(at, tuple(self._pairs(depth)))
            case SequenceStartEvent():
                return Node(at, list(self._items(depth)))
            case ScalarEvent():
                plain = event.style is None and bool(event.implicit[0])
                return Node(at, event.value, is_plain=plain)
            case _:
                raise self._stopped(at, "what follows is not YAML")

    def _alias(self, event: AliasEvent, at: Position) -> Node:
        if event.anchor not in self._anchors:
            raise self._stopped(at, "this alias (*) names no anchor (&) before it")
        return self._anchors[event.anchor]

    def _items(self, depth: int) -> Iterator[Node]:
        for event in self._events:
            if isinstance(event, SequenceEndEvent):
                return
            yield self._node(event, depth + 1)

    def _pairs(self, depth: int) -> Iterator[tuple[Node, Node]]:
        for event in self._events:
            if isinstance(event, MappingEndEvent):
                return
            yield self._node(event, depth + 1), self._node(next(self._events), depth + 1)

    def _stopped(self, at: Position, message: str) -> ConfigError:
        return ConfigError(self._path, [*self.problems, Problem(at, "", message)])


def _complaint(error: MarkedYAMLError) -> str:
    said = " ".join(str(error.problem or error.context or "not YAML").split())
    if "'\\t'" in said:
        return "a tab; YAML is indented by spaces"
    return said


def _position(event: Event) -> Position:
    return Position(event.start_mark.line + 1, event.start_mark.column + 1)
