"""Who I am, what I may see, and the summary of it all."""

from __future__ import annotations

from mirror.http.message import Answer, Refused, Request, as_json
from mirror.http.routes import Routes, owned
from mirror.times import millis, zulu
from mirror.world.nouns import Addon, Application, Owner, User
from mirror.world.platform import Platform

routes = Routes()


def person(user: User) -> dict[str, object]:
    """Return a user as API v2 shows them."""
    return {
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "phone": "",
        "avatar": None,
        "creationDate": 1704067200000,
        "lang": "EN",
        "emailValidated": True,
        "admin": False,
        "canPay": True,
        "preferredMFA": "NONE",
        "hasPassword": True,
    }


@routes.add("GET", "/v2/self")
def myself(platform: Platform, request: Request) -> Answer:
    """Say who asks."""
    return as_json(person(request.caller))


@routes.add("GET", "/v2/self/id")
def my_id(platform: Platform, request: Request) -> Answer:
    """Say the id of who asks."""
    return as_json({"id": request.caller.id})


@routes.add("GET", "/v2/self/tokens/current")
def my_token(platform: Platform, request: Request) -> Answer:
    """Say when the OAuth token that signed this expires."""
    for token in platform.accounts.oauth_tokens.values():
        if token.user.id == request.caller.id:
            return as_json({"token": token.token, "expirationDate": zulu(token.expires_at)})
    raise Refused(404, 4009, "Cannot find token")


@routes.add("GET", "/v2/organisations")
def organisations(platform: Platform, request: Request) -> Answer:
    """List the organisations of who asks."""
    return as_json([_organisation(one) for one in _visible(platform, request)])


@routes.add("GET", "/v2/organisations/{owner}")
def organisation(platform: Platform, request: Request, owner: str) -> Answer:
    """Describe one organisation."""
    return as_json(_organisation(platform.owners[owned(platform, request, owner)]))


@routes.add("GET", "/v2/summary")
def summary(platform: Platform, request: Request) -> Answer:
    """List every application and add-on of every owner at once."""
    user = request.caller
    personal = {**person(user), **_belongings(platform, user.id)}
    others = [{**_organisation(one), **_belongings(platform, one.id)} for one in _visible(platform, request)]
    return as_json({"user": personal, "organisations": others})


def _visible(platform: Platform, request: Request) -> list[Owner]:
    may_see = request.caller.may_see
    return [one for one in platform.owners.values() if not one.is_personal and may_see(one.id)]


def _organisation(owner: Owner) -> dict[str, object]:
    return {
        "id": owner.id,
        "name": owner.name,
        "description": "",
        "avatar": None,
        "canPay": True,
        "cleverEnterprise": False,
    }


def _belongings(platform: Platform, owner_id: str) -> dict[str, object]:
    return {
        "applications": [_application(one) for one in platform.applications_of(owner_id)],
        "addons": [_addon(one) for one in platform.addons_of(owner_id)],
    }


def _application(application: Application) -> dict[str, object]:
    return {
        "id": application.id,
        "name": application.name,
        "instanceType": application.kind,
        "instanceVariant": application.kind,
        "variantSlug": application.kind,
        "state": application.wanted.value,
        "commit": application.commit or None,
        "creationDate": millis(application.created_at),
    }


def _addon(addon: Addon) -> dict[str, object]:
    return {
        "id": addon.id,
        "realId": addon.real_id,
        "name": addon.name,
        "providerId": addon.provider,
        "creationDate": millis(addon.created_at),
    }
