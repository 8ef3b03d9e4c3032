"""What there is and what happened: applications, deployments, instances, add-ons, hooks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mirror.clock import DEFAULT_START
from mirror.world.nouns import DeploymentState
from mirror.world.quirks import Quirks
from tests.mirror.callers import Caller, calling

SECOND = timedelta(seconds=1)


def test_the_summary_names_everything(caller: Caller) -> None:
    """It is how the official command line finds an owner by an application's id."""
    told = caller.get("/v2/summary")
    assert told["user"]["applications"] == []
    [organisation] = told["organisations"]
    assert organisation["applications"][0]["id"] == caller.app
    assert organisation["addons"][0]["realId"] == caller.sample.addon.real_id


def test_activity_is_newest_first_in_both_versions(caller: Caller) -> None:
    platform = caller.sample.platform
    begun = platform.begin_deployment(caller.app, DEFAULT_START, cause="Monitoring/Unreachable")
    path = f"organisations/{caller.owner}/applications/{caller.app}/deployments"
    newest, oldest = caller.get(f"/v2/{path}", limit=10)
    assert (newest["state"], newest["author"], newest["cause"]) == ("WIP", None, "Monitoring/Unreachable")
    assert (newest["id"], oldest["id"], oldest["author"]["name"]) == (2, 1, "Alex Martin")
    assert newest["date"] == 1781503200000
    assert newest["commit"] == oldest["commit"]  # The platform restarts what was there.
    platform.end_deployment(begun, DEFAULT_START + 90 * SECOND, DeploymentState.FAIL)
    v4 = caller.get(f"/v4/orchestration/{path}")
    assert [one["state"] for one in v4] == ["FAILED", "SUCCEEDED"]
    assert (v4[0]["origin"]["source"], v4[0]["origin"]["cause"]) == ("Monitoring", "Unreachable")
    assert caller.get(f"/v2/{path}", limit=1, offset=1)[0]["id"] == 1


def test_one_call_lists_the_deployments_of_an_organisation() -> None:
    with calling(applications=3) as caller:
        told = caller.get(f"/v2/organisations/{caller.owner}/deployments", limit=5)
        assert list(told) == [one.id for one in caller.sample.applications]
        assert all(len(lines) == 1 for lines in told.values())
        instances = caller.get(f"/v2/organisations/{caller.owner}/instances")
        assert [lines[0]["state"] for lines in instances.values()] == ["UP"] * 3


def test_dates_of_deployments_may_be_text() -> None:
    with calling(quirks=Quirks(deployment_dates_are_text=True)) as caller:
        path = f"/v2/organisations/{caller.owner}/applications/{caller.app}/deployments"
        assert caller.get(path)[0]["date"].isdecimal()


def test_a_deployment_replaces_instances_when_it_succeeds(caller: Caller) -> None:
    platform = caller.sample.platform
    path = f"organisations/{caller.owner}/applications/{caller.app}/instances"
    begun = platform.begin_deployment(caller.app, DEFAULT_START)
    assert [one["state"] for one in caller.get(f"/v2/{path}")] == ["UP", "DEPLOYING"]
    platform.end_deployment(begun, DEFAULT_START + SECOND, DeploymentState.OK)
    [only] = caller.get(f"/v2/{path}")
    assert (only["state"], only["deployId"]) == ("UP", begun.id)
    every = caller.get(f"/v4/orchestration/{path}", excludeState="UP")
    assert [one["state"] for one in every] == ["DELETED"]


def test_a_failed_deployment_leaves_the_old_instances(caller: Caller) -> None:
    platform = caller.sample.platform
    begun = platform.begin_deployment(caller.app, DEFAULT_START)
    platform.end_deployment(begun, DEFAULT_START + SECOND, DeploymentState.FAIL)
    told = caller.get(f"/v2/organisations/{caller.owner}/applications/{caller.app}/instances")
    assert [(one["state"], one["deployNumber"]) for one in told] == [("UP", 1)]


def test_a_stopped_application_is_meant_to_be_down(caller: Caller) -> None:
    path = f"/v2/organisations/{caller.owner}/applications/{caller.app}"
    assert caller.get(path)["state"] == "SHOULD_BE_UP"
    caller.sample.platform.stop(caller.app, DEFAULT_START)
    assert caller.get(path)["state"] == "SHOULD_BE_DOWN"
    assert caller.get(f"{path}/instances") == []
    caller.sample.platform.begin_deployment(caller.app, DEFAULT_START)
    assert caller.get(path)["state"] == "WANTS_TO_BE_UP"


def test_errors_have_each_api_s_own_form(caller: Caller) -> None:
    missing = caller.client.get(f"/v2/organisations/{caller.owner}/applications/app_none")
    assert missing.status_code == 404
    assert missing.json() == {"id": 4004, "message": "Cannot find application", "type": "error"}
    path = f"/v4/orchestration/organisations/{caller.owner}/applications/app_none/deployments"
    assert "error" in caller.client.get(path).json()
    assert caller.client.post("/v2/self").status_code == 405
    assert caller.client.get("/v3/anything").status_code == 404


def test_add_ons_have_a_real_id_and_perhaps_instances(caller: Caller) -> None:
    path = f"/v2/organisations/{caller.owner}/addons"
    [addon] = caller.get(path)
    assert caller.get(f"{path}/{addon['id']}")["realId"] == caller.sample.addon.real_id
    assert caller.get(f"{path}/{addon['id']}/instances")[0]["state"] == "UP"
    with calling(quirks=Quirks(instance_calls_for_addons=False)) as other:
        answer = other.client.get(f"{path}/{addon['id']}/instances")
        assert answer.status_code == 403


def test_a_webhook_lives_and_ends(caller: Caller) -> None:
    path = f"/v2/notifications/webhooks/{caller.owner}"
    assert caller.get(path) == []
    body = {
        "name": "relay",
        "urls": [{"format": "raw", "url": "http://127.0.0.1:1/x"}],
        "scope": [caller.app],
    }
    made = caller.client.post(path, json=body).json()
    assert caller.get(path) == [made]
    assert "events" not in made  # Absent means every event.
    edited = caller.client.put(f"{path}/{made['id']}", json={**body, "events": ["GIT_PUSH"]}).json()
    assert (edited["events"], edited["createdAt"]) == (["GIT_PUSH"], made["createdAt"])
    gone = caller.client.delete(f"{path}/{made['id']}")
    assert (gone.status_code, gone.content) == (200, b"")
    assert caller.client.delete(f"{path}/{made['id']}").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"urls": []},
        {"urls": [{"format": "discord", "url": "http://x"}]},
        {"urls": [{"format": "raw", "url": "http://x"}], "events": "ALL"},
    ],
)
def test_an_impossible_webhook_is_refused(caller: Caller, body: dict[str, object]) -> None:
    answer = caller.client.post(f"/v2/notifications/webhooks/{caller.owner}", json=body)
    assert (answer.status_code, answer.json()["type"]) == (400, "error")


def test_what_no_source_tells_is_a_quirk(caller: Caller) -> None:
    assert isinstance(caller.get("/v2/notifications/info/events")["meta_events"], dict)
    assert caller.get("/v2/notifications/info/webhookformats") == ["raw", "slack", "flowdock", "gitter"]
    with calling(quirks=Quirks(meta_events_are_a_map=False, no_hooks_is_404=True)) as other:
        assert isinstance(other.get("/v2/notifications/info/events")["meta_events"], list)
        assert other.client.get(f"/v2/notifications/webhooks/{other.owner}").status_code == 404
