"""The metrics store: read tokens from the API, and scripts from anybody who has one."""

from __future__ import annotations

from datetime import timedelta

from mirror.answers.parameters import duration
from mirror.http.message import Answer, Json, Refused, Request, as_json
from mirror.http.routes import Routes, owned
from mirror.times import zulu
from mirror.warp10.fetching import Samples
from mirror.warp10.machine import Machine
from mirror.warp10.values import Failed, Series, Value
from mirror.world.identifiers import chance, plain
from mirror.world.platform import Platform
from mirror.world.quirks import Quirks
from mirror.world.read_tokens import FIVE_DAYS, ReadToken
from mirror.world.samples import is_known

routes = Routes()


@routes.add("GET", "/v2/metrics/read/{owner}", "/v2/w10tokens/accessLogs/read/{owner}")
def owner_token(platform: Platform, request: Request, owner: str) -> Answer:
    """Return a token for all of an owner, as text and nothing else."""
    token = _minted(platform, request, owned(platform, request, owner), None, ("metrics",), FIVE_DAYS)
    text = f'"{token.token}"' if platform.quirks.owner_token_is_quoted else token.token
    return Answer(200, text.encode(), "text/plain")


@routes.add(
    "POST",
    "/v4/stats/organisations/{owner}/tokens/read",
    "/v4/stats/organisations/{owner}/resources/{resource}/tokens/read",
)
def token(platform: Platform, request: Request, owner: str, resource: str | None = None) -> Answer:
    """Return a token for an owner or for one resource."""
    owner_id = owned(platform, request, owner)
    if resource is not None and not is_known(platform, resource):
        raise Refused(404, 4004, "Cannot find resource")
    body = request.json() if request.body else {}
    asked = body.get("applications") or ["metrics"]
    applications = tuple(str(one) for one in asked) if isinstance(asked, list) else ("metrics",)
    lifetime = duration(str(body.get("ttl") or "P5D"), "ttl")
    made = _minted(platform, request, owner_id, resource, applications, lifetime)
    return as_json(
        {
            "token": made.token,
            "expiresAt": zulu(made.expires_at),
            "createdAt": zulu(made.created_at),
            "scope": "READ",
            "applications": made.applications,
        }
    )


@routes.add("POST", "/api/v0/exec", is_open=True)
def execute(platform: Platform, request: Request) -> Answer:
    """Run a script and return the stack, its top first; an error is told in a header."""
    try:
        levels = Machine(Samples(platform, request.at)).run(request.body.decode(errors="replace"))
        return as_json([_shown(one, platform.quirks) for one in levels])
    except Failed as failed:
        message = str(failed).encode("ascii", "replace").decode().replace("\n", " ")
        page = f"<html><body>{message}</body></html>".encode()
        return Answer(500, page, "text/html", (("x-warp10-error-message", message),))


def _minted(
    platform: Platform,
    request: Request,
    owner_id: str,
    resource_id: str | None,
    applications: tuple[str, ...],
    lifetime: timedelta,
) -> ReadToken:
    number = len(platform.read_tokens)
    made = ReadToken(
        token="READ." + plain("read token", owner_id, resource_id, number).replace("-", ""),
        owner_id=owner_id,
        resource_id=resource_id,
        applications=applications,
        created_at=request.at,
        expires_at=request.at + lifetime,
    )
    platform.read_tokens[made.token] = made
    return made


def _shown(value: Value, quirks: Quirks) -> Json:
    if isinstance(value, list):
        return [_shown(one, quirks) for one in value]
    if isinstance(value, dict):
        return {key: _shown(one, quirks) for key, one in value.items()}
    if isinstance(value, Series):
        rows = [[at, _point(value, at, one, quirks)] for at, one in value.points]
        return {"c": value.name, "l": value.labels, "a": {}, "la": 0, "v": rows}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise Failed("the stack holds what JSON can not say")


def _point(series: Series, at: int, value: float, quirks: Quirks) -> Json:
    """Return a number, now and then in quotes."""
    is_text = quirks.text_values and chance("text", series.name, at) < 0.1
    return str(value) if is_text else value
