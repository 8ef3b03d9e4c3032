"""What config.yaml may say of a source, and how the relay is let in."""

from __future__ import annotations

import asyncio

import pytest
from pydantic import SecretStr, ValidationError

from relay.exchange import Exchange
from tests.far_end import HEAD, closed_port, far_end, request_of
from tests.sources.reading import AT, SECRET, SETTINGS, read_from, target

URL = "http://127.0.0.1/"
JSON = {"source": "json", "url": URL, "paths": {"a": "b"}}
PROMETHEUS = {"source": "prometheus", "url": URL}
PROBE = {"source": "probe", "url": URL}


@pytest.mark.parametrize("settings", [JSON, PROMETHEUS, PROBE])
def test_settings_are_known_by_their_source_and_frozen(settings):
    made = SETTINGS.validate_python(settings)
    assert made.source == settings["source"]
    with pytest.raises(ValidationError):
        made.url = "http://elsewhere/"


@pytest.mark.parametrize(
    "wrong",
    [
        {"source": "snmp", "url": URL},
        {"url": URL},
        {**PROMETHEUS, "unknown": SECRET},
        {**PROMETHEUS, "url": f"ftp://{SECRET}/"},
        {**PROMETHEUS, "url": f"{SECRET}:8080/metrics"},
        {**PROMETHEUS, "url": f"http://{SECRET}:99999/"},
        {**PROMETHEUS, "url": ""},
        {**PROMETHEUS, "url": 7},
        {**PROMETHEUS, "cap": 0},
        {**PROMETHEUS, "password": SECRET},
        {**PROMETHEUS, "username": "u", "password": SECRET, "bearer": SECRET},
        {**PROMETHEUS, "bearer": f"{SECRET}\n"},
        {**PROMETHEUS, "bearer": ""},
        {**JSON, "paths": {}},
        {**JSON, "paths": {"": "a"}},
        {**JSON, "paths": {"a": ""}},
        {**PROBE, "method": "POST"},
        {**PROBE, "expect_status": []},
        {**PROBE, "expect_status": [99]},
        {**PROBE, "contains": ""},
        {**PROBE, "contains": "x", "method": "HEAD"},
    ],
)
def test_what_is_wrong_is_refused_and_not_repeated(wrong):
    with pytest.raises(ValidationError) as caught:
        SETTINGS.validate_python(wrong)
    errors = caught.value.errors(include_input=False, include_url=False, include_context=False)
    assert SECRET not in str(errors)


def test_settings_show_no_secret():
    keys = {"url": f"http://u:{SECRET}@127.0.0.1/?{SECRET}", "username": "u", "password": SECRET}
    made = SETTINGS.validate_python({**PROMETHEUS, **keys})
    assert SECRET not in f"{made!r} {made}"
    assert made.password == SecretStr(SECRET)


@pytest.mark.parametrize(
    "source", [{"source": "prometheus"}, {"source": "json", "paths": {"a": "b"}}, {"source": "probe"}]
)
@pytest.mark.parametrize(
    ("keys", "sent"),
    [
        ({}, None),
        ({"username": "user", "password": "pass"}, b"authorization: basic dxnlcjpwyxnz"),
        ({"username": "user"}, b"authorization: basic dxnlcjo="),
        ({"bearer": "token"}, b"authorization: bearer token"),
    ],
)
def test_every_source_is_let_in(source, keys, sent):
    heads = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append((await request_of(reader)).lower())
        writer.write(HEAD + b"content-length: 0\r\n\r\n")
        await writer.drain()

    async def run() -> None:
        exchange = Exchange()
        async with far_end(answer) as port:
            made = SETTINGS.validate_python({**source, **keys, "url": f"http://127.0.0.1:{port}/path?a=b"})
            await made.build(exchange).read(target("a"), AT)
        await exchange.close()

    asyncio.run(run())
    assert heads[0].startswith(b"get /path?a=b http/1.1\r\n")
    assert (sent in heads[0]) if sent else (b"authorization" not in heads[0])


def test_a_user_in_the_address_is_not_told():
    result = read_from(f"http://u:{SECRET}@127.0.0.1:{closed_port()}/{SECRET}", "prometheus", "up")
    assert SECRET not in repr(result)
