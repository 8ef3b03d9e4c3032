"""Access logs are streamed: what was, then what comes, heartbeats between, and a word at the end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import httpx
import pytest

from mirror.clock import DEFAULT_START
from mirror.http.faults import Fault
from mirror.world.load import Effect
from tests.mirror.callers import Caller

MINUTE = timedelta(minutes=1)


@contextmanager
def streaming(caller: Caller, last: str = "", **query: str) -> Iterator[Iterator[tuple[str, Any]]]:
    """Yield an iterator over (name, data) of the events."""
    path = f"/v4/accesslogs/organisations/{caller.owner}/applications/{caller.app}/accesslogs"
    headers = {"last-event-id": last} if last else {}
    with caller.client.stream("GET", path, params=query, headers=headers) as answer:
        assert answer.headers["content-type"] == "text/event-stream"
        yield _events(answer.iter_lines())


def _events(lines: Iterator[str]) -> Iterator[tuple[str, Any]]:
    name = ""
    for line in lines:
        if line.startswith("event:"):
            name = line.removeprefix("event:")
        if line.startswith("data:"):
            yield name, json.loads(line.removeprefix("data:"))


def text(at: datetime) -> str:
    return at.isoformat()


def test_the_past_is_streamed_to_its_end(caller: Caller) -> None:
    """As many as the counts say, in order, each once."""
    platform = caller.sample.platform
    platform.affect(caller.app, [Effect("requests", DEFAULT_START - 9 * MINUTE, DEFAULT_START, 120)])
    with streaming(
        caller, since=text(DEFAULT_START - 5 * MINUTE), until=text(DEFAULT_START - MINUTE)
    ) as events:
        *items, last = events
    assert last == ("END_OF_STREAM", {"endedBy": "UNTIL_REACHED"})
    assert {name for name, _ in items} == {"ACCESS_LOG"}
    dates = [item["date"] for _, item in items]
    assert dates == sorted(dates)
    assert len({item["id"] for _, item in items}) == len(items)
    assert len(items) == pytest.approx(480, rel=0.3)


def test_a_limit_ends_it(caller: Caller) -> None:
    with streaming(caller, since=text(DEFAULT_START - MINUTE), limit="3") as events:
        assert [name for name, _ in events] == ["ACCESS_LOG"] * 3 + ["END_OF_STREAM"]


def test_it_goes_on_after_the_last_seen(caller: Caller) -> None:
    since = text(DEFAULT_START - MINUTE)
    with streaming(caller, since=since, limit="5") as events:
        first = [item for name, item in events if name == "ACCESS_LOG"]
    with streaming(caller, last=first[1]["id"], since=since, limit="3") as events:
        assert [item for name, item in events if name == "ACCESS_LOG"] == first[2:]


def test_what_comes_is_streamed_as_time_passes(caller: Caller) -> None:
    with streaming(caller) as events:
        caller.mirror.clock.set(DEFAULT_START + MINUTE)
        name, item = next(events)
    assert name == "ACCESS_LOG"
    assert datetime.fromisoformat(item["date"]) > DEFAULT_START
    assert item["http"]["response"].keys() == {"statusCode", "time"}


def test_silence_is_filled_with_heartbeats(caller: Caller) -> None:
    """Every two seconds, as the official client expects one within four."""
    with streaming(caller) as events:
        assert next(events) == ("HEARTBEAT", {})


def test_errors_and_slowness_show(caller: Caller) -> None:
    effects = [
        Effect("errors", DEFAULT_START - 5 * MINUTE, DEFAULT_START, 0.5),
        Effect("milliseconds", DEFAULT_START - 5 * MINUTE, DEFAULT_START, 3000),
        Effect("requests", DEFAULT_START - 5 * MINUTE, DEFAULT_START + MINUTE, 300),
    ]
    caller.sample.platform.affect(caller.app, effects)
    with streaming(caller, since=text(DEFAULT_START - 4 * MINUTE), limit="400") as events:
        answers = [item["http"]["response"] for _, item in islice(events, 400) if "http" in item]
    failed = [one for one in answers if one["statusCode"] == 500]
    assert 0.3 < len(failed) / len(answers) < 0.7
    assert min(one["time"] for one in answers) > 1000


def test_a_stream_can_be_cut(caller: Caller) -> None:
    caller.mirror.fail(Fault("/v4/accesslogs", is_cut=True))
    with (
        pytest.raises(httpx.RemoteProtocolError),
        streaming(caller, since=text(DEFAULT_START - 5 * MINUTE)) as events,
    ):
        list(events)


def test_a_scripted_status_refuses_it(caller: Caller) -> None:
    caller.mirror.fail(Fault("/v4/accesslogs", 503, retry_after=3))
    path = f"/v4/accesslogs/organisations/{caller.owner}/applications/{caller.app}/accesslogs"
    assert caller.client.get(path).status_code == 503
