"""Matching labels: every named label must have the wanted value; a trailing ``*`` stands for any ending."""

from __future__ import annotations

from collections.abc import Mapping

from relay.core.model import Incident, Labels


def matches(have: Mapping[str, str], where: Labels) -> bool:
    """Whether ``have`` satisfies every condition; an absent label counts as empty.

    >>> matches({"target": "gameshelf-api"}, (("target", "gameshelf-*"),))
    True
    """
    # Every route is asked of every change: a loop costs half of what all() does.
    for name, wanted in where:  # noqa: SIM110
        if not _like(have.get(name, ""), wanted):
            return False
    return True


def incident_labels(incident: Incident) -> dict[str, str]:
    """Return what routes and silences can match of an incident: its labels and ``target``, ``source`` and ``kind``."""
    own = {"target": incident.target, "source": incident.source, "kind": incident.kind}
    return {**dict(incident.labels), **own}


def _like(value: str, wanted: str) -> bool:
    return value.startswith(wanted[:-1]) if wanted.endswith("*") else value == wanted
