"""The guide to the API holds: every call and example in it is answered, every parameter is there."""

from __future__ import annotations

import re
from pathlib import Path

from flask.testing import FlaskClient

from relay.web.openapi import document

GUIDE = (Path(__file__).parents[2] / "docs" / "api.md").read_text()


def test_every_example_is_answered(client: FlaskClient) -> None:
    """As it stands there."""
    examples = re.findall(r'http://127\.0\.0\.1:8080(/[^"\s]*)', GUIDE)
    assert len(examples) >= 3
    assert {client.get(path).status_code for path in examples} == {200}


def test_every_call_and_parameter_is_in_the_guide() -> None:
    """And no call that is not there."""
    paths = document("1")["paths"]
    assert set(re.findall(r"^\| `GET (\S+)`", GUIDE, re.M)) == set(paths)
    parameters = {one["name"] for path in paths.values() for one in path["get"]["parameters"]} - {"id"}
    assert {name for name in parameters if f"`{name}`" not in GUIDE} == set()
