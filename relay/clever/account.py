"""An account: whose applications are watched, and how the platform lets the relay in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Self
from urllib.parse import quote

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    SecretStr,
    TypeAdapter,
    model_validator,
)

BRIDGE = "https://api-bridge.clever-cloud.com"
API = "https://api.clever-cloud.com"
WARP10 = "https://c2-warp10-clevercloud-customers.services.clever-cloud.com/api/v0/exec"

_HTTP_URL = TypeAdapter(HttpUrl)
_TOKEN = re.compile(r"[!-~]+")


def _http_url(written: str) -> str:
    return str(_HTTP_URL.validate_python(written)).rstrip("/")


Url = Annotated[str, AfterValidator(_http_url)]


class OAuth(BaseModel):
    """OAuth 1.0a, the second way in: a consumer of your own and its token."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    consumer_key: SecretStr = Field(description="key of the consumer, from the Console")
    consumer_secret: SecretStr = Field(description="secret of the consumer")
    token: SecretStr = Field(description="token; it ends after 3 months, or a year when Clever Tools made it")
    secret: SecretStr = Field(description="secret of the token")

    def header(self) -> str:
        """Return the header, signed with PLAINTEXT, which is the platform's default.

        Source: RFC 5849, sections 3.4.4 and 3.5.1.
        """
        signature = f"{_quoted(self.consumer_secret)}&{_quoted(self.secret)}"
        parts = {
            "oauth_consumer_key": _quoted(self.consumer_key),
            "oauth_token": _quoted(self.token),
            "oauth_signature_method": "PLAINTEXT",
            "oauth_signature": quote(signature, safe=""),
        }
        return "OAuth " + ", ".join(f'{name}="{value}"' for name, value in parts.items())


def _quoted(secret: SecretStr) -> str:
    return quote(secret.get_secret_value(), safe="")


class AccountSettings(BaseModel):
    """An organisation on Clever Cloud: its deployments and the state of its applications are read."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    organisation: Annotated[str, Field(pattern=r"^(orga|user)_[A-Za-z0-9-]{1,100}$")] = Field(
        description="whose applications are watched: `orga_…`, or `user_…` for personal ones"
    )
    token: SecretStr | None = Field(
        None,
        description="API token (`clever tokens create`), sent through the API bridge; it ends after a year",
    )
    oauth: OAuth | None = Field(None, description="OAuth 1.0a, instead of `token`")
    api: Url | None = Field(
        None,
        description="address of the API; default: the API bridge with `token`, the API itself with `oauth`",
    )
    warp10: Url = Field(WARP10, description="address of the metrics store that takes WarpScript")
    every: timedelta = Field(
        timedelta(seconds=60),
        ge=timedelta(seconds=10),
        le=timedelta(hours=1),
        description="how often deployments and the state of applications are read",
    )
    deadline: timedelta = Field(
        timedelta(seconds=10),
        ge=timedelta(milliseconds=100),
        le=timedelta(minutes=1),
        description="how long one answer may take",
    )
    applications: tuple[Annotated[str, Field(pattern=r"^app_[A-Za-z0-9-]{1,100}$")], ...] = Field(
        (), max_length=1_000, description="ids of the applications to watch; default: all of the organisation"
    )

    events: tuple[Annotated[str, Field(pattern=r"^[A-Z][A-Z_]{1,60}$")], ...] = Field(
        (),
        max_length=100,
        description="names of the events that the relay's webhook is to bring (`relay clever setup`); default: all",
    )
    token_name: str | None = Field(
        None,
        max_length=200,
        description="name of `token` on the platform, so that its end is known among others of the same user",
    )
    token_ends: date | None = Field(
        None, description="day on which `token` or `oauth` ends, where the platform does not say"
    )

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if (self.token is None) == (self.oauth is None):
            raise ValueError("give either token or oauth")
        # A line break, as at the end of a file that a secret came from, would fail each call.
        if self.token is not None and not _TOKEN.fullmatch(self.token.get_secret_value()):
            raise ValueError("token holds a character that no token has, such as a line break")
        return self

    @property
    def address(self) -> str:
        """Where the API is."""
        return self.api or (BRIDGE if self.token is not None else API)

    @property
    def headers(self) -> Mapping[str, str]:
        """What each call carries. A secret: never to be shown."""
        if self.token is not None:
            return {"authorization": f"Bearer {self.token.get_secret_value()}"}
        return {"authorization": self.oauth.header() if self.oauth is not None else ""}
