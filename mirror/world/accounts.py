"""Who may call the API, and with what: API tokens for the bridge, consumers and tokens for OAuth 1.0a."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mirror.world.identifiers import derived, plain
from mirror.world.nouns import User

YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token of the bridge: it acts as its user."""

    id: str
    secret: str
    user: User
    name: str
    description: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class OauthToken:
    """A token and its secret, as `clever login` leaves them."""

    token: str
    secret: str
    user: User
    expires_at: datetime


class Accounts:
    """The users and their ways in."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self.consumers: dict[str, str] = {}
        self.oauth_tokens: dict[str, OauthToken] = {}
        self.passwords: dict[str, str] = {}
        self._api_tokens: dict[str, ApiToken] = {}

    def create_api_token(
        self, user: User, name: str, at: datetime, lifetime: timedelta = YEAR, description: str = ""
    ) -> ApiToken:
        """Give the user a token for the bridge."""
        number = len(self._api_tokens)
        token = ApiToken(
            derived("api_token", user.id, name, at, number),
            plain("secret", user.id, name, at, number),
            user,
            name,
            description,
            at,
            at + lifetime,
        )
        self._api_tokens[token.id] = token
        return token

    def api_tokens(self, user: User) -> list[ApiToken]:
        """Return the tokens of a user, also the expired ones."""
        return [token for token in self._api_tokens.values() if token.user.id == user.id]

    def revoke(self, token_id: str) -> bool:
        """Take a token away; False when there is none of that id."""
        return self._api_tokens.pop(token_id, None) is not None

    def rename(self, token_id: str, name: str, description: str) -> bool:
        """Change what a token is called; False when there is none of that id."""
        token = self._api_tokens.get(token_id)
        if token is not None:
            self._api_tokens[token_id] = replace(token, name=name, description=description)
        return token is not None

    def expire(self, token_id: str, at: datetime) -> None:
        """Let a token end at that time."""
        self._api_tokens[token_id] = replace(self._api_tokens[token_id], expires_at=at)

    def bearer(self, secret: str, at: datetime) -> User | None:
        """Return whom an API token stands for, None when it is unknown or has expired."""
        for token in self._api_tokens.values():
            if token.secret == secret:
                return token.user if at < token.expires_at else None
        return None
