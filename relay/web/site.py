"""What the pages are told of the configuration, and what every view works with."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import cast

from flask import Flask, current_app
from pydantic import SecretStr

from relay.core.incidents import Policy
from relay.core.routing import Route, Silence
from relay.core.rules import Rule
from relay.core.targets import Target
from relay.core.text import Language
from relay.hindsight.replaying import Table
from relay.store import StoreUnavailable
from relay.store.reader import Reader
from relay.web.kept_pages import KeptPages
from relay.web.rows import Rows
from relay.web.throttle import Throttle

_NAME = "relay"


class BadTable(Exception):
    """A written table of rules that can't be used; as text one line a problem, as a file's would be told."""


# Returns the table that written rows make over those in force; raises ``BadTable``.
Tabled = Callable[[str], Table]


def unread(_: str) -> Table:
    """Stand where no configuration is at hand."""
    raise BadTable("there is no configuration here to try rules on")


@dataclass(frozen=True, slots=True)
class Site:
    """The configuration as the pages need it.

    ``open_without_password`` is true only where the server listens on the loopback interface. ``language`` is for
    visitors who ask for none. ``public_url`` is the relay's address from outside, or empty. ``table`` reads rows to try.
    """

    password: SecretStr | str | None = field(repr=False)
    open_without_password: bool
    secret_key: bytes = field(repr=False)
    language: Language = Language.ENGLISH
    rules: tuple[Rule, ...] = ()
    targets: tuple[Target, ...] = ()
    routes: tuple[Route, ...] = ()
    silences: tuple[Silence, ...] = ()
    policy: Policy = field(default_factory=Policy)
    version: str = ""
    public_url: str = ""
    table: Tabled = unread

    @property
    def secret(self) -> str:
        """The password in clear; empty where none is set."""
        if isinstance(self.password, SecretStr):
            return self.password.get_secret_value()
        return self.password or ""


# Has deliveries tried again by their ids, and returns how many; raises ``StoreUnavailable``. Called from a page's thread.
Redeliver = Callable[[Collection[str]], int]


def read_only(_: Collection[str]) -> int:
    """Stand where no writer is: these pages only read."""
    raise StoreUnavailable("these pages only read")


@dataclass(frozen=True, slots=True)
class Desk:
    """What a view works with: the configuration, the store to read, the clock, and who tried passwords.

    ``redeliver`` is all that a page changes, through the one writer. ``rows`` and ``records`` are a list's, as the page and
    the API write them; ``kept`` holds whole pages.
    """

    site: Site
    reader: Reader
    now: Callable[[], datetime]
    redeliver: Redeliver = read_only
    throttle: Throttle = field(default_factory=Throttle)
    rows: Rows = field(default_factory=Rows)
    records: Rows = field(default_factory=Rows)
    kept: KeptPages = field(default_factory=KeptPages)


def furnish(app: Flask, desk: Desk) -> None:
    """Give ``app`` its desk."""
    app.extensions[_NAME] = desk


def swap(app: Flask, site: Site) -> None:
    """Go on with another configuration; the key that signs sessions stays as it was."""
    furnish(app, replace(cast(Desk, app.extensions[_NAME]), site=site, kept=KeptPages()))


def desk() -> Desk:
    """Return the desk of the application that answers."""
    return cast(Desk, current_app.extensions[_NAME])
