"""A Prometheus page over a real socket."""

from __future__ import annotations

import asyncio
import gzip
from datetime import timedelta
from time import monotonic

import pytest
from pytest_httpserver import HTTPServer

from relay.core.model import NoData, Readings
from relay.exchange import Exchange
from tests.far_end import HEAD, closed_port, dripping, endless, far_end, page, resetting, says, silent
from tests.sources.reading import AT, SETTINGS, read, read_from, target, told, why

PAGE = b'# TYPE up gauge\nup 1\nhttp_requests_total{status="500"} 3\nother{broken 1\n'


def test_the_wanted_names_are_read():
    result = read(page(PAGE), "prometheus", "up", "http_requests_total")
    assert told(result) == {("up", ()): 1, ("http_requests_total", (("status", "500"),)): 3}


def test_a_page_that_lacks_a_name_is_still_a_page():
    """The caller knows which names it misses, and says so."""
    assert told(read(page(PAGE), "prometheus", "memory")) == {}


def test_a_real_server_is_read(httpserver: HTTPServer):
    httpserver.expect_request("/metrics").respond_with_data(PAGE, content_type="text/plain; version=0.0.4")
    assert told(read_from(httpserver.url_for("/metrics"), "prometheus", "up")) == {("up", ()): 1}


@pytest.mark.parametrize(
    ("answering", "reason"),
    [
        (silent, "no complete answer within 1 s"),
        (dripping(HEAD + b"content-length: 100\r\n\r\n"), "no complete answer within 1 s"),
        (dripping(HEAD + b"x: "), "no complete answer within 1 s"),
        (says(HEAD + b"content-length: 100\r\n\r\nup 1\n"), "no connection (the connection broke)"),
        (resetting, "no connection (the connection broke)"),
        (says(), "no connection (the connection broke)"),
        (endless(HEAD + b"\r\n", b"up 1\n" * 9_999), "the answer is larger than 100 kB"),
        (page(gzip.compress(b"up 1\n" * 10**7), content_encoding="gzip"), "the answer could not be read: it is no plain HTTP answer"),
        (page(gzip.compress(PAGE)), "the answer could not be read: it holds no sample"),
        (says(HEAD + b"x: " + b"y" * 200_000 + b"\r\n\r\n"), "the answer could not be read: it is no plain HTTP answer"),
        (says(b"\x00\xff\x13" * 99 + b"\r\n\r\n"), "the answer could not be read: it is no plain HTTP answer"),
        (page(b"", 302, location="/login"), "the source answered HTTP 302"),
        (page(PAGE, 401), "the source answered HTTP 401"),
        (page(PAGE, 503), "the source answered HTTP 503"),
        (page(PAGE, 206), "the source answered HTTP 206"),
        (page(b"<!doctype html><title>Sign in</title>"), "the answer could not be read: it holds no sample"),
        (page(b""), "the answer could not be read: it holds no sample"),
        (page("up 1\n".encode("utf-16")), "the answer could not be read: it holds no sample"),
        (page(b"\n\nup one\n"), "the answer could not be read: line 3: no number"),
        (page(b'up{a="\xe9"} 1\n'), "the answer could not be read: line 1: not UTF-8"),
        (page(b"up 1\n" * 250_000), "the answer is larger than 100 kB"),
    ],
)  # fmt: skip
def test_what_brings_no_data_says_why_in_time(answering, reason):
    began = monotonic()
    assert why(read(answering, "prometheus", "up", cap=100_000)) == reason
    assert monotonic() - began < 3


def test_too_many_series_are_no_data():
    assert why(read(page(b"up 1\n" * 200_001), "prometheus", "up", seconds=5)).endswith("too many series")


@pytest.mark.parametrize(
    ("url", "reasons"),
    [
        (f"http://127.0.0.1:{closed_port()}/", {"no connection (connection refused)"}),
        (
            "http://no-such-host.invalid/",
            {"no connection (its name is unknown)", "no connection (no reply)"},
        ),
    ],
)
def test_no_connection_says_why(url, reasons):
    assert why(read_from(url, "prometheus", "up", seconds=5)) in reasons


def test_https_where_there_is_none_is_no_connection():
    async def run() -> Readings | NoData:
        exchange = Exchange()

        async def plain(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 400 Speak\r\n\r\n")
            await writer.drain()
            await asyncio.sleep(5)

        async with far_end(plain) as port:
            settings = SETTINGS.validate_python({"source": "prometheus", "url": f"https://127.0.0.1:{port}/"})
            result = await settings.build(exchange).read(target("up"), AT)
        await exchange.close()
        return result

    assert why(asyncio.run(run())) == "no connection (no trusted TLS connection)"


def test_dead_targets_never_delay_the_others():
    """Forty that hang, forty that drip, and one that is well: it is read at once."""

    async def run() -> float:
        exchange = Exchange()
        async with (
            far_end(silent) as hung,
            far_end(dripping(HEAD + b"content-length: 99\r\n\r\n")) as slow,
            far_end(page(PAGE)) as well,
        ):
            sources = {
                port: SETTINGS.validate_python(
                    {"source": "prometheus", "url": f"http://127.0.0.1:{port}/"}
                ).build(exchange)
                for port in (hung, slow, well)
            }
            dead = [
                asyncio.create_task(sources[port].read(target("up", seconds=3), AT))
                for port in (hung, slow)
                for _ in range(40)
            ]
            await asyncio.sleep(0.3)
            began = monotonic()
            assert isinstance(await sources[well].read(target("up", seconds=3), AT), Readings)
            took = monotonic() - began
            assert all(isinstance(result, NoData) for result in await asyncio.gather(*dead))
        await exchange.close()
        return took

    assert asyncio.run(run()) < timedelta(seconds=1).total_seconds()
