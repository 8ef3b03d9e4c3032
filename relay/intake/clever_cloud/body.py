"""The body of a Clever Cloud webhook, in every shape that is known or expected of it.

The exact raw body is not published. Shape A is that of the event websocket (``data`` is a string that holds JSON); B has
``application``, ``addon`` and ``deployment``; C has ``data`` as an object. Only ``event`` is asked for.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainValidator
from pydantic.alias_generators import to_camel

from relay.intake.bounds import NAME, identifier, line, scalar
from relay.intake.document import document, loaded
from relay.intake.protocol import BodyError


def _word(value: object) -> str:
    if isinstance(value, bool):
        return ""
    return identifier(value if isinstance(value, str) else scalar(value))


def _object(value: object) -> object:
    return value if isinstance(value, dict) else {}


def _inner(value: object) -> object:
    with suppress(ValueError):
        value = loaded(value) if isinstance(value, str) else value
    if isinstance(value, dict):
        return {**value, "unread": False}
    return {"unread": value is not None}


Word = Annotated[str, PlainValidator(_word)]


class _Part(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", frozen=True)


class Thing(_Part):
    """An application or an add-on, as shape B names it."""

    id: Word = ""
    name: Word = ""
    owner_id: Word = ""


class Deployment(_Part):
    """A deployment, as shape B names it."""

    id: Word = ""
    state: Word = ""


class Data(Thing):
    """The inner object of shapes A and C."""

    app_id: Word = ""
    addon_id: Word = ""
    uuid: Word = ""
    deployment_id: Word = ""
    state: Word = ""
    action: Word = ""
    commit: Word = ""
    cause: Word = ""
    unread: bool = False


class Body(_Part):
    """One delivery: what it names, whatever its shape."""

    event: str
    date: object = None
    author_id: Word = ""
    application: Annotated[Thing, BeforeValidator(_object)] = Thing()
    addon: Annotated[Thing, BeforeValidator(_object)] = Thing()
    deployment: Annotated[Deployment, BeforeValidator(_object)] = Deployment()
    data: Annotated[Data, BeforeValidator(_inner)] = Data()
    app_id: Word = ""
    id: Word = ""
    owner_id: Word = ""

    @classmethod
    def read(cls, body: bytes) -> Self:
        """Return what ``body`` says; raise ``BodyError`` for one that names no event."""
        outer = document(body)
        if not isinstance(outer, dict):
            raise BodyError("the body must be one JSON object, one event a request")
        return cls.model_validate({**outer, "event": _event(outer)})

    @property
    def complaint(self) -> str:
        """What could not be read of it, or ""."""
        return "data: not a JSON object" if self.data.unread else ""

    @cached_property
    def subject(self) -> str:
        """What its trouble is told apart by: the resource, or else the deployment; "" where neither is named."""
        return _first(self.resource, self.deployment_id, self.name)

    @cached_property
    def resource(self) -> str:
        """The id of the application or add-on, or "" where none is named."""
        data = self.data
        named = (
            self.application.id,
            self.addon.id,
            data.app_id,
            data.addon_id,
            data.id,
            self.app_id,
            self.id,
        )
        return _first(*named)

    @cached_property
    def owner(self) -> str:
        """The id of the organisation or user."""
        return _first(self.application.owner_id, self.addon.owner_id, self.data.owner_id, self.owner_id)

    @cached_property
    def deployment_id(self) -> str:
        """The id of the deployment; only some events name it."""
        return _first(self.deployment.id, self.data.uuid, self.data.deployment_id)

    @cached_property
    def state(self) -> str:
        """How the deployment stands, in the words of API v2: ``WIP``, ``OK``, ``FAIL``, ``CANCELLED``."""
        state = _first(self.deployment.state, self.data.state).upper()
        return {"FAILED": "FAIL", "SUCCEEDED": "OK", "SUCCESS": "OK"}.get(state, state)

    @cached_property
    def name(self) -> str:
        """The resource's name; deployment events don't tell it."""
        return _first(self.application.name, self.addon.name, self.data.name)


def _event(outer: dict[str, object]) -> str:
    event = outer.get("event")
    if not isinstance(event, str) or not event.strip():
        hint = ": this looks like the format “slack”; choose “raw” for the webhook" if "text" in outer else ""
        raise BodyError(f"event: must be a non-empty string{hint}")
    if len(event) > NAME:
        raise BodyError(f"event: must be at most {NAME} characters")
    return line(event, NAME)


def _first(*words: str) -> str:
    for word in words:
        if word:
            return word
    return ""
