"""Instances in both forms, also of a whole organisation and of add-ons."""

from __future__ import annotations

from mirror.answers.addons import found as found_addon
from mirror.answers.applications import flavor, found
from mirror.http.message import Answer, Refused, Request, as_json
from mirror.http.routes import Routes, owned
from mirror.times import millis, zulu
from mirror.world.identifiers import chance, plain
from mirror.world.nouns import FLAVORS, Instance
from mirror.world.platform import Platform

routes = Routes()


@routes.add(
    "GET",
    "/v2/self/applications/{app}/instances",
    "/v2/organisations/{owner}/applications/{app}/instances",
)
def instances(platform: Platform, request: Request, app: str, owner: str | None = None) -> Answer:
    """List an application's instances."""
    with_deleted = request.one("withDeleted") == "true"
    every = platform.instances(found(platform, request, owner, app).id, with_deleted=with_deleted)
    wanted = request.one("deploymentId")
    return as_json([_v2(one) for one in every if wanted in (None, one.deployment_id)])


@routes.add("GET", "/v2/self/instances", "/v2/organisations/{owner}/instances")
def of_organisation(platform: Platform, request: Request, owner: str | None = None) -> Answer:
    """Return the instances of each application of an owner, by its id."""
    every = platform.applications_of(owned(platform, request, owner))
    return as_json({one.id: [_v2(line) for line in platform.instances(one.id)] for one in every})


@routes.add("GET", "/v2/organisations/{owner}/addons/{addon}/instances")
def of_addon(platform: Platform, request: Request, owner: str, addon: str) -> Answer:
    """List an add-on's instances: one that is up, or a refusal where the plan has none of its own."""
    one = found_addon(platform, request, owner, addon)
    if not platform.quirks.instance_calls_for_addons:
        raise Refused(403, 4030, "This add-on has no instances of its own")
    virtual = {
        "id": plain("instance", one.id),
        "appId": one.real_id,
        "ip": "10.2.3.9",
        "appPort": 5432,
        "state": "UP",
        "flavor": flavor(FLAVORS["XS"]),
        "commit": None,
        "deployNumber": 1,
        "deployId": plain("deployment", one.id),
        "instanceNumber": 0,
        "displayName": "Steady Database",
        "creationDate": millis(one.created_at),
    }
    return as_json([virtual])


@routes.add("GET", "/v4/orchestration/organisations/{owner}/applications/{app}/instances")
def v4_instances(platform: Platform, request: Request, owner: str, app: str) -> Answer:
    """List an application's instances as API v4 shows them."""
    every = platform.instances(found(platform, request, owner, app).id, with_deleted=True)
    included, excluded = set(request.every("includeState")), set(request.every("excludeState"))
    limit = request.number("limit")
    chosen = [
        one
        for one in every
        if (not included or one.state.value in included) and one.state.value not in excluded
    ]
    return as_json([_v4(one) for one in chosen[:limit]])


def _name(one: Instance) -> str:
    first = ("Tiny", "Quiet", "Brave", "Green", "Swift")[int(chance("first", one.id) * 5)]
    return f"{first} {('Rhyhorn', 'Otter', 'Heron', 'Badger')[int(chance('second', one.id) * 4)]}"


def _port(one: Instance) -> int:
    return 24000 + int(chance("port", one.id) * 1000)


def _v2(one: Instance) -> dict[str, object]:
    return {
        "id": one.id,
        "appId": one.application_id,
        "ip": f"10.2.3.{4 + one.index}",
        "appPort": _port(one),
        "state": one.state.value,
        "flavor": flavor(one.flavor),
        "commit": one.commit,
        "deployNumber": one.deployment_number,
        "deployId": one.deployment_id,
        "instanceNumber": one.index,
        "displayName": _name(one),
        "creationDate": millis(one.created_at),
    }


def _v4(one: Instance) -> dict[str, object]:
    return {
        "id": one.id,
        "ownerId": one.owner_id,
        "applicationId": one.application_id,
        "deploymentId": one.deployment_id,
        "name": _name(one),
        "flavor": one.flavor.name,
        "index": one.index,
        "state": one.state.value,
        "creationDate": zulu(one.created_at),
        "deletionDate": None if one.deleted_at is None else zulu(one.deleted_at),
        "network": {"ip": f"10.2.3.{4 + one.index}", "port": _port(one)},
        "isBuildVm": False,
    }
