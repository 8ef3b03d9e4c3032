"""Applications: what they are and should be."""

from __future__ import annotations

from mirror.http.message import Answer, Refused, Request, as_json
from mirror.http.routes import Routes, owned
from mirror.times import millis
from mirror.world.identifiers import plain
from mirror.world.nouns import ZONE, Application, Flavor
from mirror.world.platform import Platform

routes = Routes()


@routes.add("GET", "/v2/self/applications", "/v2/organisations/{owner}/applications")
def applications(platform: Platform, request: Request, owner: str | None = None) -> Answer:
    """List an owner's applications."""
    owner_id = owned(platform, request, owner)
    return as_json([rendered(platform, one) for one in platform.applications_of(owner_id)])


@routes.add("GET", "/v2/self/applications/{app}", "/v2/organisations/{owner}/applications/{app}")
def application(platform: Platform, request: Request, app: str, owner: str | None = None) -> Answer:
    """Describe one application."""
    return as_json(rendered(platform, found(platform, request, owner, app)))


def found(platform: Platform, request: Request, owner: str | None, app: str) -> Application:
    """Return the owner's application, or refuse."""
    owner_id = owned(platform, request, owner)
    one = platform.applications.get(app)
    if one is None or one.owner_id != owner_id:
        raise Refused(404, 4004, "Cannot find application")
    return one


def rendered(platform: Platform, one: Application) -> dict[str, object]:
    """Return an application as API v2 shows it."""
    host = f"push-n3-{ZONE}-clevercloud-customers.services.clever-cloud.com/{one.id}.git"
    return {
        "id": one.id,
        "name": one.name,
        "description": "",
        "zone": ZONE,
        "zoneId": plain("zone", ZONE),
        "instance": _instance(one),
        "deployment": {
            "shutdownable": False,
            "type": "GIT",
            "repoState": "CREATED",
            "url": f"git+ssh://git@{host}",
            "httpUrl": f"https://{host}",
        },
        "vhosts": [{"fqdn": f"{one.name}.cleverapps.io/"}],
        "creationDate": millis(one.created_at),
        "last_deploy": len(platform.deployments(one.id)),
        "archived": False,
        "stickySessions": False,
        "homogeneous": one.homogeneous,
        "favourite": False,
        "cancelOnPush": False,
        "webhookUrl": None,
        "webhookSecret": None,
        "separateBuild": False,
        "buildFlavor": flavor(one.flavor),
        "ownerId": one.owner_id,
        "state": one.wanted.value,
        "commitId": one.commit or None,
        "appliance": None,
        "branch": "master",
        "forceHttps": "ENABLED",
        "env": [],
        "deployUrl": f"https://{host}",
    }


def flavor(one: Flavor) -> dict[str, object]:
    """Return a flavor as API v2 shows it."""
    return {"name": one.name, "mem": one.mem, "cpus": one.cpus, "price": one.price, "available": True}


def _instance(one: Application) -> dict[str, object]:
    return {
        "type": one.kind,
        "version": "20260501",
        "variant": {
            "id": plain("variant", one.kind),
            "slug": one.kind,
            "name": one.kind.title(),
            "deployType": one.kind,
        },
        "minInstances": one.instances,
        "maxInstances": max(one.max_instances, one.instances),
        "maxAllowedInstances": 40,
        "minFlavor": flavor(one.flavor),
        "maxFlavor": flavor(one.max_flavor),
        "flavors": [flavor(one.flavor), flavor(one.max_flavor)],
        "defaultEnv": {},
        "lifetime": "REGULAR",
        "instanceAndVersion": f"{one.kind}-20260501",
    }
