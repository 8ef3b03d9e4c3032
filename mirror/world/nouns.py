"""The platform's nouns, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from mirror.world.load import Load

ZONE = "par"


class Wanted(StrEnum):
    """The state that an application is meant to have."""

    SHOULD_BE_UP = "SHOULD_BE_UP"
    SHOULD_BE_DOWN = "SHOULD_BE_DOWN"
    WANTS_TO_BE_UP = "WANTS_TO_BE_UP"


class DeploymentState(StrEnum):
    """How a deployment goes, in the words of API v2."""

    WIP = "WIP"
    OK = "OK"
    FAIL = "FAIL"
    CANCELLED = "CANCELLED"


class InstanceState(StrEnum):
    """The states of an instance that the mirror uses."""

    DEPLOYING = "DEPLOYING"
    UP = "UP"
    DELETED = "DELETED"


@dataclass(frozen=True, slots=True)
class Flavor:
    """A size of instance."""

    name: str
    mem: int
    cpus: int
    price: float


FLAVORS = {
    flavor.name: flavor
    for flavor in (
        Flavor("pico", 256, 1, 0.1436),
        Flavor("nano", 512, 1, 0.1915),
        Flavor("XS", 1024, 1, 0.4787),
        Flavor("S", 2048, 2, 0.9574),
        Flavor("M", 4096, 4, 1.9148),
    )
}


@dataclass(frozen=True, slots=True)
class Owner:
    """An organisation, or a person as the owner of things."""

    id: str
    name: str

    @property
    def is_personal(self) -> bool:
        """Whether a person owns it."""
        return self.id.startswith("user_")


@dataclass(frozen=True, slots=True)
class User:
    """Who calls the API; a member of every organisation in ``member_of`` and the owner of personal things."""

    id: str
    name: str
    email: str
    member_of: frozenset[str]

    def may_see(self, owner_id: str) -> bool:
        """Whether what the owner has is open to this person."""
        return owner_id == self.id or owner_id in self.member_of


@dataclass(frozen=True, slots=True)
class Application:
    """An application and what it should be."""

    id: str
    owner_id: str
    name: str
    created_at: datetime
    kind: str = "python"
    flavor: Flavor = FLAVORS["XS"]
    max_flavor: Flavor = FLAVORS["S"]
    instances: int = 1
    max_instances: int = 2
    # True means no zero-downtime deployment: the old instances go first.
    homogeneous: bool = False
    wanted: Wanted = Wanted.WANTS_TO_BE_UP
    commit: str = ""
    load: Load = field(default_factory=Load)


@dataclass(frozen=True, slots=True)
class Addon:
    """An add-on; metrics know it by its ``real_id``."""

    id: str
    real_id: str
    owner_id: str
    name: str
    created_at: datetime
    provider: str = "postgresql-addon"
    provider_name: str = "PostgreSQL"
    plan: str = "xs_sml"
    connections: int = 75
    load: Load = field(default_factory=Load)


@dataclass(frozen=True, slots=True)
class Deployment:
    """A line of an application's activity; ``number`` counts up."""

    id: str
    number: int
    application_id: str
    owner_id: str
    began_at: datetime
    action: str
    cause: str
    commit: str
    instances: int
    author: User | None
    state: DeploymentState = DeploymentState.WIP
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Instance:
    """A virtual machine of an application, from its creation to its end."""

    id: str
    application_id: str
    owner_id: str
    deployment_id: str
    deployment_number: int
    index: int
    flavor: Flavor
    commit: str
    created_at: datetime
    up_at: datetime | None = None
    deleted_at: datetime | None = None

    @property
    def state(self) -> InstanceState:
        """Return its state now."""
        if self.deleted_at is not None:
            return InstanceState.DELETED
        return InstanceState.DEPLOYING if self.up_at is None else InstanceState.UP

    def was_up(self, at: datetime) -> bool:
        """Whether it was up and measured at that time."""
        return (
            self.up_at is not None and self.up_at <= at and (self.deleted_at is None or at < self.deleted_at)
        )


@dataclass(frozen=True, slots=True)
class Event:
    """What the platform tells: its name, its time, whose it is and about what."""

    name: str
    at: datetime
    owner_id: str
    resource_id: str
    data: Mapping[str, object]
    author_id: str | None = None
