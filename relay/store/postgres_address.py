"""Where a PostgreSQL database is, and how to connect to it so that a far end that vanished is noticed in seconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from relay.store import StoreUnavailable
from relay.store.postgres_errors import not_connected

# Takes the server's clock, in seconds since 1970, and how long it took to hear it.
Heard = Callable[[float, float], None]

# https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS; an operator's own come first.
_SETTINGS: dict[str, object] = {
    "application_name": "relay",
    "connect_timeout": 5,
    "client_encoding": "utf8",
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
CLOCK = "select extract(epoch from clock_timestamp())::double precision as at"
# A statement that is used often is parsed once.
_PREPARE_AFTER = 5


def hear(connection: psycopg.Connection[dict[str, Any]], heard: Heard) -> None:
    """Hear the server's clock."""
    began = time.monotonic()
    row = connection.execute(CLOCK).fetchone()
    if row is not None:
        heard(row["at"], time.monotonic() - began)


def unheard(at: float, took: float) -> None:
    """Take no notice of the server's clock."""


@dataclass
class Address:
    """How to connect. ``prepares`` is unset where a pooler stands between that does not allow it."""

    settings: dict[str, Any] = field(repr=False)
    prepares: bool = True

    @classmethod
    def of(cls, uri: str) -> Address:
        """Read an address; raise ``StoreUnavailable``, which never quotes it, where it is none."""
        try:
            return cls({**_SETTINGS, **conninfo_to_dict(uri)})
        except psycopg.ProgrammingError:
            raise StoreUnavailable("PostgreSQL: the address of the store can't be read") from None

    @property
    def password(self) -> str:
        """The password, to keep it out of what is told."""
        return str(self.settings.get("password") or "")


def connected(address: Address, *, read_only: bool) -> psycopg.Connection[dict[str, Any]]:
    """Connect; to write, to the one of several hosts that takes writes; raise ``ConnectionLost`` where there is none now."""
    which = {} if read_only else {"target_session_attrs": "read-write"}
    settings = {**which, **address.settings}
    try:
        connection = psycopg.connect(autocommit=True, row_factory=dict_row, **settings)
    except psycopg.Error as cause:
        raise not_connected(cause, address.password) from None
    connection.prepare_threshold = _PREPARE_AFTER if address.prepares else None
    return connection
