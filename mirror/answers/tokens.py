"""API tokens of the bridge, and read tokens of Warp 10."""

from __future__ import annotations

from datetime import timedelta

from mirror.answers.parameters import moment
from mirror.http.message import Answer, Refused, Request, as_json
from mirror.http.routes import Routes
from mirror.times import zulu
from mirror.world.accounts import YEAR, ApiToken
from mirror.world.platform import Platform

routes = Routes()


@routes.add("GET", "/api-tokens")
def tokens(platform: Platform, request: Request) -> Answer:
    """List the API tokens of who asks; the secrets are told only once."""
    return as_json([_listed(one, request) for one in platform.accounts.api_tokens(request.caller)])


@routes.add("POST", "/api-tokens")
def create(platform: Platform, request: Request) -> Answer:
    """Create an API token for who can say the password; a year at most."""
    body = request.json()
    user = request.caller
    if body.get("email") != user.email or platform.accounts.passwords.get(user.id) != body.get("password"):
        return as_json({"code": "invalid-credential", "error": "Invalid credentials"}, 401)
    asked = body.get("expirationDate")
    lifetime = YEAR if asked is None else moment(str(asked), "expirationDate") - request.at
    if not timedelta(0) < lifetime <= YEAR + timedelta(days=2):
        raise Refused(400, 4000, "expirationDate must be within a year")
    description = str(body.get("description") or "")
    new = platform.accounts.create_api_token(
        user, str(body.get("name") or ""), request.at, lifetime, description
    )
    return as_json({"apiToken": new.secret, **_told(new)}, 201)


@routes.add("PUT", "/api-tokens/{token}")
def rename(platform: Platform, request: Request, token: str) -> Answer:
    """Change the name of an API token."""
    body = request.json()
    _own(platform, request, token)
    platform.accounts.rename(token, str(body.get("name") or ""), str(body.get("description") or ""))
    return Answer(204)


@routes.add("DELETE", "/api-tokens/{token}")
def revoke(platform: Platform, request: Request, token: str) -> Answer:
    """Take an API token away."""
    _own(platform, request, token)
    platform.accounts.revoke(token)
    return Answer(204)


def _own(platform: Platform, request: Request, token_id: str) -> None:
    if token_id not in {one.id for one in platform.accounts.api_tokens(request.caller)}:
        raise Refused(404, 4041, "Cannot find API token")


def _told(token: ApiToken) -> dict[str, object]:
    return {
        "apiTokenId": token.id,
        "creationDate": zulu(token.created_at),
        "expirationDate": zulu(token.expires_at),
        "name": token.name,
    }


def _listed(token: ApiToken, request: Request) -> dict[str, object]:
    state = "ACTIVE" if request.at < token.expires_at else "EXPIRED"
    return {
        **_told(token),
        "description": token.description,
        "ip": "127.0.0.1",
        "state": state,
    }
