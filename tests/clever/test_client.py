"""The one client: how it says who it is, what it makes of refusals, and what it never tells."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from relay.clever import AccountSettings, Client, ClientError, Fault
from relay.clever.account import API, BRIDGE
from relay.clever.backoff import Backoff, retry_after
from relay.clever.client import Call
from relay.core.text import Language, say
from relay.exchange import Exchange
from tests.clever.platform import ORGANISATION, TOKEN, Platform, platform

AT = datetime(2026, 6, 15, 8, 30, tzinfo=UTC)
OAUTH = {"consumer_key": "key", "consumer_secret": "c&s", "token": "tok", "secret": "s cret"}


async def asking(here: Platform, now: Callable[[], datetime] = lambda: AT, **settings: object) -> Client:
    """Return a client of ``here``."""
    given = {"organisation": ORGANISATION, "api": here.url, "token": TOKEN, **settings}
    account = AccountSettings.model_validate({name: value for name, value in given.items() if value})
    return Client("main", account, Exchange(), now)


async def _error(client: Client, path: str = "/v2/self") -> ClientError:
    with pytest.raises(ClientError) as caught:
        await client.get(path)
    return caught.value


def test_a_token_goes_to_the_bridge_and_a_consumer_to_the_api() -> None:
    """Bearer is documented for the bridge alone."""
    by_token = AccountSettings.model_validate({"organisation": ORGANISATION, "token": TOKEN})
    by_oauth = AccountSettings.model_validate({"organisation": ORGANISATION, "oauth": OAUTH})
    assert (by_token.address, by_oauth.address) == (BRIDGE, API)
    assert by_token.headers == {"authorization": f"Bearer {TOKEN}"}


def test_oauth_signs_with_plaintext() -> None:
    """Encoded once as a secret and once as a parameter: RFC 5849, 3.4.4 and 3.5.1."""
    account = AccountSettings.model_validate({"organisation": ORGANISATION, "oauth": OAUTH})
    assert account.headers["authorization"] == (
        'OAuth oauth_consumer_key="key", oauth_token="tok", oauth_signature_method="PLAINTEXT", '
        'oauth_signature="c%2526s%26s%2520cret"'
    )


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"token": TOKEN, "oauth": OAUTH},
        {"token": TOKEN + "\n"},
        {"token": TOKEN, "organisation": "../self"},
        {"token": TOKEN, "api": "ftp://x"},
    ],
)
def test_what_can_not_be_asked_with_is_refused_and_not_repeated(given: dict[str, object]) -> None:
    """Neither way in, both, a token with a line break, an organisation that is a path."""
    with pytest.raises(ValidationError) as caught:
        AccountSettings.model_validate({"organisation": ORGANISATION, **given})
    assert "4242" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "fault", "whole"),
    [
        (401, Fault.DENIED, True),
        (403, Fault.DENIED, False),
        (404, Fault.MISSING, False),
        (400, Fault.REFUSED, False),
        (302, Fault.REFUSED, False),
        (429, Fault.THROTTLED, True),
        (503, Fault.BROKEN, False),
    ],
)
def test_a_refusal_is_named_and_tells_no_secret(
    status: int, fault: Fault, whole: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Its body may repeat what was sent: only the number is told."""
    caplog.set_level(logging.DEBUG)

    async def ask() -> None:
        async with platform() as here:
            here.always = (status, {"message": f"bad {TOKEN}"})
            error = await _error(await asking(here))
            assert (error.fault, error.whole) == (fault, whole)
            words = [say(error.reason, language) for language in Language]
            assert not any(secret in word for word in (*words, str(error)) for secret in (TOKEN, here.url))

    asyncio.run(ask())
    assert TOKEN not in caplog.text


@pytest.mark.parametrize("body", [b"no json", b'{"a": NaN}', b"\xff", b"[" * 100_000])
def test_an_answer_that_is_no_json_is_unreadable(body: bytes) -> None:
    """Whatever it is."""

    async def ask() -> None:
        async with platform() as here:
            here.always = (200, body)
            assert (await _error(await asking(here))).fault is Fault.UNREADABLE

    asyncio.run(ask())


def test_an_account_that_can_not_be_reached_is_a_whole_trouble() -> None:
    """Nothing else would fare better."""

    async def ask() -> None:
        async with platform() as here:
            client = await asking(here)
        error = await _error(client)
        assert (error.fault, error.whole) == (Fault.UNREACHABLE, True)

    asyncio.run(ask())


def test_while_the_platform_asks_to_wait_nothing_is_sent() -> None:
    """Per service: the metrics may rest while the state is read."""

    async def ask() -> None:
        async with platform(self=(429, {}, {"retry-after": "30"}), info={}) as here:
            moment = AT
            client = await asking(here, lambda: moment)
            await _error(client)
            assert (await _error(client, "/v2/info")).fault is Fault.THROTTLED
            await _error(client, "/v4/stats/x")
            assert [asked.path for asked in here.asked] == ["/v2/self", "/v4/stats/x"]
            moment += timedelta(seconds=38)  # thirty seconds and at most a quarter
            assert await client.get("/v2/info") == {}

    asyncio.run(ask())


def test_an_empty_answer_is_none_and_a_body_is_json() -> None:
    """As after a deletion; a call says what it sends."""

    async def ask() -> None:
        async with platform() as here:
            here.always = (204, b"")
            client = await asking(here)
            assert await client.call(Call("DELETE", "/v2/x")) is None
            await client.call(Call("POST", "/v2/x", (("a", "b c"),), {"name": "é"}))
            sent = here.asked[1]
            assert (sent.query, sent.body) == ({"a": ["b c"]}, b'{"name": "\\u00e9"}')
            assert sent.headers["authorization"] == f"Bearer {TOKEN}"
            assert client.requests.total() == 2

    asyncio.run(ask())


def test_refusals_without_a_wish_wait_longer_each_time_and_never_together() -> None:
    """Callers that were refused at one moment come back apart."""
    one, other = Backoff(), Backoff()
    waits = []
    for _ in range(12):
        one.refused(AT, "/v2/a", None)
        waits.append(one.wait(AT))
    assert waits == sorted(waits)
    assert waits[-1] <= timedelta(minutes=5) * 1.25
    other.refused(AT, "/v2/b", None)
    assert other.wait(AT) != waits[0]
    one.answered()
    assert one.wait(AT) == timedelta(0)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("30", 30),
        ("Mon, 15 Jun 2026 08:31:00 GMT", 60),
        ("Mon, 15 Jun 2026 08:00:00 GMT", None),
        ("soon", None),
        ("99999999999", 86_400),
        ("", None),
        (None, None),
    ],
)
def test_retry_after(written: str | None, seconds: int | None) -> None:
    """Seconds, or a date; a hostile one is cut."""
    assert retry_after(written, AT) == (None if seconds is None else timedelta(seconds=seconds))
