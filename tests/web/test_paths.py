"""Paths: what the relay answers itself, no open webhook may take."""

from __future__ import annotations

from relay.config.intakes import TAKEN
from tests.web.conftest import Told


def test_no_webhook_can_hide_a_page(told: Told) -> None:
    """Whichever pages there are: a gate comes before them. Of the API, ``/api/v1`` is the relay's."""
    paths = [rule.rule for rule in told.app.url_map.iter_rules() if not rule.rule.startswith("/api/v1/")]
    assert {path.split("/")[1] for path in paths} - {""} <= TAKEN
