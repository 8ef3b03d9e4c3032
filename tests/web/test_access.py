"""Who may read: a password and its cookie, or this machine alone; and what another site's page can't do."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from datetime import datetime

import pytest
from flask.testing import FlaskClient
from pydantic import SecretStr
from structlog.testing import capture_logs

from relay.web.pages import create_app
from relay.web.site import swap
from tests.web.conftest import SITE, Enter, build
from tests.web.stories import MINUTE, NOW, Story

PASSWORD = "correct horse — batterie"
PAGES = ("/", "/incidents", "/incidents/x", "/targets", "/channels", "/receipts/x/raw", "/nothing")
CALLS = (
    "/api/v1/incidents",
    "/api/v1/targets",
    "/api/v1/receipts/x",
    "/api/v1/openapi.json",
    "/api/v1/nothing",
)


@pytest.fixture
def visitor(enter: Enter) -> FlaskClient:
    """Return somebody who knows nothing yet."""
    return enter(password=SecretStr(PASSWORD), open_without_password=False)


def sign_in(visitor: FlaskClient, password: str = PASSWORD, **headers: str) -> int:
    return visitor.post("/login", data={"password": password, "to": "/targets"}, headers=headers).status_code


@pytest.mark.parametrize("path", PAGES)
def test_pages_ask_for_the_password(visitor: FlaskClient, path: str) -> None:
    """Also those that do not exist: nothing is learned without it."""
    assert visitor.get(path).location.startswith("/login?to=")


@pytest.mark.parametrize("path", CALLS)
def test_calls_ask_for_the_password(visitor: FlaskClient, path: str) -> None:
    """With the status and the header that programs know."""
    answer = visitor.get(path)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="relay"'
    assert "web.password" in answer.json["error"]  # type: ignore[index]


def test_the_password_opens_and_leads_back(visitor: FlaskClient) -> None:
    """To the page that was asked for; signing out closes again."""
    answer = visitor.get("/incidents?q=a+b")
    assert answer.location == "/login?to=/incidents?q%3Da%2Bb"
    form = visitor.get(answer.location).text
    assert 'name="to" value="/incidents?q=a+b"' in form
    answer = visitor.post("/login", data={"password": PASSWORD, "to": "/incidents?q=a+b"})
    assert answer.location == "/incidents?q=a+b"
    assert visitor.get("/incidents").status_code == 200
    assert visitor.get("/login").location == "/incidents"
    assert visitor.post("/logout").location == "/login"
    assert visitor.get("/incidents").status_code == 302


@pytest.mark.parametrize(
    "to", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x", "/a\nb"]
)
def test_the_login_leads_to_this_site_only(visitor: FlaskClient, to: str) -> None:
    """Whatever the address says."""
    assert visitor.post("/login", data={"password": PASSWORD, "to": to}).location == "/incidents"
    assert visitor.get("/language/fr", query_string={"to": to}).location == "/incidents"


def test_the_cookie_is_kept_from_others(enter: Enter) -> None:
    """No script reads it, no other site sends it; over HTTPS it never leaves in clear."""
    plain = enter(password=PASSWORD).post("/login", data={"password": PASSWORD}).headers["Set-Cookie"]
    assert plain.startswith("relay=")
    assert "HttpOnly" in plain
    assert "SameSite=Lax" in plain
    visitor = enter(password=PASSWORD, public_url="https://relay.example.org")
    secure = visitor.post("/login", data={"password": PASSWORD}).headers["Set-Cookie"]
    assert secure.startswith("__Host-relay=")
    assert "Secure" in secure
    assert PASSWORD not in plain + secure


def test_a_changed_password_ends_every_session(story: Story) -> None:
    """As does a forged cookie never begin one."""
    site = replace(SITE, password=PASSWORD)
    app = build(story, site)
    visitor = app.test_client()
    sign_in(visitor)
    assert visitor.get("/incidents").status_code == 200
    swap(app, replace(site, password="another"))
    assert visitor.get("/incidents").status_code == 302
    swap(app, site)
    visitor.set_cookie("relay", "eyJieSI6IiJ9.aaaa.bbbb")
    assert visitor.get("/incidents").status_code == 302


def test_a_wrong_password_says_so_and_is_logged_without_it(visitor: FlaskClient) -> None:
    """The log holds the address, not what was typed."""
    with capture_logs() as logged:
        answer = visitor.post("/login", data={"password": "guess me"})
    assert answer.status_code == 403
    assert "That is not the password." in answer.text
    assert logged == [{"event": "wrong password", "peer": "127.0.0.1", "log_level": "warning"}]


def test_guessing_is_slowed(story: Story) -> None:
    """After ten wrong tries in a minute even the right one waits; another address does not."""
    clock = [NOW]
    app = create_app(replace(SITE, password=PASSWORD), story.reader, lambda: clock[0])
    visitor = app.test_client()
    assert [sign_in(visitor, "wrong") for _ in range(12)] == [403] * 10 + [429] * 2
    late = visitor.get("/api/v1/incidents", headers={"Authorization": f"Bearer {PASSWORD}"})
    assert late.status_code == 429
    assert 0 < int(late.headers["Retry-After"]) <= 60
    other = visitor.post("/login", data={"password": PASSWORD}, environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert other.status_code == 302
    clock[0] += MINUTE
    assert sign_in(visitor) == 302


def test_guessing_from_everywhere_is_slowed_too(story: Story) -> None:
    """A hundred wrong tries in a minute are the most, whoever makes them; who is signed in reads on."""
    clock: list[datetime] = [NOW]
    app = create_app(replace(SITE, password=PASSWORD), story.reader, lambda: clock[0])
    inside = app.test_client()
    sign_in(inside)
    for number in range(110):
        at = {"REMOTE_ADDR": f"192.0.2.{number}"}
        answer = app.test_client().post("/login", data={"password": "wrong"}, environ_base=at)
    assert answer.status_code == 429
    assert inside.get("/incidents").status_code == 200


@pytest.mark.parametrize(
    "authorization", ["Bearer token", "bearer token", "Basic " + b64encode(b"anyone:token").decode()]
)
def test_programs_show_the_password_with_each_call(enter: Enter, authorization: str) -> None:
    """As a Bearer token or by Basic authentication."""
    program = enter(password="token")
    assert program.get("/api/v1/incidents", headers={"Authorization": authorization}).status_code == 200
    wrong = authorization.replace("token", "taken").replace("Basic ", "Basic e")
    assert program.get("/api/v1/incidents", headers={"Authorization": wrong}).status_code == 401


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic", "Basic !!!", "Basic eA==", "Digest a=b", "x" * 5000]
)
def test_odd_credentials_are_refused(visitor: FlaskClient, header: str) -> None:
    """Never with a fault."""
    assert visitor.get("/api/v1/incidents", headers={"Authorization": header}).status_code == 401


@pytest.mark.parametrize("path", [*PAGES, *CALLS, "/login"])
def test_without_a_password_the_network_sees_nothing(enter: Enter, path: str) -> None:
    """And the operator reads how to mend it."""
    answer = enter(open_without_password=False).get(path)
    assert answer.status_code == 403
    assert "web.password" in answer.text


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("localhost:8080", 200),
        ("127.0.0.1:8080", 200),
        ("[::1]:8080", 200),
        ("evil.example", 403),  # a name that was made to point here
        ("127.0.0.1.evil.example", 403),
        ("relay.example.org", 403),  # a proxy in front
    ],
)
def test_without_a_password_only_this_machine_is_let_in(enter: Enter, host: str, status: int) -> None:
    """By its own names."""
    assert enter().get("/incidents", headers={"Host": host}).status_code == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 302),  # no browser
        ({"Sec-Fetch-Site": "same-origin"}, 302),
        ({"Sec-Fetch-Site": "none"}, 302),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://localhost"}, 302),
        ({"Origin": "https://relay.example.org"}, 302),  # what a proxy's visitors see
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://["}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, 403),
    ],
)
def test_other_sites_change_nothing(enter: Enter, headers: dict[str, str], status: int) -> None:
    """A form of theirs can't sign anybody in or out."""
    visitor = enter(password=PASSWORD, public_url="https://relay.example.org")
    assert sign_in(visitor, PASSWORD, **headers) == status
    assert visitor.post("/logout", headers=headers).status_code == status


@pytest.mark.parametrize(
    "path", ["/incidents", "/login", "/nothing", "/api/v1/incidents", "/static/refresh.js"]
)
def test_every_answer_is_protected(visitor: FlaskClient, path: str) -> None:
    """Against framing, sniffing, foreign code, and caches between."""
    with visitor.get(path) as answer:
        headers = answer.headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert path.startswith("/static") or headers["Cache-Control"] == "no-store"


def test_an_unnamed_origin_is_foreign_also_without_a_public_address(enter: Enter) -> None:
    """Two absent names are not the same name."""
    assert sign_in(enter(password=PASSWORD), Origin="null") == 403


def test_a_page_that_refreshes_itself_comes_to_the_login(visitor: FlaskClient) -> None:
    """When its session has ended meanwhile, rather than showing an empty place."""
    answer = visitor.get("/incidents", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["HX-Refresh"] == "true"


def test_a_large_form_is_refused(visitor: FlaskClient) -> None:
    """A password is short."""
    assert sign_in(visitor, "a" * 20_000) == 413
