"""A platform to begin with: one organisation, the GameShelf API with its database, and somebody who may see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from mirror.world.accounts import YEAR, OauthToken
from mirror.world.identifiers import chance, derived
from mirror.world.load import Load
from mirror.world.nouns import Addon, Application, DeploymentState, Owner, User
from mirror.world.platform import Platform
from mirror.world.quirks import Quirks

CONSUMER = ("mirror-consumer", "mirror-consumer-secret")
TOKEN = ("mirror-token", "mirror-token-secret")
PASSWORD = "mirror-password"  # noqa: S105 - it opens nothing but this mirror


@dataclass(frozen=True, slots=True)
class Sample:
    """The platform and the names that a caller needs."""

    platform: Platform
    owner: Owner
    user: User
    api_token: str
    applications: tuple[Application, ...]
    addon: Addon


def sample(at: datetime, applications: int = 1, quirks: Quirks | None = None) -> Sample:
    """Return a platform whose applications have been up for a day at ``at``."""
    platform = Platform(quirks)
    owner = platform.add_owner(Owner(derived("orga", "gameshelf"), "GameShelf"))
    user = User(derived("user", "alex"), "Alex Martin", "alex@gameshelf.example.org", frozenset({owner.id}))
    platform.add_owner(Owner(user.id, user.name))
    before = at - timedelta(days=30)
    made = tuple(_application(platform, owner, user, number, before, at) for number in range(applications))
    real_id = derived("postgresql", "gameshelf")
    addon = platform.add_addon(
        Addon(derived("addon", "gameshelf"), real_id, owner.id, "gameshelf-pg", before, load=Load(2, 12, 44))
    )
    return Sample(platform, owner, user, _let_in(platform, user, before), made, addon)


def _let_in(platform: Platform, user: User, at: datetime) -> str:
    accounts = platform.accounts
    accounts.consumers[CONSUMER[0]] = CONSUMER[1]
    accounts.oauth_tokens[TOKEN[0]] = OauthToken(*TOKEN, user, at + YEAR)
    accounts.passwords[user.id] = PASSWORD
    return accounts.create_api_token(user, "gameshelf-relay", at).secret


def _application(
    platform: Platform, owner: Owner, user: User, number: int, created: datetime, at: datetime
) -> Application:
    name = "gameshelf-api" if number == 0 else f"shop-{number:03d}"
    identifier = derived("app", owner.id, name)
    load = Load() if number == 0 else _load(identifier)
    one = platform.add_application(Application(identifier, owner.id, name, created, load=load))
    begun = platform.begin_deployment(one.id, at - timedelta(days=1), author=user)
    platform.end_deployment(begun, at - timedelta(days=1) + timedelta(minutes=2), DeploymentState.OK)
    return platform.applications[one.id]


def _load(identifier: str) -> Load:
    """Return a load of its own, far from every trouble."""
    size = chance("size", identifier)
    return Load(
        cpu_night=2 + 6 * size,
        cpu_day=10 + 40 * size,
        memory=30 + 30 * chance("memory", identifier),
        disk=10 + 50 * chance("disk", identifier),
        requests_night=2 + 30 * size,
        requests_day=20 + 400 * size,
        milliseconds=20 + 80 * chance("speed", identifier),
        peak_hour=11 + 6 * chance("peak", identifier),
    )
