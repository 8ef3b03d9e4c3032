"""Settings that stand on one level: what every entry of a kind has, and what its own format or source adds.

The rule: an entry's class is made from both, so that checks, the JSON Schema and the reference know every key.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, TypeVar, Union, get_args

from pydantic import BaseModel, Field, create_model

from relay.config.values import Duration

Model = TypeVar("Model", bound=BaseModel)


def members(union: Any) -> tuple[type[BaseModel], ...]:
    """Return the classes of an annotated union such as ``SettingsOfAny``."""
    inner = get_args(union)[0]
    return get_args(inner) or (inner,)


def joined(common: type[BaseModel], union: Any, discriminator: str) -> Any:
    """Return the annotated union of ``common`` with each member of ``union``."""
    made = tuple(_joined(common, member) for member in members(union))
    return Annotated[Union[made], Field(discriminator=discriminator)]  # noqa: UP007 (made at run time)


def own(entry: BaseModel, union: Any) -> Any:
    """Return the part of ``entry`` that is a member of ``union``, as that member."""
    member = next(member for member in members(union) if isinstance(entry, member))
    fields = {name: getattr(entry, name) for name in member.model_fields}
    return member.model_construct(entry.model_fields_set & fields.keys(), **fields)


def written(member: type[BaseModel]) -> Any:
    """Return ``member`` with its durations written as config.yaml writes them."""
    name = f"{member.__name__.removesuffix('Settings')}Entry"
    return create_model(name, __base__=member, __doc__=member.__doc__, **_durations(member))


def _joined(common: type[BaseModel], member: type[BaseModel]) -> type[BaseModel]:
    words = member.__module__.rpartition(".")[2]
    name = f"{words.title().replace('_', '')}{common.__name__.removesuffix('Settings')}"
    return create_model(name, __base__=(common, member), __doc__=member.__doc__, **_durations(member))


def _durations(member: type[BaseModel]) -> dict[str, Any]:
    # A duration is written the same everywhere, also where a module only says that it is one.
    return {
        name: (Duration, info) for name, info in member.model_fields.items() if info.annotation is timedelta
    }
