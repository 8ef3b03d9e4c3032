"""Webhooks that come in: their secrets and their paths, checked against each other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pydantic import SecretStr

from relay.config.accounts import belonging
from relay.config.config import IntakeEntry
from relay.config.draft import Draft
from relay.config.errors import Place
from relay.config.joined import own
from relay.config.model import IntakeSettings
from relay.intake import SettingsOfAny

SHORTEST = 16
HOW_TO_MAKE_ONE = "make one: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
# A secret is part of an address.
_WRITTEN = re.compile(r"[A-Za-z0-9._~-]+", re.ASCII)
# What the relay answers itself; an open path there would hide it.
TAKEN = frozenset(
    {
        *("healthz", "readyz", "metrics", "static", "login", "logout", "language"),
        *("incidents", "targets", "channels", "deliveries", "receipts", "charts", "why", "replay"),
    }
)


def intakes(draft: Draft) -> tuple[IntakeEntry, ...]:
    """Return the intakes; report what does not fit."""
    return tuple(_entries(draft))


def _entries(draft: Draft) -> Iterator[IntakeEntry]:
    paths: dict[str, str] = {}
    for name, settings in draft.settings.intakes.items():
        place = ("intakes", name)
        _check_secrets(draft, place, settings.secrets)
        _check_way_in(draft, place, settings)
        path = (settings.path or f"/webhooks/{name}") if settings.open else None
        if path is not None:
            _check_path(draft, (*place, "path"), path, paths)
            paths[path] = name
        format = belonging(own(settings, SettingsOfAny), name, draft)
        yield IntakeEntry(name, format, settings.secrets, path, settings.open)


def _check_secrets(draft: Draft, place: Place, secrets: Sequence[SecretStr]) -> None:
    seen: set[str] = set()
    for index, secret in enumerate(secrets):
        here, value = (*place, "secrets", index), secret.get_secret_value()
        if len(value) < SHORTEST:
            draft.findings.error(here, f"a secret has at least {SHORTEST} characters; {HOW_TO_MAKE_ONE}")
        elif not _WRITTEN.fullmatch(value):
            allowed = "letters, digits and . _ ~ - only, since it is part of an address"
            draft.findings.error(here, f"a secret has {allowed}; {HOW_TO_MAKE_ONE}")
        elif value in seen:
            draft.findings.error(here, "is the same secret once more")
        seen.add(value)


def _check_way_in(draft: Draft, place: Place, settings: IntakeSettings) -> None:
    if settings.open and settings.secrets:
        draft.findings.error(
            (*place, "open"), "secrets protect nothing where anybody may post; remove open or secrets"
        )
    elif not settings.open and settings.path is not None:
        draft.findings.error(
            (*place, "path"), "a fixed path has no secret in it; say open: true if anybody may post there"
        )
    elif not settings.open and not settings.secrets:
        draft.findings.error(place, f"needs secrets ({HOW_TO_MAKE_ONE}), or open: true if anybody may post")


def _check_path(draft: Draft, place: Place, path: str, paths: dict[str, str]) -> None:
    first, *rest = path.removeprefix("/").split("/")
    if path in paths:
        draft.findings.error(place, f"is the path of intakes.{paths[path]} already")
    # Beside the relay's own API stands Alertmanager's, /api/v2/alerts, which an intake may take.
    elif first in TAKEN or (first, *rest[:1]) == ("api", "v1") or _is_of_another(place[1], first, rest):
        draft.findings.error(place, "is a path that the relay answers itself; choose another")


def _is_of_another(name: str | int, first: str, rest: Sequence[str]) -> bool:
    return first == "webhooks" and (len(rest) != 1 or rest[0] != name)
