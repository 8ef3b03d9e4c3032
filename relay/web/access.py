"""Who may read the pages: a password, remembered by a signed cookie; nobody where none is set and the network can reach them.

The rule: everything is closed unless it is opened here.
"""

from __future__ import annotations

import hmac
import re
from datetime import timedelta
from hashlib import sha256
from http import HTTPStatus
from math import ceil

import structlog
from flask import Blueprint, Flask, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from relay.web.errors import API, Refusal
from relay.web.headers import is_foreign, protect
from relay.web.site import Site, desk
from relay.web.words import here

log = structlog.get_logger("relay.web")
doors = Blueprint("access", __name__)

REMEMBERED = timedelta(days=7)
# What a visitor needs before being let in.
OPEN = frozenset({"static", "access.login", "access.logout", "pages.choose_language"})
_LOOPBACK = re.compile(r"(?:[a-z0-9-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[::1\]", re.ASCII)
_LOCAL_PATH = re.compile(r"/(?![/\\])[!-~]{0,2000}", re.ASCII)


def guard(app: Flask, site: Site) -> None:
    """Let nobody in but through the login, and keep the session's cookie to this site."""
    secure = site.public_url.startswith("https:")
    app.config.update(
        SECRET_KEY=site.secret_key,
        SESSION_COOKIE_NAME="__Host-relay" if secure else "relay",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=REMEMBERED,
        MAX_CONTENT_LENGTH=16_384,
        MAX_FORM_MEMORY_SIZE=16_384,
        MAX_FORM_PARTS=10,
    )
    app.before_request(_admit)
    app.after_request(protect)
    app.register_blueprint(doors)


def local_path(wanted: str) -> str:
    """Return ``wanted`` where it is a path of this site, else the first page.

    >>> local_path("/targets?x=1"), local_path("//elsewhere.example"), local_path("https://elsewhere.example")
    ('/targets?x=1', '/incidents', '/incidents')
    """
    return wanted if _LOCAL_PATH.fullmatch(wanted) else "/incidents"


def is_signed_in() -> bool:
    """Whether this visitor has signed in with the password that is set now."""
    site = desk().site
    return bool(site.secret) and hmac.compare_digest(str(session.get("by", "")), _mark(site))


@doors.route("/login", methods=["GET", "POST"])
def login() -> Response | tuple[str, int]:
    """Ask for the password."""
    site = desk().site
    wanted = local_path(request.values.get("to", ""))
    if not site.secret or is_signed_in():
        _admit_without_password(site)
        return redirect(wanted)
    if request.method == "GET":
        return render_template("login.html", to=wanted, wrong=False), HTTPStatus.OK
    if not _is_password(request.form.get("password", ""), site):
        return render_template("login.html", to=wanted, wrong=True), HTTPStatus.FORBIDDEN
    session.clear()
    session["by"] = _mark(site)
    session.permanent = True
    log.info("signed in", peer=request.remote_addr)
    return redirect(wanted)


@doors.post("/logout")
def logout() -> Response:
    """Forget this visitor."""
    session.clear()
    return redirect(url_for("access.login"))


def _admit() -> Response | None:
    site = desk().site
    if is_foreign(request, site.public_url):
        raise Refusal(HTTPStatus.FORBIDDEN, "foreign")
    if request.endpoint in OPEN:
        return None
    if not site.secret:
        _admit_without_password(site)
        return None
    if is_signed_in() or _shows_password(site):
        return None
    if request.path.startswith(API):
        raise Refusal(HTTPStatus.UNAUTHORIZED, "sign_in", {"WWW-Authenticate": 'Bearer realm="relay"'})
    if "HX-Request" in request.headers:
        # A page that refreshes itself is loaded anew, and so comes to the login.
        raise Refusal(HTTPStatus.UNAUTHORIZED, "sign_in", {"HX-Refresh": "true"})
    return redirect(url_for("access.login", to=here() if request.method == "GET" else None))


def _admit_without_password(site: Site) -> None:
    """Let in whoever asks this machine by its own name: behind a proxy, or by a forged name, others would come too."""
    if site.secret:
        return
    if not site.open_without_password:
        raise Refusal(HTTPStatus.FORBIDDEN, "no_password")
    if not _LOOPBACK.fullmatch(re.sub(r":\d+$", "", request.host.lower())):
        raise Refusal(HTTPStatus.FORBIDDEN, "not_local")


def _shows_password(site: Site) -> bool:
    shown = request.authorization
    if shown is None:
        return False
    return _is_password(str((shown.token if shown.type == "bearer" else shown.password) or ""), site)


def _is_password(given: str, site: Site) -> bool:
    """Compare in constant time; wrong tries are counted, and after too many everyone of that address waits."""
    throttle, at, peer = desk().throttle, desk().now(), request.remote_addr or ""
    wait = throttle.wait(peer, at)
    if wait is not None:
        seconds = str(ceil(wait.total_seconds()))
        raise Refusal(HTTPStatus.TOO_MANY_REQUESTS, "throttled", {"Retry-After": seconds})
    right = hmac.compare_digest(_digest(given), _digest(site.secret))
    if not right:
        throttle.count(peer, at)
        log.warning("wrong password", peer=peer)
    return right


def _digest(words: str) -> bytes:
    return sha256(words.encode("utf-8", "surrogatepass")).digest()


def _mark(site: Site) -> str:
    """What a session holds: it ends when the password or the key changes, and gives neither away."""
    return hmac.new(site.secret_key, site.secret.encode("utf-8", "surrogatepass"), sha256).hexdigest()
