"""The API against its own description: schemathesis looks for any answer that breaks it."""

import subprocess
import sys
from pathlib import Path

import pytest
from openapi_spec_validator import validate

from gameshelf_api.web.openapi import DOCUMENT
from tests.gameshelf.conftest import Build, running


def test_the_description_is_valid() -> None:
    """By the specification's own schema."""
    validate(DOCUMENT)


def test_every_route_is_described(build: Build) -> None:
    """And nothing is described that is not there."""
    rules = {rule.rule.replace("<", "{").replace(">", "}") for rule in build().app.url_map.iter_rules()}
    assert rules == set(DOCUMENT["paths"])


@pytest.mark.parametrize("stores", ["embedded", "add-ons"])
def test_schemathesis_finds_nothing(stores: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Every check it has, right and wrong requests, on a running process with both sets of stores."""
    environ = {} if stores == "embedded" else request.getfixturevalue("addons")
    migrate = [sys.executable, "-m", "gameshelf_api", "migrate", "--data-dir", str(tmp_path / "api")]
    subprocess.run(migrate, check=True, capture_output=True, env=environ, timeout=30)
    with running(tmp_path, **environ) as api:
        command = [
            "run",
            f"{api.url}/openapi.json",
            "--checks=all",
            "--max-examples=20",
            "--no-color",
            "--seed=1",
        ]
        found = subprocess.run(
            [Path(sys.executable).parent / "schemathesis", *command],
            capture_output=True, text=True, timeout=120, cwd=tmp_path,
        )  # fmt: skip
    assert found.returncode == 0, found.stdout
    # All but the description itself, which schemathesis leaves out.
    assert f"{len(DOCUMENT['paths']) - 1} selected" in found.stdout
