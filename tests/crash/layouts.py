"""What the relay runs on: a store and processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.crash.cases import Case, Need
from tests.crash.stores import (
    Store,
    can_mount,
    cluster,
    postgres_database,
    sqlite_file,
    sqlite_on_small_disk,
)
from tests.postgres_fixture import Cluster


@dataclass(frozen=True)
class Layout:
    """A store, made anew for each world, and which processes run on it; ``server`` is the PostgreSQL that cases share."""

    name: str
    roles: tuple[str, ...]
    server: Cluster | None = None

    def suits(self, case: Case) -> bool:
        """Whether a case says something here."""
        if self.server is not None:
            return case.needs in (None, Need.POSTGRES, Need.OWN_SERVER)
        if case.needs is Need.SMALL_DISK:
            return can_mount()
        return case.needs in (None, Need.SQLITE)

    @contextmanager
    def store(self, case: Case, folder: Path) -> Iterator[Store]:
        """Have a fresh store as the case needs it."""
        if self.server is None:
            make = sqlite_on_small_disk if case.needs is Need.SMALL_DISK else sqlite_file
            with make(folder) as file:
                yield file
        elif case.needs is Need.OWN_SERVER:
            with cluster() as own, postgres_database(own) as database:
                yield database
        else:
            with postgres_database(self.server) as database:
                yield database


def layouts(server: Cluster) -> list[Layout]:
    """Return every layout: both stores, one process and three."""
    return [
        Layout("SQLite, one process", ("serve",)),
        Layout("PostgreSQL, one process", ("serve",), server),
        # Two take webhooks and two deliver.
        Layout("PostgreSQL, three instances", ("web", "worker", "serve"), server),
    ]
