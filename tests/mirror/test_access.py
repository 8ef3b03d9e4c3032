"""Who may ask: API tokens, OAuth 1.0a in its three signatures, and nobody else."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from datetime import timedelta
from urllib.parse import quote

import httpx
import pytest
from authlib.oauth1 import SIGNATURE_HMAC_SHA1, SIGNATURE_PLAINTEXT, ClientAuth

from mirror.clock import DEFAULT_START
from mirror.http.faults import Fault
from mirror.http.signing import base_string, is_signed
from mirror.world.nouns import Owner
from mirror.world.sample import CONSUMER, PASSWORD, TOKEN
from tests.mirror.callers import NO_TLS, Caller


def signed(caller: Caller, method: str, token: tuple[str, str] = TOKEN) -> httpx.Response:
    """Ask for myself with a signature that another library makes."""
    auth = ClientAuth(*CONSUMER, *token, signature_method=method)
    url = f"{caller.mirror.url}/v2/self?a%20b=c%26d&z=%C3%A9"
    _, headers, _ = auth.prepare("GET", url, {}, "")
    return httpx.get(url, headers=headers, verify=NO_TLS, trust_env=False)


@pytest.mark.parametrize("method", [SIGNATURE_PLAINTEXT, SIGNATURE_HMAC_SHA1])
def test_oauth_of_another_library_is_understood(caller: Caller, method: str) -> None:
    assert signed(caller, method).json()["id"] == caller.sample.user.id
    wrong = signed(caller, method, (TOKEN[0], "another"))
    assert (wrong.status_code, wrong.json()["id"]) == (401, 2001)


def test_hmac_sha512_is_understood() -> None:
    """The official client's own; its command line proves it again in the contract tests."""
    oauth = {"oauth_signature_method": "HMAC-SHA512", "oauth_token": "t"}
    text = base_string("GET", "http://h/p", [("q", "1")], oauth)
    signature = b64encode(hmac.new(b"a%26&b", text.encode(), hashlib.sha512).digest()).decode()
    ask = {**oauth, "oauth_signature": signature}
    assert is_signed("GET", "http://h/p", [("q", "1")], ask, ("a&", "b"))
    assert not is_signed("GET", "http://h/p", [("q", "2")], ask, ("a&", "b"))
    assert not is_signed("GET", "http://h/p", [], {"oauth_signature_method": "MD5"}, ("a", "b"))


def test_oauth_tokens_expire(caller: Caller) -> None:
    caller.mirror.clock.set(DEFAULT_START + timedelta(days=366))
    assert signed(caller, SIGNATURE_PLAINTEXT).status_code == 401


def test_plaintext_is_the_default_and_escaped_once(caller: Caller) -> None:
    """As the official command line signs towards the bridge."""
    signature = quote(f"{CONSUMER[1]}&{TOKEN[1]}", safe="")
    header = (
        f'OAuth oauth_consumer_key="{CONSUMER[0]}", oauth_token="{TOKEN[0]}", oauth_signature="{signature}"'
    )
    answer = httpx.get(
        f"{caller.mirror.url}/v2/self", headers={"authorization": header}, verify=NO_TLS, trust_env=False
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("header", ["", "Bearer wrong", "Basic eDp5", "OAuth", "Bearer"])
def test_nobody_else_may_ask(caller: Caller, header: str) -> None:
    answer = httpx.get(
        f"{caller.mirror.url}/v2/self", headers={"authorization": header}, verify=NO_TLS, trust_env=False
    )
    assert answer.status_code == 401
    assert answer.json() == {"id": 2001, "message": "Not connected", "type": "error"}


def test_an_organisation_of_others_is_closed(caller: Caller) -> None:
    caller.sample.platform.add_owner(Owner("orga_other", "Others"))
    answer = caller.client.get("/v2/notifications/webhooks/orga_other")
    assert (answer.status_code, answer.json()["id"]) == (403, 6201)


def test_api_tokens_are_made_listed_and_revoked(caller: Caller) -> None:
    body = {"email": caller.sample.user.email, "password": PASSWORD, "name": "second"}
    made = caller.client.post("/api-tokens", json=body).json()
    assert made["expirationDate"] == "2027-06-15T06:00:00.000Z"
    second = {"authorization": f"Bearer {made['apiToken']}"}
    assert caller.client.get("/v2/self", headers=second).status_code == 200
    listed = caller.get("/api-tokens")
    assert [one["name"] for one in listed] == ["gameshelf-relay", "second"]
    assert "apiToken" not in listed[1]
    assert caller.client.delete(f"/api-tokens/{made['apiTokenId']}").status_code == 204
    assert caller.client.get("/v2/self", headers=second).status_code == 401
    wrong = caller.client.post("/api-tokens", json={**body, "password": "?"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "invalid-credential")


def test_an_expired_api_token_is_nobody(caller: Caller) -> None:
    accounts = caller.sample.platform.accounts
    token = accounts.api_tokens(caller.sample.user)[0]
    accounts.expire(token.id, DEFAULT_START)
    assert caller.client.get("/v2/self").status_code == 401


def test_faults_are_chosen(caller: Caller) -> None:
    """Too many requests, once, and only for metrics; then an answer that ends too early."""
    fault = caller.mirror.fail(Fault("/v4/stats/", 429, retry_after=7, times=1))
    path = f"/v4/stats/organisations/{caller.owner}/resources/{caller.app}/metrics"
    assert caller.client.get("/v2/self").status_code == 200
    refused = caller.client.get(path)
    assert (refused.status_code, refused.headers["retry-after"], fault.times) == (429, "7", 0)
    assert caller.client.get(path).status_code == 200
    caller.mirror.fail(Fault("/v2/self", is_cut=True))
    with pytest.raises(httpx.RemoteProtocolError):
        caller.client.get("/v2/self")
    caller.mirror.mend()
    assert caller.client.get("/v2/self").status_code == 200
    assert caller.mirror.log.by_status[429] == 1
