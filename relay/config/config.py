"""The configuration as core values: frozen, checked, with its secrets still wrapped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_address
from typing import Any

from pydantic import SecretStr

from relay.canary import CanarySettings
from relay.clever import AccountSettings
from relay.clever.hooks import Wanted
from relay.config.errors import Place, Position
from relay.core.deployments import Following
from relay.core.fallback import Fallback
from relay.core.incidents import Policy
from relay.core.model import Severity
from relay.core.routing import Route, Silence
from relay.core.rules import Rule
from relay.core.targets import Target
from relay.core.text import Language

# A member of the union that each package exports as SettingsOfAny; all have ``build``.
IntakeSettings = Any
SourceSettings = Any
ChannelSettings = Any


def is_loopback(host: str) -> bool:
    """Whether a host's name is this machine's own, for itself alone."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Web:
    """Where the relay listens, and who may see its pages."""

    host: str
    port: int
    password: SecretStr | None
    language: Language
    drain: timedelta
    given_url: str | None = None

    @property
    def public_url(self) -> str:
        """The address of the pages, for links in messages."""
        return self.own_url if self.given_url is None else self.given_url.rstrip("/")

    @property
    def own_url(self) -> str:
        """The address at which this machine reaches it."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104 (compared, not bound)
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        return is_loopback(self.host)

    @property
    def is_guarded(self) -> bool:
        """Whether its pages are safe from strangers. Ask again when host is changed by an option."""
        return self.is_local or self.password is not None


@dataclass(frozen=True, slots=True)
class IntakeEntry:
    """One webhook. ``path`` is the fixed path that needs no secret; None where ``open`` is false."""

    name: str
    settings: IntakeSettings
    secrets: tuple[SecretStr, ...]
    path: str | None
    open: bool


@dataclass(frozen=True, slots=True)
class Account:
    """One organisation on Clever Cloud: ``target`` is the watch over it, ``names`` are readable names by id.

    ``severities`` are those of its webhook, so that what is polled is as bad as what is posted; ``hook`` is that webhook as
    the platform should have it, None where none comes in or nobody knows under which address.
    """

    target: Target
    settings: AccountSettings
    names: Mapping[str, str]
    severities: Mapping[str, Severity]
    hook: Wanted | None = None


@dataclass(frozen=True, slots=True)
class Retention:
    """How long samples, what they came to by five minutes and by hours, and incidents that are over, are kept."""

    samples: timedelta
    five_minutes: timedelta
    hours: timedelta
    history: timedelta


@dataclass(frozen=True, slots=True)
class Log:
    """The mildest level that is written, and ``text`` or ``json``."""

    level: str
    format: str


@dataclass(frozen=True, slots=True)
class Config:
    """All of config.yaml. ``digest`` names the file's text, variables unfilled; ``where`` is where its entries stand."""

    # A database's address holds its password.
    store: str = field(repr=False)
    # Whether processes wake one another through the store.
    listen: bool
    web: Web
    policy: Policy
    following: Following
    intakes: tuple[IntakeEntry, ...]
    targets: tuple[tuple[Target, SourceSettings], ...]
    accounts: tuple[Account, ...]
    rules: tuple[Rule, ...]
    channels: tuple[tuple[str, ChannelSettings], ...]
    fallbacks: Mapping[str, Fallback]
    digest_above: Mapping[str, int]
    charts: frozenset[str]
    routes: tuple[Route, ...]
    silences: tuple[Silence, ...]
    retention: Retention
    log: Log
    digest: str
    warnings: tuple[str, ...]
    canary: CanarySettings | None = None
    where: Mapping[Place, Position] = field(default_factory=dict, repr=False)
