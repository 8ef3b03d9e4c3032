"""Content checked against the model, with everything that is wrong reported at once.

The rule: an entry with a fault is set aside, so that the others are still checked against each other.
"""

from __future__ import annotations

from collections.abc import Set

from pydantic import ValidationError

from relay.config.complaints import at, complain
from relay.config.errors import Findings, Place
from relay.config.model import Settings

# What is set aside alone; of the other sections, the whole.
_ENTRIES = frozenset({"intakes", "targets", "rules", "channels", "clever_cloud"})


def validated(content: object, written: object, findings: Findings) -> tuple[Settings, Set[Place]]:
    """Return the settings without the entries that have a fault, and the places of those."""
    aside: set[Place] = set()
    while True:
        try:
            return Settings.model_validate(content), aside
        except ValidationError as error:
            places = complain(error, content, written, findings)
        faulty = {place[: 2 if place[0] in _ENTRIES else 1] for place in places if place}
        faulty = {place for place in faulty if _stands(content, place)}
        if not faulty:
            return Settings(), aside
        aside |= faulty
        content = _without(content, faulty)


def _stands(content: object, place: Place) -> bool:
    parent = at(content, place[:-1])
    return isinstance(parent, dict) and place[-1] in parent


def _without(content: object, faulty: Set[Place], place: Place = ()) -> object:
    if not isinstance(content, dict):
        return content
    return {
        key: _without(value, faulty, (*place, key))
        for key, value in content.items()
        if (*place, key) not in faulty
    }
