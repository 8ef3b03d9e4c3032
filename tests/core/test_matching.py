"""Labels of routes and silences: every condition holds; a trailing star stands for any ending."""

from __future__ import annotations

import pytest

from relay.core.incidents import Past, Policy, apply
from relay.core.matching import incident_labels, matches
from relay.core.model import Change, Labels, labels
from tests.building import event


@pytest.mark.parametrize(
    ("have", "where", "matched"),
    [
        ({}, (), True),
        ({"team": "shop"}, (("team", "shop"),), True),
        ({"team": "shop"}, (("team", "sho"),), False),
        ({"team": "shop"}, (("team", "sho*"),), True),
        ({"team": "shop"}, (("team", "shop*"),), True),  # any ending, also none
        ({"team": "s*"}, (("team", "s*"),), True),
        ({"team": "a*b"}, (("team", "a*b"),), True),  # a star elsewhere is a star
        ({"team": "axb"}, (("team", "a*b"),), False),
        ({}, (("team", ""),), True),  # an absent label counts as empty
        ({}, (("team", "*"),), True),
        ({"team": "shop", "env": "test"}, (("team", "shop"), ("env", "prod")), False),
    ],
)
def test_matching(have: dict[str, str], where: Labels, matched: bool) -> None:
    assert matches(have, where) is matched


def test_what_an_incident_is_outranks_its_labels() -> None:
    """A label that an outsider named "target" must not slip past a silence on another target."""
    change = apply(Past(), event(labels=labels({"target": "other", "team": "shop"})), Policy())
    assert isinstance(change, Change)
    assert incident_labels(change.incident) == {
        "target": "api",
        "source": "poll",
        "kind": "memory",
        "team": "shop",
    }
