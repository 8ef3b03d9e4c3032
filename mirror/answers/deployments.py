"""Deployments in both forms: v2, newest first, also for a whole organisation, and v4."""

from __future__ import annotations

from mirror.answers.applications import found
from mirror.http.message import Answer, Refused, Request, as_json
from mirror.http.routes import Routes, owned
from mirror.times import millis, zulu
from mirror.world.nouns import Deployment
from mirror.world.platform import Platform

routes = Routes()
# How many there are without a limit: the official command line asks for 10 or without one.
_V4_STATES = {"WIP": "WORK_IN_PROGRESS", "OK": "SUCCEEDED", "FAIL": "FAILED", "CANCELLED": "CANCELLED"}
_ORCHESTRATION = "/v4/orchestration/organisations/{owner}/applications/{app}"


@routes.add(
    "GET",
    "/v2/self/applications/{app}/deployments",
    "/v2/organisations/{owner}/applications/{app}/deployments",
)
def deployments(platform: Platform, request: Request, app: str, owner: str | None = None) -> Answer:
    """List an application's deployments, newest first."""
    return as_json([_v2(platform, one) for one in _asked(platform, request, owner, app)])


@routes.add(
    "GET",
    "/v2/self/applications/{app}/deployments/{deployment}",
    "/v2/organisations/{owner}/applications/{app}/deployments/{deployment}",
)
def deployment(
    platform: Platform, request: Request, app: str, deployment: str, owner: str | None = None
) -> Answer:
    """Describe one deployment."""
    return as_json(_v2(platform, _one(platform, request, owner, app, deployment)))


@routes.add("GET", "/v2/organisations/{owner}/deployments")
def of_organisation(platform: Platform, request: Request, owner: str) -> Answer:
    """Return the deployments of each application of an organisation, by its id, newest first."""
    limit = request.number("limit")
    every = platform.applications_of(owned(platform, request, owner))
    return as_json(
        {one.id: [_v2(platform, line) for line in platform.deployments(one.id)[:limit]] for one in every}
    )


@routes.add("GET", _ORCHESTRATION + "/deployments")
def v4_deployments(platform: Platform, request: Request, owner: str, app: str) -> Answer:
    """List an application's deployments as API v4 shows them."""
    return as_json([_v4(one) for one in _asked(platform, request, owner, app)])


@routes.add("GET", _ORCHESTRATION + "/deployments/{deployment}")
def v4_deployment(platform: Platform, request: Request, owner: str, app: str, deployment: str) -> Answer:
    """Describe one deployment as API v4 shows it."""
    return as_json(_v4(_one(platform, request, owner, app, deployment)))


def _asked(platform: Platform, request: Request, owner: str | None, app: str) -> list[Deployment]:
    offset = request.number("offset") or 0
    limit = request.number("limit")
    action = request.one("action")
    lines = platform.deployments(found(platform, request, owner, app).id)
    lines = [one for one in lines if action is None or one.action == action]
    return lines[offset : None if limit is None else offset + limit]


def _one(platform: Platform, request: Request, owner: str | None, app: str, deployment_id: str) -> Deployment:
    for line in platform.deployments(found(platform, request, owner, app).id):
        if line.id == deployment_id:
            return line
    raise Refused(404, 4010, "Cannot find deployment")


def _v2(platform: Platform, one: Deployment) -> dict[str, object]:
    date = millis(one.began_at)
    author = None if one.author is None else {"id": one.author.id, "name": one.author.name}
    return {
        "id": one.number,
        "uuid": one.id,
        "date": str(date) if platform.quirks.deployment_dates_are_text else date,
        "state": one.state.value,
        "action": one.action,
        "commit": one.commit,
        "cause": one.cause,
        "instances": one.instances,
        "author": author,
    }


def _v4(one: Deployment) -> dict[str, object]:
    source, slash, cause = one.cause.rpartition("/")
    state = _V4_STATES[one.state.value]
    steps = [("QUEUED", one.began_at), ("WORK_IN_PROGRESS", one.began_at)]
    if one.ended_at is not None:
        steps.append((state, one.ended_at))
    return {
        "id": one.id,
        "ownerId": one.owner_id,
        "applicationId": one.application_id,
        "startDate": zulu(one.began_at),
        "state": state,
        "steps": [{"state": name, "date": zulu(at)} for name, at in steps],
        "version": {"commitId": one.commit},
        "origin": {
            "action": one.action,
            "cause": cause,
            "source": source if slash else one.cause,
            "authorId": None if one.author is None else one.author.id,
            "constraints": [],
            "priority": "DEFAULT",
        },
        "hasDedicatedBuild": False,
    }
