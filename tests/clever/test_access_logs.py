"""Access logs: what a minute of them comes to, in whatever pieces it comes, and a stream that breaks is taken up again."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.clever import AccountSettings, Client, ClientError
from relay.clever.access_logs import AccessLogs, Seen
from relay.clever.event_stream import Parser
from relay.core.model import Reading
from relay.exchange import Exchange
from tests.clever.platform import APP, ORGANISATION, TOKEN, Platform
from tests.far_end import HEAD, far_end

AT = datetime(2026, 6, 15, 8, 30, tzinfo=UTC)
END = b'event:END_OF_STREAM\ndata:{"endedBy":"UNTIL_REACHED"}\n\n'


def item(number: int, status: int | None = 200, milliseconds: float = 37) -> bytes:
    told: dict[str, object] = {"id": f"id{number}", "applicationId": APP}
    if status is not None:
        told["http"] = {"response": {"statusCode": status, "time": milliseconds}}
    return f"id:id{number}\nevent:ACCESS_LOG\ndata:{json.dumps(told)}\n\n".encode()


def read(*answers: bytes) -> tuple[dict[str, float], list[bytes]]:
    """Read once; each connection is answered with the next of ``answers``, then cut."""
    heads: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        said = answers[min(len(heads), len(answers)) - 1]
        writer.write(HEAD + b"content-type: text/event-stream\r\ncontent-length: 999999\r\n\r\n" + said)
        await writer.drain()
        writer.close()

    async def ask() -> tuple[Reading, ...]:
        async with far_end(answer) as port:
            settings = {"organisation": ORGANISATION, "token": TOKEN, "api": f"http://127.0.0.1:{port}"}
            client = Client("main", AccountSettings.model_validate(settings), Exchange(), lambda: AT)
            try:
                return await AccessLogs(client, APP).read(AT)
            finally:
                await client.exchange.close()

    return {one.name: one.value for one in asyncio.run(ask())}, heads


def test_a_minute_becomes_a_quantile_and_a_rate() -> None:
    """A cut connection is no answer; a heartbeat is nothing."""
    items = b"".join(item(number, milliseconds=number) for number in range(1, 96))
    failed = b"".join(item(number, 502, 9_000) for number in range(96, 101))
    values, heads = read(b"event:HEARTBEAT\ndata:{}\n\n" + items + item(0, None) + failed + END)
    assert values == {"error_rate": 5, "answers": 100 / 60, "response_time": 0.095}
    assert len(heads) == 1
    assert b"since=2026-06-15T08%3A29%3A00" in heads[0]


def test_a_stream_that_breaks_is_taken_up_where_it_stopped() -> None:
    """By the id that was seen last."""
    values, heads = read(item(1), item(2, 500) + END)
    assert values["answers"] == 2 / 60
    assert b"last-event-id: id1" in heads[1]


def test_one_that_breaks_again_and_again_tells_what_came() -> None:
    """After three times, in the next read more."""
    values, heads = read(item(1))
    assert values["answers"] == 3 / 60
    assert len(heads) == 3


def test_a_single_mishap_is_no_share() -> None:
    """One failure of three answers is neither 33 % nor none; five within five minutes are a share of all of these."""

    async def play() -> list[dict[str, float]]:
        here = Platform({"accesslogs": item(1) + item(2) + item(3, 500) + END})
        made = []
        async with far_end(here.answer) as port:
            settings = {"organisation": ORGANISATION, "token": TOKEN, "api": f"http://127.0.0.1:{port}"}
            client = Client("main", AccountSettings.model_validate(settings), Exchange(), lambda: AT)
            logs = AccessLogs(client, APP)
            for minute in range(8):
                if minute == 1:
                    here.answers["accesslogs"] = b"".join(item(9, 500) for _ in range(4)) + END
                if minute == 2:
                    here.answers["accesslogs"] = item(1) + END
                read = await logs.read(AT + minute * timedelta(minutes=1))
                made.append({one.name: round(one.value, 1) for one in read})
            await client.exchange.close()
        return made

    rates = [one.get("error_rate") for one in asyncio.run(play())]
    # What was five minutes ago counts no more: four failures alone are mishaps again.
    assert rates == [None, 71.4, 62.5, 55.6, 50, None, 0, 0]


def test_nothing_was_measured_where_nobody_asked() -> None:
    """No share of nothing, and no time of nothing."""
    assert read(END)[0] == {}


def test_a_stream_that_brings_nothing_has_failed() -> None:
    """Three times in a row."""
    with pytest.raises(ClientError) as caught:
        read(b"")
    assert caught.value.reason.key == "nodata.unreachable"


@given(st.lists(st.integers(0, 80), max_size=12), st.booleans())
def test_the_pieces_in_which_it_comes_change_nothing(cuts: list[int], windows: bool) -> None:
    """Nor how lines end."""
    stream = item(1) + item(2, 500) + END
    stream = stream.replace(b"\n", b"\r\n") if windows else stream
    seen = Seen()
    parser = Parser(seen.take)
    places = sorted({0, *(cut * len(stream) // 80 for cut in cuts), len(stream)})
    for begin, end in pairwise(places):
        parser.feed(stream[begin:end])
    assert (seen.answers, seen.failed, seen.last_id, parser.is_over) == (2, 1, "id2", True)


@given(st.binary(max_size=300))
def test_anything_at_all_is_taken_without_a_fault(stream: bytes) -> None:
    """Whatever comes."""
    Parser(Seen().take).feed(b"event: ACCESS_LOG\ndata: " + stream + b"\n\n" + stream)


def test_a_pause_is_not_made_up_for() -> None:
    """Figures of now are of the last minutes at most."""

    async def play() -> None:
        here = Platform({"accesslogs": END})
        async with far_end(here.answer) as port:
            settings = {"organisation": ORGANISATION, "token": TOKEN, "api": f"http://127.0.0.1:{port}"}
            client = Client("main", AccountSettings.model_validate(settings), Exchange(), lambda: AT)
            logs = AccessLogs(client, APP)
            await logs.read(AT)
            await logs.read(AT + timedelta(hours=3))
            assert here.asked[-1].query["since"] == ["2026-06-15T11:25:00.000000Z"]
            await client.exchange.close()

    asyncio.run(play())
