"""The reference and the JSON Schema are the code's own: up to date, whole, and true of config.yaml."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel
from ruamel.yaml import YAML

from relay.channels import SettingsOfAny as Channels
from relay.config.__main__ import documents
from relay.config.joined import members
from relay.config.measured import SourceSettingsOfAny as Sources
from relay.config.model import IntakeSettings, Settings, TargetSettings
from relay.config.schema import json_schema, plain
from relay.intake import SettingsOfAny as Intakes

ROOT = Path(__file__).parents[2]
UNIONS: list[tuple[type[BaseModel] | None, Any, str]] = [
    (IntakeSettings, Intakes, "format"),
    (TargetSettings, Sources, "source"),
    (None, Channels, "kind"),
]


@pytest.mark.parametrize("name", ["configuration.md", "config.schema.json"])
def test_the_generated_file_is_up_to_date(name: str) -> None:
    """`python -m relay.config` writes it anew."""
    assert (ROOT / "docs" / name).read_text() == documents()[name]


def keys() -> dict[str, Any]:
    """Return every key that may stand anywhere, as section and key, with its schema."""
    sections = {"": plain(), **plain()["$defs"]}
    return {
        f"{section}.{key}": schema
        for section, definition in sections.items()
        for key, schema in definition.get("properties", {}).items()
    }


def test_every_key_is_described() -> None:
    """In its model, for the reference and for editors; a kind's own name says itself."""
    assert [
        name for name, schema in keys().items() if "const" not in schema and not schema.get("description")
    ] == []


def test_every_key_stands_in_the_reference() -> None:
    """As a section or as a row of a table."""
    text = (ROOT / "docs" / "configuration.md").read_text()
    told = set(re.findall(r"^\| `([^`]+)` \|", text, re.M)) | set(re.findall(r"^## `(\w+)`", text, re.M))
    told |= set(re.findall(r"^`(\w+)` is needed, and says", text, re.M))
    assert {name.rpartition(".")[2] for name in keys()} - told == set()
    for common, union, key in UNIONS:
        for member in members(union):
            (kind,) = member.model_fields[key].annotation.__args__  # type: ignore[union-attr]
            assert f"with `{key}: {kind}`" in text, (common, kind)


@pytest.mark.parametrize(("common", "union", "key"), [row for row in UNIONS if row[0]])
def test_no_key_means_two_things(common: type[BaseModel], union: Any, key: str) -> None:
    """What every entry has and what its kind adds stand on one level."""
    for member in members(union):
        assert set(common.model_fields) & set(member.model_fields) == set()


def test_the_schema_is_one_and_holds_for_the_documented_file() -> None:
    """Editors see no mistake in config.yaml."""
    Draft202012Validator.check_schema(json_schema())
    content = YAML(typ="safe", pure=True).load((ROOT / "config.yaml").read_text())
    assert [error.message for error in Draft202012Validator(json_schema()).iter_errors(content)] == []


def test_editors_see_mistakes() -> None:
    """Unknown keys, wrong kinds; a variable may stand for any value."""
    validator = Draft202012Validator(json_schema())
    assert validator.is_valid(
        {"web": {"port": "${PORT}", "drain": "${D:-2s}"}, "rules": {"cpu": {"leave": 60}}}
    )
    assert not validator.is_valid({"web": {"prt": 1}})
    assert not validator.is_valid({"web": {"port": "x"}})
    assert not validator.is_valid({"web": {"drain": "2"}})


def test_the_documented_file_names_every_section() -> None:
    """So that a reader of config.yaml knows what there is, and its first line names the schema."""
    text = (ROOT / "config.yaml").read_text()
    assert [name for name in Settings.model_fields if not re.search(rf"^(# )?{name}:", text, re.M)] == []
    assert text.startswith("# yaml-language-server: $schema=docs/config.schema.json\n")
    assert json.loads((ROOT / "docs" / "config.schema.json").read_text())["type"] == "object"
