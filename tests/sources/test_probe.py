"""An HTTP probe: whatever the far end does is a reading; only the relay's own trouble is no data."""

from __future__ import annotations

import asyncio
import gzip
import resource
import socket
from contextlib import suppress

import pytest

from relay.core.model import NoData, Readings
from relay.exchange import Exchange
from tests.far_end import (
    HEAD,
    Answering,
    closed_port,
    dripping,
    endless,
    page,
    request_of,
    resetting,
    says,
    silent,
)
from tests.sources.reading import AT, SETTINGS, read, read_from, target, told, why


def probed(answering: Answering, **keys: object) -> dict[str, float]:
    """Return the readings but for ``response_time``, which is there when a status is."""
    readings = {name: value for (name, _), value in told(read(answering, "probe", "up", **keys)).items()}
    took = readings.pop("response_time", None)
    assert (took is not None) == ("status" in readings)
    assert took is None or 0 < took < 1
    return readings


@pytest.mark.parametrize(
    ("answering", "keys", "readings"),
    [
        (page(b"hello"), {}, {"up": 1, "status": 200}),
        (page(b"hello"), {"contains": "ell"}, {"up": 1, "status": 200, "body_match": 1}),
        (page(b"hello"), {"contains": "bye"}, {"up": 0, "status": 200, "body_match": 0}),
        (page(b"hello", 500), {"contains": "ell"}, {"up": 0, "status": 500, "body_match": 1}),
        (page(b"", 503), {}, {"up": 0, "status": 503}),
        (page(b"", 404), {"expect_status": [200, 404]}, {"up": 1, "status": 404}),
        (page(b"", 302, location="/login"), {}, {"up": 0, "status": 302}),
        (page(b"", 302, location="http://["), {"expect_status": [302]}, {"up": 1, "status": 302}),
        (says(b"HTTP/1.1 204 No\r\n\r\n"), {"expect_status": [204]}, {"up": 1, "status": 204}),
        (says(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n"), {"method": "HEAD"}, {"up": 1, "status": 200}),
        # In what it says is its encoding, in another, and in none.
        (page("déjà".encode(), content_type="text/plain; charset=utf-8"), {"contains": "déjà"}, {"up": 1, "status": 200, "body_match": 1}),
        (page("déjà".encode("latin-1"), content_type="text/plain; charset=utf-8"), {"contains": "déjà"}, {"up": 1, "status": 200, "body_match": 1}),
        (page(b"\xff\xfe\x00", content_type="text/plain; charset=\xff"), {"contains": "漢"}, {"up": 0, "status": 200, "body_match": 0}),
        # A body that is larger than needed, or squeezed although that was not asked for.
        (endless(HEAD + b"\r\n", b"x" * 65_536), {}, {"up": 1, "status": 200}),
        (page(gzip.compress(bytes(10**7)), content_encoding="gzip"), {}, {"up": 1, "status": 200}),
        (page(b"x" * 99 + b"end"), {"contains": "end", "cap": 100}, {"up": 0, "status": 200, "body_match": 0}),
    ],
)  # fmt: skip
def test_an_answer_gives_readings(answering, keys, readings):
    assert probed(answering, **keys) == readings


@pytest.mark.parametrize(
    "answering",
    [
        silent,
        resetting,
        says(),
        dripping(HEAD + b"content-length: 100\r\n\r\n"),
        says(HEAD + b"content-length: 100\r\n\r\nhalf"),
        says(HEAD + b"x: " + b"y" * 200_000 + b"\r\n\r\n"),
        says(b"\x00\xff\x13" * 99 + b"\r\n\r\n"),
    ],
)
def test_no_whole_answer_is_down_and_no_more_is_known(answering):
    assert probed(answering) == {"up": 0}
    assert probed(answering, contains="x") == {"up": 0, "body_match": 0}


@pytest.mark.parametrize(
    "url",
    [f"http://127.0.0.1:{closed_port()}/", "http://no-such-host.invalid/", "https://127.0.0.1:{plain}/"],
)
def test_no_connection_is_down(url):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        url = url.replace("{plain}", str(listener.getsockname()[1]))
        assert told(read_from(url, "probe", "up", seconds=4)) == {("up", ()): 0}


def test_an_address_that_cannot_be_used_is_no_data():
    assert (
        why(read_from("http://127.0.0.1:0/", "probe", "up"))
        == "a fault in the relay (the address can't be used)"
    )


def test_a_request_is_sent_as_the_settings_say():
    heads = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await request_of(reader))
        writer.write(HEAD + b"content-length: 0\r\n\r\n")
        await writer.drain()

    read(answer, "probe", "up", method="HEAD")
    assert heads[0].startswith(b"HEAD /")


def test_the_relay_out_of_connections_is_no_data():
    """No file descriptor is left: that says nothing of the target."""

    async def run() -> Readings | NoData:
        exchange = Exchange()
        settings = SETTINGS.validate_python({"source": "probe", "url": "http://127.0.0.1:9/"})
        source = settings.build(exchange)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        held: list[socket.socket] = []
        resource.setrlimit(resource.RLIMIT_NOFILE, (128, hard))
        try:
            with suppress(OSError):
                while True:
                    held.append(socket.socket())
            return await source.read(target("up"), AT)
        finally:
            for each in held:
                each.close()
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            await exchange.close()

    assert why(asyncio.run(run())) == "a fault in the relay (the relay has no connection left)"
