"""Who asks: a Bearer token as the bridge takes it, or OAuth 1.0a."""

from __future__ import annotations

from mirror.http.message import Refused, Request
from mirror.http.signing import is_signed, parameters
from mirror.world.accounts import Accounts
from mirror.world.nouns import User


def identify(accounts: Accounts, request: Request) -> User:
    """Return whose request it is; refuse it with 401 when nobody's."""
    header = request.headers.get("authorization", "")
    scheme = header.partition(" ")[0].lower()
    user = None
    if scheme == "bearer":
        user = accounts.bearer(header.partition(" ")[2].strip(), request.at)
    elif scheme == "oauth":
        user = _signed(accounts, request, parameters(header))
    if user is None:
        raise Refused(401, 2001, "Not connected")
    return user


def _signed(accounts: Accounts, request: Request, oauth: dict[str, str]) -> User | None:
    consumer = accounts.consumers.get(oauth.get("oauth_consumer_key", ""))
    token = accounts.oauth_tokens.get(oauth.get("oauth_token", ""))
    if consumer is None or token is None or token.expires_at <= request.at:
        return None
    secrets = (consumer, token.secret)
    is_right = is_signed(request.method, request.url, request.query, oauth, secrets)
    return token.user if is_right else None
