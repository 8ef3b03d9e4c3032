"""What Slack takes: the schema of its own type package, its limits, and its SDK's models as a second opinion."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError, best_match
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

from tests.contract.packages import installed

# Limits stand in the package as sentences of its documentation.
LENGTH = re.compile(r"(?:[Mm]aximum length (?:for (?:the )?.*? )?is|[Ll]imit(?:ed to)?) ([\d,]+)")
ITEMS = re.compile(r"[Mm]aximum (?:number of items is|of) (\d+)|[Mm]aximum (\d+) (?:items|rows|blocks|cards)")
EACH = re.compile(r"Maximum length for the text in each item is ([\d,]+)")
# https://docs.slack.dev/reference/block-kit/blocks and …/methods/chat.postMessage
MOST_BLOCKS = 50
MOST_ATTACHMENTS = 20
MOST_TEXT = 40_000
# Nowhere documented: bolt-js issue 2509 saw msg_blocks_too_long at about 13,200 over all blocks together.
MOST_IN_ALL = 12_000

Schema = dict[str, Any]


def capped(schema: Schema, limit: int) -> Schema:
    """Return the schema of a text object whose text has a limit."""
    bare = {key: value for key, value in schema.items() if key != "description"}
    return {"allOf": [bare, {"properties": {"text": {"maxLength": limit}}}]}


def constrain(definition: Schema, name: str, prop: Schema) -> int:
    """Turn the sentences about one property into constraints; return how many."""
    said = " ".join(prop.get("description", "").split())
    each, length, items = EACH.search(said), LENGTH.search(said), ITEMS.search(said)
    if prop.get("type") == "array":
        if items:
            prop["maxItems"] = int(items[1] or items[2])
        if each:
            prop["items"] = capped(prop["items"], int(each[1].replace(",", "")))
        return bool(items) + bool(each)
    if length is None:
        return 0
    limit = int(length[1].replace(",", ""))
    if prop.get("type") == "string":
        prop["maxLength"] = limit
    else:
        definition["properties"][name] = capped(prop, limit)
    return 1


@cache
def specification() -> tuple[Schema, int]:
    """Return the schema's definitions with every limit, and how many limits were found in sentences."""
    definitions = json.loads((installed() / "slack.schema.json").read_text())["definitions"]
    found = 0
    for definition in definitions.values():
        for name, prop in list(definition.get("properties", {}).items()):
            found += constrain(definition, name, prop)
    for name in ("WebhookMessage", "ApiMessage", "StrictAttachment"):
        properties = definitions[name]["properties"]
        properties["blocks"]["maxItems"] = MOST_BLOCKS
        if "attachments" in properties:
            properties["attachments"]["maxItems"] = MOST_ATTACHMENTS
            properties["text"]["maxLength"] = MOST_TEXT
    return definitions, found


@cache
def validator(kind: str) -> Draft7Validator:
    """Return the validator of ``WebhookMessage`` or ``ApiMessage``."""
    return Draft7Validator({"$ref": f"#/definitions/{kind}", "definitions": specification()[0]})


def told(error: ValidationError) -> str:
    """Return where a body goes wrong, at the branch of a union that it was closest to."""
    closest = best_match([error])
    return f"{closest.json_path}: {closest.message[-300:]}"


def blocks_of(body: Schema) -> list[Schema]:
    """Return every block of a message, also those within attachments."""
    inner = [block for one in body.get("attachments") or [] for block in one.get("blocks") or []]
    return [*(body.get("blocks") or []), *inner]


def texts(value: object) -> Iterator[str]:
    """Yield every text within blocks."""
    if isinstance(value, dict):
        if isinstance(value.get("text"), str):
            yield value["text"]
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def of_block(block: Schema) -> Iterator[str]:
    """Yield what the schema does not say of one block, and what Slack's SDK has against it."""
    if block.get("type") == "section" and not block.get("text") and not block.get("fields"):
        yield "a section needs text or fields"
    if block.get("type") == "image" and not str(block.get("alt_text") or "").strip():
        yield "a picture says nothing to who does not see it"
    try:
        parsed = Block.parse(block)
        if parsed is not None:
            parsed.validate_json()
    except (SlackObjectFormationError, TypeError, ValueError) as error:
        yield f"slack_sdk: {error}"


def by_hand(body: Schema) -> Iterator[str]:
    """Yield what neither specification says: nothing empty, and no more than Slack takes in all."""
    if not str(body.get("text") or "").strip():
        yield "text is empty: notifications and screen readers say nothing"
    blocks = blocks_of(body)
    for block in blocks:
        yield from (f"{block.get('type')}: {problem}" for problem in of_block(block))
    written = list(texts(blocks))
    if not all(text.strip() for text in written):
        yield "a block holds an empty text"
    if (length := sum(map(len, written))) > MOST_IN_ALL:
        yield f"{length} characters over all blocks, more than {MOST_IN_ALL}"


def slack_problems(body: Schema, *, api: bool = False) -> list[str]:
    """Return everything that speaks against sending this to Slack: empty when it would be taken.

    ``api`` is for ``chat.postMessage`` and ``chat.update``, which need a channel; the rule is the webhook's.
    """
    kind = "ApiMessage" if api else "WebhookMessage"
    problems = [told(error) for error in validator(kind).iter_errors(body)]
    return problems or list(by_hand(body))
