"""Clever Cloud's own command line and client, unchanged, take the mirror for the platform."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mirror.clock import DEFAULT_START
from mirror.http.faults import Fault
from mirror.world.nouns import DeploymentState
from mirror.world.sample import CONSUMER, TOKEN
from tests.contract.packages import CLEVER_TOOLS, installed, programs
from tests.mirror.callers import Caller, calling

MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def caller() -> Iterator[Caller]:
    """One mirror for all; the command line asks it for nothing that is not mirrored."""
    with calling(applications=2) as one:
        yield one
        assert one.mirror.log.total > 10
        assert [asked for asked in one.mirror.log.newest if asked.status >= 400] == []


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the command line keeps its files."""
    return tmp_path_factory.mktemp("home")


def node(arguments: list[str], environment: dict[str, str]) -> str:
    """Run node to its end and return what it printed."""
    command = [*programs()[0], *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)
    assert ended.returncode == 0, f"{ended.stdout}\n{ended.stderr}"
    return ended.stdout


@pytest.fixture
def clever(caller: Caller, home: Path) -> Any:
    """Run ``clever`` with the variables that the mirror's program prints; nothing else of it is changed."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "NO_UPDATE_NOTIFIER": "1",
        "API_HOST": caller.mirror.url,
        "AUTH_BRIDGE_HOST": caller.mirror.url,
        "OAUTH_CONSUMER_KEY": CONSUMER[0],
        "OAUTH_CONSUMER_SECRET": CONSUMER[1],
        "CLEVER_TOKEN": TOKEN[0],
        "CLEVER_SECRET": TOKEN[1],
    }
    program = str(installed(CLEVER_TOOLS) / "node_modules/clever-tools/bin/clever.js")
    return lambda *arguments: node([program, *arguments], environment)


def test_webhooks_are_added_listed_and_removed(caller: Caller, clever: Any) -> None:
    """With `--org` by id and by name, with events and services."""
    url = "http://127.0.0.1:1/hooks/a-secret"
    added = clever("webhooks", "add", "relay", url, "--org", "GameShelf")
    assert added == "The webhook has been added\n"
    more = ["--event", "META_SERVICE_LIFECYCLE,GIT_PUSH", "--service", caller.app, "--format", "slack"]
    clever("webhooks", "add", "narrow", url, "--org", caller.owner, *more)
    first, second = json.loads(clever("webhooks", "--list-all", "--org", caller.owner, "--format", "json"))
    assert first["urls"] == [{"format": "raw", "url": url}]
    # Absent in what the platform answers, so the command line says all events and the whole owner.
    assert (first["events"], first["services"]) == (["ALL"], [caller.owner])
    assert (second["events"], second["services"]) == (["META_SERVICE_LIFECYCLE", "GIT_PUSH"], [caller.app])
    removed = clever("webhooks", "remove", first["id"], "--org", caller.owner)
    assert removed == "The notification has been successfully removed\n"
    assert list(caller.sample.platform.hooks) == [second["id"]]


def test_activity_shows_each_state(caller: Caller, clever: Any) -> None:
    """The official command line itself shows a deployment that is not the newest and not ended as failed."""
    platform, app = caller.sample.platform, caller.sample.applications[1].id
    platform.begin_deployment(app, DEFAULT_START, cause="Monitoring/Unreachable")
    failed = platform.begin_deployment(app, DEFAULT_START + MINUTE, author=caller.sample.user)
    platform.end_deployment(failed, DEFAULT_START + 2 * MINUTE, DeploymentState.FAIL)
    platform.begin_deployment(app, DEFAULT_START + 3 * MINUTE, action="UPSCALE", cause="Monitoring/Scaling")
    lines = clever("activity", "--app", app, "--no-color").splitlines()
    # The columns after the date; an id is wider than its column, so the state is looked for.
    assert [re.search(r"OK|FAIL|IN PROGRESS", line)[0] for line in lines] == [  # type: ignore[index]
        "OK",
        "FAIL",
        "FAIL",
        "IN PROGRESS",
    ]
    assert re.findall(r"Git|Monitoring/\w+", " ".join(lines)) == [
        "Git",
        "Monitoring/Unreachable",
        "Git",
        "Monitoring/Scaling",
    ]


def test_applications_are_listed_with_their_state(caller: Caller, clever: Any) -> None:
    [organisation] = json.loads(clever("applications", "list", "--format", "json"))
    assert organisation["name"] == "GameShelf"
    assert [one["app_id"] for one in organisation["applications"]] == [
        one.id for one in caller.sample.applications
    ]
    assert organisation["applications"][0]["type"] == "python"
    status = json.loads(clever("status", "--app", "gameshelf-api", "--format", "json"))
    assert status["status"] == "running"
    assert status["instances"] == [{"flavor": "XS", "count": 1}]


def test_add_ons_and_api_tokens_are_listed(caller: Caller, clever: Any) -> None:
    """The tokens are the bridge's, which the command line signs for with PLAINTEXT."""
    [addon] = json.loads(clever("addon", "list", "--org", caller.owner, "--format", "json"))
    assert addon["realId"] == caller.sample.addon.real_id
    [token] = json.loads(clever("tokens", "--format", "json"))
    assert (token["name"], token["state"]) == ("gameshelf-relay", "ACTIVE")


def test_the_client_understands_the_other_answers() -> None:
    """One process for all; its stream is cut once and goes on where it was."""
    with calling() as caller:
        caller.mirror.fail(Fault("/v4/accesslogs/", is_cut=True, times=1))
        asked = {
            "url": caller.mirror.url,
            "tokens": {
                "OAUTH_CONSUMER_KEY": CONSUMER[0],
                "OAUTH_CONSUMER_SECRET": CONSUMER[1],
                "API_OAUTH_TOKEN": TOKEN[0],
                "API_OAUTH_TOKEN_SECRET": TOKEN[1],
            },
            "ownerId": caller.owner,
            "appId": caller.app,
            "addonId": caller.sample.addon.id,
            "since": (DEFAULT_START - 4 * MINUTE).isoformat(),
            "until": (DEFAULT_START - 2 * MINUTE).isoformat(),
        }
        program = str(installed(CLEVER_TOOLS) / "client.mjs")
        told = json.loads(node([program, json.dumps(asked)], {"PATH": os.environ["PATH"]}))
    assert told["status"] == "running"
    assert told["missing"] == {"id": 4004, "message": "Cannot find application", "status": 404}
    assert [len(lines) for lines in told["ofOrganisation"].values()] == [1]
    assert told["deploymentsV4"][0]["state"] == "SUCCEEDED"
    assert told["instancesV4"][0]["state"] == told["addonInstances"][0]["state"] == "UP"
    assert set(told["events"]["meta_events"]) <= set(told["events"]["events"])
    assert told["formats"] == ["raw", "slack", "flowdock", "gitter"]
    assert told["emailhooks"][0]["notified"] == [{"type": "email", "target": "a@example.org"}]
    assert told["heatmap"][0]["accessCount"] > 0
    assert len(told["warp10"]["fetched"][0][0]["v"]) == 10
    assert told["warp10"]["failed"] == "Warp10 Error: Unknown function 'MYSTERY'"
    check_logs(told["accessLogs"])


def check_logs(told: dict[str, Any]) -> None:
    """Every log once, in order, over both connections."""
    assert told["reason"] == {"type": "UNTIL_REACHED"}
    assert told["errors"] == 1
    ids = [log["id"] for log in told["logs"]]
    assert len(ids) == len(set(ids)) > 100
    assert ids == sorted(ids)
    assert all(log["isDate"] for log in told["logs"])
