"""One alert as Prometheus, Alertmanager and Grafana write it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from relay.intake import dates
from relay.intake.bounds import encodable, scalar


def _labels(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ValueError("must be an object")
    for word in value.values():
        if not isinstance(word, str):
            raise ValueError("every value must be a string")
    if "" in value:
        raise ValueError("a name is empty")
    return {encodable(name): encodable(word) for name, word in value.items() if word}


def _annotations(value: object) -> dict[str, str]:
    return _labels({} if value is None else value)


def _date(value: object) -> datetime | None:
    if value is not None and not isinstance(value, str):
        raise ValueError("must be a date as in RFC 3339")
    try:
        return dates.parse(value)
    except ValueError:
        raise ValueError("must be a date as in RFC 3339") from None


def _word(value: object) -> str:
    return encodable(scalar(value))


def _object(value: object) -> object:
    return value if isinstance(value, dict) else {}


Date = Annotated[datetime | None, PlainValidator(_date)]
Word = Annotated[str, PlainValidator(_word)]


class Alert(BaseModel):
    """One alert; absent dates are None, as are zero ones (year 1), which Alertmanager and amtool write for them."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", frozen=True)

    labels: Annotated[dict[str, str], PlainValidator(_labels)]
    annotations: Annotated[dict[str, str], PlainValidator(_annotations)] = {}
    starts_at: Date = None
    ends_at: Date = None
    status: Word = ""
    generator_url: Word = Field(default="", alias="generatorURL")
    dashboard_url: Word = Field(default="", alias="dashboardURL")
    panel_url: Word = Field(default="", alias="panelURL")
    silence_url: Word = Field(default="", alias="silenceURL")

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if not self.labels:
            raise ValueError("at least one label pair is required")
        if self.starts_at and self.ends_at and self.ends_at < self.starts_at:
            raise ValueError("the start time must be before the end time")
        return self

    @classmethod
    def read(cls, item: object) -> Self:
        """Return the alert that ``item`` is; raise ``ValueError`` with words for its sender where it is none."""
        if not isinstance(item, dict):
            raise ValueError("must be an object")
        try:
            return cls.model_validate(item)
        except ValidationError as error:
            raise ValueError(_complaint(error)) from None


def _complaint(error: ValidationError) -> str:
    """Say what is wrong with the first bad key; the body itself is never quoted."""
    first = error.errors(include_input=False, include_url=False)[0]
    why = first.get("ctx", {}).get("error", first["msg"])
    return f"{first['loc'][0]}: {why}" if first["loc"] else str(why)
