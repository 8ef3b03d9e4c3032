"""The description of the API in OpenAPI 3.1, made from the models that answer."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from relay.web import query
from relay.web.records import (
    IncidentDetail,
    IncidentPage,
    ReceiptRecord,
    SampleList,
    TargetList,
    Trouble,
)

Schema = dict[str, Any]

_MODELS: tuple[type[BaseModel], ...] = (
    IncidentPage,
    IncidentDetail,
    TargetList,
    SampleList,
    ReceiptRecord,
    Trouble,
)
_NAME: Schema = {"type": "string", "minLength": 1, "maxLength": query.LONGEST, "pattern": r"^[^\u0000]+$"}
_TIME: Schema = {
    "anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}],
    "examples": ["2026-11-23T14:00:00Z"],
}


def _query(name: str, schema: Schema, text: str, *, required: bool = False) -> Schema:
    return {"name": name, "in": "query", "required": required, "schema": schema, "description": text}


def _whole(least: int, most: int) -> Schema:
    return {"type": "integer", "minimum": least, "maximum": most}


_FILTERS = (
    _query("state", {"enum": list(query.STATES)}, "Only open incidents, or only those that are over."),
    _query(
        "severity", {"enum": list(query.SEVERITIES)}, "Only incidents whose worst severity is at least this."
    ),
    _query("target", _NAME, "Only incidents of this target."),
    _query("source", _NAME, "Only incidents from this source, such as `poll` or `clever-cloud`."),
    _query("since", _TIME, "Only incidents that opened at this time or later; UTC where no zone is given."),
    _query("until", _TIME, "Only incidents that opened before this time."),
    _query("q", _NAME, "Only incidents that hold each of these words."),
)
_AFTER = _query(
    "after",
    {"type": "string", "pattern": r"^[0-9]{1,16}\.[0-9A-Za-z_-]{1,64}$"},
    "The `after` of the page before. What it holds may change: hand it back as it is.",
)
_LIMIT = _query("limit", _whole(1, 200) | {"default": 50}, "How many incidents at most.")
_BEFORE = _query("before", _whole(2, 10**9), "The `before` of the part after it: only earlier changes.")
_ID = {
    "name": "id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^[0-9A-Za-z_-]{1,64}$"},
}


def _answer(text: str, model: type[BaseModel]) -> Schema:
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    return {"description": text, "content": {"application/json": {"schema": schema}}}


def _get(summary: str, model: type[BaseModel], *parameters: Schema, missing: str = "") -> Schema:
    responses = {
        "200": _answer("As asked.", model),
        "400": _answer("A parameter can't be understood; `where` names it.", Trouble),
        "401": _answer("The password is missing or wrong.", Trouble),
        "403": _answer("The relay shows nothing without a password.", Trouble),
        "429": _answer("Too many wrong passwords; `Retry-After` says when to come back.", Trouble),
        "503": _answer("The store can't be read now; come back.", Trouble),
    }
    if missing:
        responses["404"] = _answer(missing, Trouble)
    return {"get": {"summary": summary, "parameters": list(parameters), "responses": responses}}


def _paths() -> Schema:
    return {
        "/api/v1/incidents": _get("Incidents, newest first.", IncidentPage, *_FILTERS, _AFTER, _LIMIT),
        "/api/v1/incidents/{id}": _get(
            "One incident: its changes, events, deliveries and attempts.",
            IncidentDetail,
            _ID,
            _BEFORE,
            missing="No such incident.",
        ),
        "/api/v1/targets": _get("Every target and its newest values.", TargetList),
        "/api/v1/samples": _get(
            "The values of one metric of a target, oldest first; the last hour where no time is given.",
            SampleList,
            _query("target", _NAME, "The target's name.", required=True),
            _query("metric", _NAME, "The metric's name.", required=True),
            _query("since", _TIME, "From this time on."),
            _query("until", _TIME, "Before this time."),
            missing="No such series.",
        ),
        "/api/v1/receipts/{id}": _get(
            "What became of a request that was accepted.", ReceiptRecord, _ID, missing="No such receipt."
        ),
    }


@lru_cache(maxsize=2)
def document(version: str) -> Schema:
    """Return the OpenAPI document."""
    _, definitions = models_json_schema(
        [(model, "serialization") for model in _MODELS], ref_template="#/components/schemas/{model}"
    )
    return {
        "openapi": "3.1.0",
        "info": {"title": "GameShelf Relay", "version": version or "0"},
        "security": [{"bearer": []}, {"basic": []}],
        "paths": _paths(),
        "components": {
            "schemas": definitions["$defs"],
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "basic": {"type": "http", "scheme": "basic"},
            },
        },
    }
