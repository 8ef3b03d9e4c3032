"""Where rules, targets, routes and channels are written, for what is found of them later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from relay.config.document import Document
from relay.config.errors import Place, Position
from relay.core.provenance import Origin
from relay.core.rules import Rule
from relay.core.targets import Target

# What is asked for later: the sections whose entries have a name or a number, and the rows of targets.
_SECTIONS = frozenset({"rules", "targets", "routes", "channels", "silences"})


def positions(document: Document) -> Mapping[Place, Position]:
    """Return where each entry stands, and each row of a target."""
    found = {place: at for place, at in {**document.values, **document.keys}.items() if _is_entry(place)}
    return {place: document.position(place, key=True) for place in found}


def rules_with(rules: Sequence[Rule], where: Mapping[Place, Position], file: Path, digest: str) -> list[Rule]:
    """Return rules with their origins; the row of a target counts before the table's."""
    return [replace(rule, origin=_origin(_places(rule), where, file, digest)) for rule in rules]


def target_with(target: Target, where: Mapping[Place, Position], file: Path, digest: str) -> Target:
    """Return a target with its origin."""
    return replace(target, origin=_origin((("targets", target.name),), where, file, digest))


def _origin(places: Sequence[Place], where: Mapping[Place, Position], file: Path, digest: str) -> Origin:
    line = next((where[place].line for place in places if place in where), None)
    return Origin(str(file), line, digest)


def _places(rule: Rule) -> tuple[Place, ...]:
    own: tuple[Place, ...] = () if rule.target is None else (("targets", rule.target, "rules", rule.name),)
    return (*own, ("rules", rule.name))


def _is_entry(place: Place) -> bool:
    if not place or place[0] not in _SECTIONS:
        return False
    return len(place) == 2 or (len(place) == 4 and place[0] == "targets" and place[2] == "rules")
