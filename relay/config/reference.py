"""docs/configuration.md, made from the models' own descriptions, so that it can't tell of a key that there is not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from relay.config.intakes import HOW_TO_MAKE_ONE
from relay.config.rows import TABLE, THRESHOLD, Row, rule
from relay.config.schema import Schema, plain
from relay.config.values import told

_INTRODUCTION = f"""\
<!-- Made by `python -m relay.config`; a test holds it against the code. -->

# Configuration

One file, `config.yaml`, holds everything; the one in the root of the repository is a documented start. Every key is
optional unless it says *needed*. Unknown keys are refused. `relay check-config` names every problem at once as
`config.yaml:12:7: rules.memory.warning: …`, and the relay does not start with one; a reload with one keeps the old file.
Editors complete and check keys by `docs/config.schema.json`, which the first line of the file names.

## Values

- `${{NAME}}` in a value is taken from the environment; `${{NAME:-default}}` has a default, which may be empty; `$${{` is a
  literal `${{`. Variables are filled after the file is read, so nothing in them can change its structure. One that is
  missing or empty and has no default is an error. Secrets belong there, never into the file.
- A duration is a number and its unit, also several: `500ms`, `90s`, `2m`, `1h30m`, `7d`.
- A size is `256MB` (millions of bytes), `256MiB` (of 1,048,576 bytes), or a number of bytes.
- Names (of targets, channels …) have letters, digits, `.`, `-` and `_`, at most 64.
- Labels are text: a number among them is written in quotes, `status: "500"`.
- The file is YAML 1.2 (`no` is a word, not false), at most 1 MiB, with anchors and aliases, without tags and merge keys.
- A secret has at least 16 letters, digits, `.`, `_`, `~` or `-`; {HOW_TO_MAKE_ONE.replace("python3", "`python3", 1)}`.
"""

_TABLE = """
The default rows. A row of the same name is merged over its default key by key; `enabled: false` turns one off. A default
leave value goes with its threshold: where the threshold is changed, it is 5 % of the new one toward the safe side.
A probe's `up` is 1 or 0. A row whose metric a target does not take does not judge it. One more row stands by default:
`leak`, of the kind `leak`, which judges the metric `memory` of every target whose limit is known; docs/rules.md tells of kinds.

| Row | Trouble is | warning | critical | left at | for | times | unit |
|---|---|---|---|---|---|---|---|
"""
# Where a section that several keys lead to is told.
_HOMES = {"Row": "rules.<name>"}
_ENTRY = "<name>"


@dataclass(slots=True)
class _Reference:
    """Writes sections one after the other; what a section leads to follows it."""

    lines: list[str] = field(default_factory=list)
    told: set[str] = field(default_factory=set)

    def section(self, path: str, name: str, without: Sequence[str] = (), title: str = "") -> None:
        """Write the section at ``path`` that definition ``name`` describes, and those below it."""
        self.told.add(name)
        schema = plain()["$defs"][name]
        properties = {key: value for key, value in schema["properties"].items() if key not in without}
        self.lines += [
            f"\n{'#' * min(4, 2 + path.count('.') + path.count('[]'))} `{path}`{title}\n",
            _sentence(schema),
            "",
        ]
        self.lines += _rows(properties, schema.get("required", ()))
        for key, value in properties.items():
            self.below(f"{path}.{key}", value)

    def below(self, path: str, schema: Schema) -> None:
        """Write the sections that a key leads to."""
        for suffix, inner in _leads_to(schema):
            if "discriminator" in inner:
                self._kinds(path + suffix, inner)
            elif "$ref" in inner:
                name = _name(inner)
                home = _HOMES.get(name, path + suffix)
                if name not in self.told and home == path + suffix and "properties" in plain()["$defs"][name]:
                    self.section(path + suffix, name)

    def _kinds(self, path: str, schema: Schema) -> None:
        """Write entries of several kinds: what all have first, then what each kind adds."""
        key, kinds = schema["discriminator"]["propertyName"], schema["discriminator"]["mapping"]
        every = [plain()["$defs"][_name({"$ref": reference})]["properties"] for reference in kinds.values()]
        common = [name for name in every[0] if all(name in one for one in every) and name != key]
        choice = ", ".join(f"`{kind}`" for kind in sorted(kinds))
        self.lines += [f"\n### `{path}`\n", f"`{key}` is needed, and says what kind it is: {choice}.", ""]
        same = {name: every[0][name] for name in common if all(one[name] == every[0][name] for one in every)}
        self.lines += _rows(same, _required(kinds))
        for name, value in same.items():
            self.below(f"{path}.{name}", value)
        for kind, reference in sorted(kinds.items()):
            self.section(path, _name({"$ref": reference}), [*same, key], f" with `{key}: {kind}`")


def reference() -> str:
    """Return the whole document."""
    written = _Reference()
    for key, schema in plain()["properties"].items():
        written.lines += [f"\n## `{key}`\n", _sentence(schema), *_default(schema)]
        if key == "rules":
            written.lines.append(_TABLE + "\n".join(_table()))
        if "$ref" in schema:
            name = _name(schema)
            definition = plain()["$defs"][name]
            written.lines += ["", *_rows(definition["properties"], definition.get("required", ()))]
            written.told.add(name)
        else:
            written.below(key, schema)
    return _INTRODUCTION + "\n".join(written.lines) + "\n"


def _leads_to(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """Yield the schemas within one, with what their place adds to the path."""
    if "$ref" in schema:
        yield "", schema
    for inner in schema.get("anyOf", ()):
        yield from _leads_to(inner)
    for inner in schema.get("patternProperties", {}).values():
        yield f".{_ENTRY}", inner
    if isinstance(schema.get("items"), Mapping):
        yield "[]", schema["items"]


def _rows(properties: Mapping[str, Schema], required: Sequence[str]) -> list[str]:
    if not properties:
        return ["No further keys."]
    lines = ["| Key | Value | Default | What it does |", "|---|---|---|---|"]
    for key, schema in properties.items():
        default = "*needed*" if key in required else _code(schema.get("default"))
        lines.append(f"| `{key}` | {_kind(schema)} | {default} | {_sentence(schema)}{_examples(schema)} |")
    return lines


def _kind(schema: Schema) -> str:
    """Return what may be written, in words."""
    if "$ref" in schema:
        definition = plain()["$defs"][_name(schema)]
        return _kind(definition) if "enum" in definition else "keys, see below"
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(one) for one in schema["anyOf"] if one.get("type") != "null"))
    if "enum" in schema:
        return ", ".join(f"`{word}`" for word in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if "pattern" in schema and "examples" in schema:
        return f"like {', '.join(f'`{example}`' for example in schema['examples'])}"
    return _KINDS[schema["type"]](schema)


def _number(word: str, schema: Schema) -> str:
    low = schema.get("minimum", schema["exclusiveMinimum"] + 1 if "exclusiveMinimum" in schema else None)
    high = schema.get("maximum")
    return word if low is None or high is None else f"{word}, {low} to {high}"


def _object(schema: Schema) -> str:
    if "patternProperties" in schema or isinstance(schema.get("additionalProperties"), dict):
        inner = schema.get("additionalProperties") or {}
        return (
            f"names, each with {_kind(inner)}" if inner and "$ref" not in inner else "names, each with keys"
        )
    return "keys"


_KINDS = {
    "string": lambda schema: "text, secret" if schema.get("format") == "password" else "text",
    "integer": lambda schema: _number("whole number", schema),
    "number": lambda schema: _number("number", schema),
    "boolean": lambda _: "`true`, `false`",
    "null": lambda _: "nothing",
    "array": lambda schema: f"list of {_kind(schema['items'])}",
    "object": _object,
}


def _table() -> Iterator[str]:
    for name, row in TABLE.items():
        if row.kind != THRESHOLD:
            continue
        levels = {
            level.severity.word: level for level in rule(name, row, unit="", every=row.hold).detector.levels
        }
        enter = [f"{levels[word].enter:g}" if word in levels else "–" for word in ("warning", "critical")]
        leave = " / ".join(f"{level.leave:g}" for level in levels.values())
        cells = [f"`{name}`", _side(row), *enter, leave, told(row.hold), str(row.times), row.unit or "–"]
        yield f"| {' | '.join(cells)} |"


def _side(row: Row) -> str:
    return "below" if row.below else "above"


def _required(kinds: Mapping[str, str]) -> list[str]:
    definitions = [plain()["$defs"][_name({"$ref": reference})] for reference in kinds.values()]
    return [
        key
        for key in definitions[0].get("required", ())
        if all(key in one["required"] for one in definitions)
    ]


def _name(schema: Schema) -> str:
    return str(schema["$ref"]).rpartition("/")[2]


def _sentence(schema: Schema) -> str:
    words = " ".join(str(schema.get("description", "")).replace("``", "`").replace("|", "\\|").split())
    first = words.partition(" ")[0]
    words = words[:1].upper() + words[1:] if first.isalpha() else words
    return words.removesuffix(".") + "." if words else ""


def _examples(schema: Schema) -> str:
    if "pattern" in schema or "examples" not in schema:
        return ""
    return f" Example: {', '.join(_code(example) for example in schema['examples'])}."


def _default(schema: Schema) -> list[str]:
    default = schema.get("default")
    return [] if default in (None, []) else [f"\nDefault: {_code(default)}."]


def _code(value: object) -> str:
    if value is None or value in ("", []):
        return "–"
    return f"`{value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}`"
