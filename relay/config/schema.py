"""The JSON Schema of config.yaml, for editors and for naming the keys that may stand at a place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import WithDefaultSchema

from relay.config.errors import Place
from relay.config.model import Settings
from relay.config.values import told

Schema = Mapping[str, Any]

# A variable may stand for every value; after filling it is checked as what it became.
_VARIABLE = {"type": "string", "pattern": r"\$\{"}
_PLAIN = frozenset({"integer", "number", "boolean"})
_TEXT_CHECKS = frozenset({"enum", "const", "pattern", "minLength", "maxLength"})


class _Generator(GenerateJsonSchema):
    """Shows defaults as config.yaml writes them; a section's own default says no more than its keys do."""

    def encode_default(self, dft: Any) -> Any:
        """Return a default as JSON."""
        return told(dft) if isinstance(dft, timedelta) else super().encode_default(dft)

    def default_schema(self, schema: WithDefaultSchema) -> JsonSchemaValue:
        """Return a schema with its default."""
        made = super().default_schema(schema)
        if isinstance(made.get("default"), dict):
            del made["default"]
        return made


def json_schema() -> dict[str, Any]:
    """Return the schema, in which every plain value may also be a ``${NAME}``."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **{key: _with_variables(value) for key, value in plain().items()},
    }


def known_keys(place: Place, content: object) -> list[str]:
    """Return the keys that may stand in the mapping at ``place``; none where any key may."""
    found: dict[str, None] = {}
    for schema in _at(place, content):
        found.update(dict.fromkeys(schema.get("properties", ())))
    return list(found)


def discriminator(place: Place) -> str:
    """Return the key that says which kind of entry stands at ``place``."""
    for schema in _at(place, None):
        if "discriminator" in schema:
            return str(schema["discriminator"]["propertyName"])
    return ""


def kinds(place: Place) -> list[str]:
    """Return the kinds of entry that may stand at ``place``."""
    return [
        kind for schema in _at(place, None) for kind in schema.get("discriminator", {}).get("mapping", ())
    ]


@cache
def plain() -> Schema:
    """Return the schema of values after their variables are filled."""
    return Settings.model_json_schema(schema_generator=_Generator)


def _at(place: Place, content: object) -> Sequence[Schema]:
    """Return the schemas that hold at ``place``; ``content`` says which kind an entry is of."""
    schemas = list(_alternatives(plain(), content))
    for step in place:
        content = _within(content, step)
        schemas = [
            alternative
            for schema in schemas
            for inner in _inner(schema, step)
            for alternative in _alternatives(inner, content)
        ]
    return schemas


def _alternatives(schema: Schema, content: object) -> Iterator[Schema]:
    """Yield the schema and what it refers to; of entries of several kinds the one that ``content`` says it is."""
    yield schema
    if "$ref" in schema:
        yield from _alternatives(plain()["$defs"][schema["$ref"].rpartition("/")[2]], content)
    if "discriminator" in schema and isinstance(content, Mapping):
        kind = content.get(schema["discriminator"]["propertyName"])
        reference = schema["discriminator"]["mapping"].get(kind) if isinstance(kind, str) else None
        if reference:
            yield from _alternatives({"$ref": reference}, content)
    elif "discriminator" not in schema:
        for inner in schema.get("anyOf", ()):
            yield from _alternatives(inner, content)


def _inner(schema: Schema, step: str | int) -> Iterator[Schema]:
    if isinstance(step, int):
        yield from (schema[key] for key in ("items",) if isinstance(schema.get(key), Mapping))
    elif step in schema.get("properties", {}):
        yield schema["properties"][step]
    else:
        for key in ("additionalProperties",):
            if isinstance(schema.get(key), Mapping):
                yield schema[key]
        yield from schema.get("patternProperties", {}).values()


def _within(content: object, step: str | int) -> object:
    if isinstance(content, Mapping):
        return content.get(step)
    if isinstance(content, Sequence) and isinstance(step, int) and step < len(content):
        return content[step]
    return None


def _with_variables(schema: Any) -> Any:
    match schema:
        case list():
            return [_with_variables(item) for item in schema]
        case dict() if _is_plain(schema):
            told = {
                key: value
                for key, value in schema.items()
                if key in ("description", "title", "default", "examples")
            }
            return {**told, "anyOf": [{k: v for k, v in schema.items() if k not in told}, _VARIABLE]}
        case dict():
            return {
                key: value
                if key in ("default", "examples", "required", "discriminator")
                else _with_variables(value)
                for key, value in schema.items()
            }
    return schema


def _is_plain(schema: Mapping[str, Any]) -> bool:
    kind = schema.get("type")
    # The key that says which kind an entry is of stays as it is: editors choose by it.
    if "const" in schema:
        return False
    return kind in _PLAIN or (kind == "string" and not _TEXT_CHECKS.isdisjoint(schema))
