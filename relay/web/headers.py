"""What every answer says to the browser, and what a request must say to change anything."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Request, Response

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
# Not "no-referrer": under it browsers send "Origin: null" with the login form, which is then told from no other site's.
# Other sites get no referrer either way.
REFERRER_POLICY = "same-origin"
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def protect(response: Response) -> Response:
    """Add the headers that keep a page from being framed, sniffed, stored or fed foreign code."""
    response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Referrer-Policy"] = REFERRER_POLICY
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    response.headers.setdefault("Cache-Control", "no-store")
    # The server says it of every answer; a second one, as for an answer that may be "not modified", is no valid HTTP.
    response.headers.pop("Date", None)
    return response


def is_foreign(asked: Request, public_url: str) -> bool:
    """Whether a request that changes something comes from another site's page.

    A browser says so itself (``Sec-Fetch-Site``, else ``Origin``); what says neither is no browser and holds no cookie.
    """
    if asked.method in SAFE:
        return False
    fetched = asked.headers.get("Sec-Fetch-Site")
    if fetched is not None:
        return fetched not in ("same-origin", "none")
    origin = asked.headers.get("Origin")
    return origin is not None and _host(origin) not in {asked.host, _host(public_url)} - {""}


def _host(address: str) -> str:
    """Return the host and port of an address, empty where it has none ("null", as browsers hide an origin)."""
    try:
        return urlsplit(address).netloc
    except ValueError:
        return ""
