"""Where a source is and how it lets the relay in. The URL is kept out of every ``repr``: its query may be a secret."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Annotated, Self

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

_HTTP_URL = TypeAdapter(HttpUrl)
_TOKEN = re.compile(r"[!-~]+")


def _http_url(written: str) -> str:
    return str(_HTTP_URL.validate_python(written))


class Address(BaseModel):
    """The keys that every source has."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: Annotated[
        str, AfterValidator(_http_url), Field(repr=False, description="http:// or https:// address")
    ]
    username: str | None = Field(None, description="user name, where the address asks for one")
    password: SecretStr | None = Field(None, description="password of that user")
    bearer: SecretStr | None = Field(None, description="bearer token, instead of a user name and password")

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if self.password is not None and self.username is None:
            raise ValueError("password needs a username")
        if self.bearer is not None and self.username is not None:
            raise ValueError("give either bearer or username, not both")
        # A line break, as at the end of a file that a secret came from, would fail each read.
        if self.bearer is not None and not _TOKEN.fullmatch(self.bearer.get_secret_value()):
            raise ValueError("bearer holds a character that no token has, such as a line break")
        return self

    def headers(self, accept: str) -> Mapping[str, str]:
        """Return the request's headers."""
        return {"accept": accept, **self._authorization()}

    def _authorization(self) -> Mapping[str, str]:
        if self.bearer is not None:
            return {"authorization": f"Bearer {self.bearer.get_secret_value()}"}
        if self.username is not None:
            password = self.password.get_secret_value() if self.password is not None else ""
            pair = b64encode(f"{self.username}:{password}".encode()).decode()
            return {"authorization": f"Basic {pair}"}
        return {}
