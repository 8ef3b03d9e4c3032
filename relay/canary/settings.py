"""The canary's settings."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, HttpUrl, SecretStr, TypeAdapter

_HTTP_URL = TypeAdapter(HttpUrl)


def _checked(written: SecretStr) -> SecretStr:
    _HTTP_URL.validate_python(written.get_secret_value())
    return written


class CanarySettings(BaseModel):
    """A sign of life that goes the whole road, and who outside is told that it arrived."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    heartbeat: Annotated[SecretStr, AfterValidator(_checked)] = Field(
        description="address that is asked (GET) each time a beat arrives, as healthchecks has them; it is a secret"
    )
    fails: bool = Field(
        True,
        description="whether `/fail` is added and asked at once where the relay knows that a beat was lost",
    )
    every: timedelta = Field(
        timedelta(minutes=5),
        ge=timedelta(seconds=10),
        le=timedelta(hours=6),
        description="how often; let the heartbeat expect it as often, with a grace of twice that",
    )
    within: timedelta = Field(
        timedelta(minutes=1),
        ge=timedelta(seconds=1),
        le=timedelta(hours=1),
        description="a beat that took longer than this did not arrive",
    )
    through: Annotated[str, Field(pattern=r"^https?://[^\s/?#@]+$", max_length=500)] | None = Field(
        None,
        description="address of the intake that beats go through, where `relay web` runs elsewhere; default: this machine",
    )

    @property
    def secret(self) -> str:
        """The secret of its own intake: the same in every process of one configuration, and told nowhere."""
        return sha256(b"relay canary " + self.heartbeat.get_secret_value().encode()).hexdigest()[:40]
