"""Add-ons: what they are; no source knows a health of them."""

from __future__ import annotations

from mirror.http.message import Answer, Refused, Request, as_json
from mirror.http.routes import Routes, owned
from mirror.times import millis
from mirror.world.identifiers import plain
from mirror.world.nouns import ZONE, Addon
from mirror.world.platform import Platform

routes = Routes()


@routes.add("GET", "/v2/self/addons", "/v2/organisations/{owner}/addons")
def addons(platform: Platform, request: Request, owner: str | None = None) -> Answer:
    """List an owner's add-ons."""
    return as_json([_rendered(one) for one in platform.addons_of(owned(platform, request, owner))])


@routes.add("GET", "/v2/self/addons/{addon}", "/v2/organisations/{owner}/addons/{addon}")
def addon(platform: Platform, request: Request, addon: str, owner: str | None = None) -> Answer:
    """Describe one add-on."""
    return as_json(_rendered(found(platform, request, owner, addon)))


def found(platform: Platform, request: Request, owner: str | None, addon_id: str) -> Addon:
    """Return the owner's add-on by its id of the form ``addon_…``, or refuse."""
    owner_id = owned(platform, request, owner)
    one = platform.addons.get(addon_id)
    if one is None or one.owner_id != owner_id:
        raise Refused(404, 4017, "Cannot find add-on")
    return one


def _rendered(one: Addon) -> dict[str, object]:
    prefix = one.provider_name.upper()
    return {
        "id": one.id,
        "name": one.name,
        "realId": one.real_id,
        "region": ZONE,
        "zoneId": plain("zone", ZONE),
        "provider": {"id": one.provider, "name": one.provider_name, "status": "RELEASE"},
        "plan": {
            "id": f"plan_{plain('plan', one.plan)}",
            "name": one.plan.replace("_", " "),
            "slug": one.plan,
            "price": 17.5,
            "features": [
                {
                    "name": "Max connection limit",
                    "type": "NUMBER",
                    "value": str(one.connections),
                    "computable_value": str(one.connections),
                    "name_code": "connection-limit",
                }
            ],
        },
        "creationDate": millis(one.created_at),
        "configKeys": [f"{prefix}_ADDON_URI", f"{prefix}_ADDON_HOST"],
    }
