"""The webhooks that the platform keeps for an owner, and which of them is the relay's own.

Its address is a secret: it is compared and sent, and never told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from relay.clever.client import Call, Client, ClientError, Fault, rows
from relay.intake import dates

FORMAT = "raw"
# The documentation's own name for "everything": the key is left out.
EVERYTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Failure:
    """A notification that the platform could not deliver; ``status`` is None where there was no answer."""

    at: datetime | None
    status: int | None


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook as the platform has it. No ``events`` are all of them, no ``scope`` is everything of the owner."""

    id: str
    name: str
    urls: frozenset[tuple[str, str]]
    events: frozenset[str]
    scope: frozenset[str]
    is_enabled: bool
    failures: tuple[Failure, ...] = ()

    def __repr__(self) -> str:
        """Name it without its address."""
        return f"Hook({self.id!r})"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The webhook that the relay wants: it is known by ``start``, what its address begins with before the secret."""

    start: str
    secrets: tuple[str, ...]
    name: str = "GameShelf Relay"
    events: frozenset[str] = EVERYTHING
    scope: frozenset[str] = EVERYTHING

    def __repr__(self) -> str:
        """Show the address without its secret."""
        return f"Wanted({self.shown!r})"

    @property
    def url(self) -> str:
        """The address with the first secret. Never to be shown."""
        return f"{self.start}{self.secrets[0]}"

    @property
    def shown(self) -> str:
        """The address with its secret left out."""
        return f"{self.start}…"

    def is_own(self, hook: Hook) -> bool:
        """Whether a hook posts to this relay, with whatever secret."""
        return any(url.startswith(self.start) for _, url in hook.urls)

    def is_heard(self, hook: Hook) -> bool:
        """Whether the relay takes what a hook posts: in the raw format, with any secret that it knows."""
        return any((FORMAT, f"{self.start}{secret}") in hook.urls for secret in self.secrets)

    def foreign(self, hook: Hook) -> frozenset[tuple[str, str]]:
        """Return the addresses of a hook that are none of this relay's: they are somebody's, and stay."""
        return frozenset((format, url) for format, url in hook.urls if not url.startswith(self.start))

    def body(self, edited: Hook | None = None) -> Mapping[str, object]:
        """Return what creates it, or makes it of a hook that there is."""
        urls = [(FORMAT, self.url), *(sorted(self.foreign(edited)) if edited is not None else ())]
        made: dict[str, object] = {
            "name": self.name,
            "urls": [{"format": format, "url": url} for format, url in urls],
        }
        if self.events:
            made["events"] = sorted(self.events)
        if self.scope:
            made["scope"] = sorted(self.scope)
        # No source says how a disabled hook is enabled again; this is what a hook shows where it is.
        return made if edited is None else {**made, "state": "ENABLED"}


async def listed(client: Client) -> Sequence[Hook]:
    """Return the owner's webhooks; the platform may answer 404 where there is none. Raise ``ClientError``."""
    try:
        found = rows(await client.get(_path(client)))
    except ClientError as error:
        if error.fault is Fault.MISSING:
            return ()
        raise
    return [made for made in map(_hook, found) if made is not None]


async def create(client: Client, wanted: Wanted) -> None:
    """Create the webhook."""
    await client.call(Call("POST", _path(client), body=wanted.body()))


async def edit(client: Client, wanted: Wanted, hook: Hook) -> None:
    """Make a hook the one that is wanted."""
    await client.call(Call("PUT", _path(client, hook.id), body=wanted.body(hook)))


async def remove(client: Client, id: str) -> None:
    """Remove a hook."""
    await client.call(Call("DELETE", _path(client, id)))


def _path(client: Client, id: str = "") -> str:
    start = f"/v2/notifications/webhooks/{client.owner}"
    return f"{start}/{quote(id, safe='')}" if id else start


def _hook(row: Mapping[str, object]) -> Hook | None:
    id = row.get("id")
    if not isinstance(id, str) or not id:
        return None
    return Hook(
        id,
        str(row.get("name") or "")[:200],
        frozenset((str(one.get("format")), str(one.get("url"))) for one in rows(row.get("urls"))),
        _words(row.get("events")),
        _words(row.get("scope")),
        row.get("state") != "DISABLED",
        tuple(map(_failure, rows(row.get("failures"))[-100:])),
    )


def _words(found: object) -> frozenset[str]:
    return frozenset(map(str, found)) if isinstance(found, list) else EVERYTHING


def _failure(row: Mapping[str, object]) -> Failure:
    status = row.get("status")
    try:
        at = dates.parse(row.get("createdAt"))
    except ValueError:
        at = None
    return Failure(at, status if isinstance(status, int) else None)
