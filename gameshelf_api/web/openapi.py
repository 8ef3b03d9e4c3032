"""The description of the API in OpenAPI 3.1, for people's tools and for our own tests."""

from typing import Any

from gameshelf_api import VERSION

Schema = dict[str, Any]


def _object(**properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list_of(name: str, item: Schema) -> Schema:
    return _object(count={"type": "integer", "minimum": 0}, **{name: {"type": "array", "items": item}})


TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
TIME: Schema = {"type": ["string", "null"], "format": "date-time"}
MAYBE_TEXT: Schema = {"type": ["string", "null"]}
MAYBE_WHOLE: Schema = {"type": ["integer", "null"]}
MAYBE_NUMBER: Schema = {"type": ["number", "null"]}
STATE: Schema = {"enum": ["connected", "error"]}
CACHE: Schema = {
    "oneOf": [
        _object(cache_entries=WHOLE, history_entries=WHOLE, estimated_memory_kb=WHOLE),
        _object(entries=WHOLE, max_entries=WHOLE, usage_percent=NUMBER),
    ]
}
ERROR = _object(error=TEXT, request_id=TEXT)
GAME = _object(
    id=WHOLE,
    name=TEXT,
    category=TEXT,
    min_players=MAYBE_WHOLE,
    max_players=MAYBE_WHOLE,
    duration_minutes=MAYBE_WHOLE,
    price=MAYBE_NUMBER,
    stock=MAYBE_WHOLE,
)
POPULAR_GAME = _object(id=WHOLE, name=TEXT, category=TEXT, price=MAYBE_NUMBER)
CUSTOMER = _object(
    id=WHOLE, email=TEXT, first_name=MAYBE_TEXT, last_name=MAYBE_TEXT, loyalty_points=MAYBE_WHOLE
)
RENTAL = _object(
    id=WHOLE,
    customer=MAYBE_TEXT,
    game=TEXT,
    rental_date=TIME,
    due_date=TIME,
    status={"enum": ["active", "returned", "overdue", None]},
)
IMAGE = _object(key=TEXT, size=WHOLE, url=TEXT)
POPULAR = _list_of("games", POPULAR_GAME)
HEALTH = _object(
    status={"enum": ["healthy", "degraded"]}, database=STATE, storage=STATE, hostname=TEXT, cache=CACHE
)
FLAG = _object(message=TEXT, flag=TEXT, database=STATE, storage=STATE, cache=CACHE)
HOME = _object(
    service=TEXT,
    version=TEXT,
    environment=TEXT,
    hostname=TEXT,
    endpoints={"type": "array", "items": TEXT},
)
POPULAR["properties"]["cache_stats"] = CACHE
POPULAR["required"].append("cache_stats")


def _answer(text: str, schema: Schema) -> Schema:
    return {"description": text, "content": {"application/json": {"schema": schema}}}


def _get(summary: str, schema: Schema, **troubles: str) -> Schema:
    """Describe a GET; ``troubles`` are statuses such as ``_404`` with what they mean."""
    refused = {status.strip("_"): _answer(text, ERROR) for status, text in troubles.items()}
    return {"get": {"summary": summary, "responses": {"200": _answer("As asked.", schema), **refused}}}


_AWAY = "The database or the storage is away."
_ID = {
    "name": "id",
    "in": "path",
    "required": True,
    "schema": {"type": "integer", "minimum": 0, "maximum": 2**31 - 1},
}
_METRICS: Schema = {
    "summary": "The series, in Prometheus' text format.",
    "responses": {
        "200": {"description": "As asked.", "content": {"text/plain": {"schema": TEXT}}},
        "401": _answer("The scraper's password is missing or wrong.", ERROR),
    },
}

DOCUMENT: Schema = {
    "openapi": "3.1.0",
    "info": {"title": "GameShelf API", "version": VERSION},
    "paths": {
        "/": _get("What this is.", HOME),
        "/health": _get("How the service and its neighbours do; 200 even when degraded.", HEALTH),
        "/livez": _get("Whether the process can serve.", _object(status={"const": "alive"})),
        "/games": _get("Every game, by name.", _list_of("games", GAME), _500=_AWAY),
        "/games/{id}": {
            "parameters": [_ID],
            **_get("One game.", GAME, _404="No game of that id.", _500=_AWAY),
        },
        "/popular": _get("The five games most in stock; greedy with the cache.", POPULAR, _500=_AWAY),
        "/cache-stats": _get("How the cache stands.", _object(cache=CACHE, warning=MAYBE_TEXT)),
        "/customers": _get("Every customer, by name.", _list_of("customers", CUSTOMER), _500=_AWAY),
        "/rentals": _get("Every rental, newest first.", _list_of("rentals", RENTAL), _500=_AWAY),
        "/images": _get("Every image under games/.", _list_of("images", IMAGE), _500=_AWAY),
        "/flag": _get("The lab's flag.", FLAG, _500=_AWAY),
        "/metrics": {"get": _METRICS},
        "/openapi.json": _get("This description.", {"type": "object"}),
    },
}
