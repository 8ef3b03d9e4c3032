"""Events reach the hooks that want them, in the disorder that was chosen; a hook that keeps failing is disabled."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from mirror.clock import DEFAULT_START
from mirror.posting.disorder import Disorder, Hold
from mirror.world.nouns import Deployment, DeploymentState, Event
from mirror.world.quirks import EventDates, Quirks
from mirror.world.scenario import Happening
from tests.mirror.callers import Caller, calling

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


class Receiver:
    """A receiver of webhooks that keeps what it gets and answers as it is told."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.status = 204
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.got.append(json.loads(body))
                self.send_response(outer.status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks/a-secret"

    def names(self) -> list[str]:
        return [one["event"] for one in self.got]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    one = Receiver()
    thread = Thread(target=one.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield one
    one.server.shutdown()
    thread.join()
    one.server.server_close()


def hook(caller: Caller, receiver: Receiver, **more: object) -> str:
    """Register the receiver and return the hook's id."""
    body = {"name": "relay", "urls": [{"format": "raw", "url": receiver.url}], **more}
    answer = caller.client.post(f"/v2/notifications/webhooks/{caller.owner}", json=body)
    identifier: str = answer.json()["id"]
    return identifier


def deploy(caller: Caller, at: datetime = DEFAULT_START) -> Deployment:
    platform = caller.sample.platform
    begun = platform.begin_deployment(caller.app, at, author=caller.sample.user)
    return platform.end_deployment(begun, at + MINUTE, DeploymentState.OK)


def test_a_deployment_is_told_in_order(caller: Caller, receiver: Receiver) -> None:
    hook(caller, receiver)
    done = deploy(caller)
    caller.mirror.advance_to(DEFAULT_START + HOUR)
    assert receiver.names() == ["DEPLOYMENT_ACTION_BEGIN", "DEPLOYMENT_ACTION_END", "DEPLOYMENT_SUCCESS"]
    begin = receiver.got[0]
    assert (begin["date"], begin["authorId"]) == (1781503200000, caller.sample.user.id)
    inner = json.loads(begin["data"])
    assert (inner["appId"], inner["uuid"], inner["state"]) == (caller.app, done.id, "WIP")
    assert set(json.loads(receiver.got[2]["data"])) == {"appId", "ownerId"}


def test_nothing_leaves_before_its_time(caller: Caller, receiver: Receiver) -> None:
    hook(caller, receiver)
    deploy(caller)
    caller.mirror.advance_to(DEFAULT_START + SECOND)
    assert receiver.names() == ["DEPLOYMENT_ACTION_BEGIN"]


@pytest.mark.parametrize(
    ("more", "names"),
    [
        ({"events": ["META_DEPLOYMENT_RESULT"]}, ["DEPLOYMENT_SUCCESS"]),
        # The lifecycle does not have the end of the action.
        ({"events": ["META_SERVICE_LIFECYCLE"]}, ["DEPLOYMENT_ACTION_BEGIN", "DEPLOYMENT_SUCCESS"]),
        ({"scope": ["app_other"]}, []),
        ({"scope": []}, ["DEPLOYMENT_ACTION_BEGIN", "DEPLOYMENT_ACTION_END", "DEPLOYMENT_SUCCESS"]),
    ],
)
def test_a_hook_gets_what_it_asked_for(
    caller: Caller, receiver: Receiver, more: dict[str, object], names: list[str]
) -> None:
    hook(caller, receiver, **more)
    deploy(caller)
    caller.mirror.advance_to(DEFAULT_START + HOUR)
    assert receiver.names() == names


def test_disorder_is_chosen_and_the_same_every_time(caller: Caller, receiver: Receiver) -> None:
    hook(caller, receiver)
    caller.mirror.post.disorder = Disorder(late=10 * MINUTE, lost=0.2, duplicated=0.2)
    for number in range(100):
        event = Event("GIT_PUSH", DEFAULT_START, caller.owner, caller.app, {"number": number})
        caller.sample.platform.tell(event)
    caller.mirror.advance_to(DEFAULT_START + HOUR)
    numbers = [json.loads(one["data"])["number"] for one in receiver.got]
    counted = Counter(Counter(numbers).values())
    assert 5 < 100 - len(set(numbers)) < 35
    assert 5 < counted[2] < 35
    assert numbers != sorted(numbers)


def test_held_events_arrive_together_hours_late(caller: Caller, receiver: Receiver) -> None:
    """As on 2024-08-02: nothing for hours, then the backlog with its old dates."""
    hook(caller, receiver)
    hold = Hold(
        DEFAULT_START, DEFAULT_START + HOUR, DEFAULT_START + 3 * HOUR, DEFAULT_START + 3 * HOUR + MINUTE
    )
    caller.mirror.post.disorder = Disorder(holds=(hold,))
    deploy(caller)
    caller.mirror.advance_to(DEFAULT_START + 2 * HOUR)
    assert receiver.got == []
    caller.mirror.advance_to(DEFAULT_START + 4 * HOUR)
    assert sorted(receiver.names()) == [
        "DEPLOYMENT_ACTION_BEGIN",
        "DEPLOYMENT_ACTION_END",
        "DEPLOYMENT_SUCCESS",
    ]


def test_a_failing_hook_is_disabled_and_says_why(receiver: Receiver) -> None:
    with calling(quirks=Quirks(disable_after=2)) as caller:
        identifier = hook(caller, receiver)
        receiver.status = 500
        deploy(caller)
        caller.mirror.advance_to(DEFAULT_START + HOUR)
        [told] = caller.get(f"/v2/notifications/webhooks/{caller.owner}")
        assert told["state"] == "DISABLED"
        assert [one["status"] for one in told["failures"]] == [500, 500]
        assert len(receiver.got) == 2
        receiver.status = 204
        body = {"name": "relay", "urls": told["urls"], "state": "ENABLED"}
        caller.client.put(f"/v2/notifications/webhooks/{caller.owner}/{identifier}", json=body)
        deploy(caller, DEFAULT_START + HOUR)
        caller.mirror.advance_to(DEFAULT_START + 2 * HOUR)
        assert len(receiver.got) == 5


def test_an_unreachable_hook_is_a_network_failure(caller: Caller, receiver: Receiver) -> None:
    receiver.server.socket.close()
    hook(caller, receiver)
    deploy(caller)
    caller.mirror.advance_to(DEFAULT_START)
    [told] = caller.get(f"/v2/notifications/webhooks/{caller.owner}")
    assert "networkFailure" in told["failures"][0]


def test_a_platform_that_tries_again(receiver: Receiver) -> None:
    """Whether it does is unknown, so it can be either."""
    with calling(quirks=Quirks(attempts=3)) as caller:
        hook(caller, receiver, events=["DEPLOYMENT_ACTION_BEGIN"])
        receiver.status = 503
        deploy(caller)
        caller.mirror.advance_to(DEFAULT_START + HOUR)
        assert len(receiver.got) == 3


@pytest.mark.parametrize(
    ("dates", "date"),
    [
        (EventDates.TEXT, "1781503200000"),
        (EventDates.ISO, "2026-06-15T06:00:00.000Z"),
        (EventDates.JAVA, "2026-06-15T06:00:00.000Z[UTC]"),
    ],
)
def test_dates_of_events_have_several_forms(receiver: Receiver, dates: EventDates, date: str) -> None:
    with calling(quirks=Quirks(event_dates=dates, event_data_is_text=False)) as caller:
        hook(caller, receiver)
        caller.sample.platform.stop(caller.app, DEFAULT_START)
        caller.mirror.advance_to(DEFAULT_START)
        [got] = receiver.got
        assert got["date"] == date
        assert "authorId" not in got
        assert got["data"]["id"] == caller.app


def test_a_scenario_happens_as_time_passes(caller: Caller, receiver: Receiver) -> None:
    hook(caller, receiver, events=["APPLICATION_STOP"])
    stop = Happening(
        DEFAULT_START + MINUTE, lambda platform, at: platform.stop(caller.app, at, caller.sample.user)
    )
    caller.mirror.scenario.add([stop])
    caller.mirror.advance_to(DEFAULT_START + MINUTE - SECOND)
    assert receiver.got == []
    caller.mirror.advance_to(DEFAULT_START + HOUR)
    assert receiver.got[0]["date"] == 1781503260000
    assert caller.mirror.clock.now() == DEFAULT_START + HOUR
