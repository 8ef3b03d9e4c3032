"""The schema on PostgreSQL: in a schema of its own, so that another application may share the database.

Names of migrations that this version does not know are a newer version's, which an older one may run beside: a migration
first adds, and what it replaces is dropped by a later version (expand, then contract).
"""

from __future__ import annotations

import re
from typing import Any

import psycopg

from relay.store import StoreUnavailable
from relay.store.dialect import for_postgres
from relay.store.postgres_address import Address, Heard, connected, hear
from relay.store.schema import MIGRATIONS, statements

# Nobody else in the database takes this number: "relay" and a year.
_LOCK = 0x72656C6179_2026
# Another process that migrates is waited for; a reader that is in the way holds up the others no longer than this.
_LONGEST_WAIT = "60s"
_LONGEST_IN_THE_WAY = "5s"


def migrate(address: Address, heard: Heard) -> None:
    """Bring the schema up to date, in one transaction; processes that start together wait for the first."""
    connection = connected(address, read_only=False)
    try:
        hear(connection, heard)
        if not _is_current(connection):
            with connection.transaction():
                _migrate(connection)
    except psycopg.Error as cause:
        said = cause.diag.message_primary or type(cause).__name__
        raise StoreUnavailable(f"PostgreSQL: the schema can't be brought up to date: {said}") from cause
    finally:
        connection.close()


def _is_current(connection: psycopg.Connection[dict[str, Any]]) -> bool:
    found = connection.execute("select to_regclass('relay.migrations') is not null as found").fetchone()
    if found is None or not found["found"]:
        return False
    return {name for name, _ in MIGRATIONS} <= _applied(connection)


def _migrate(connection: psycopg.Connection[dict[str, Any]]) -> None:
    connection.execute("select set_config('lock_timeout', %s, true)", [_LONGEST_WAIT])
    connection.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
    connection.execute("select set_config('lock_timeout', %s, true)", [_LONGEST_IN_THE_WAY])
    _check_encoding(connection)
    found = connection.execute("select to_regnamespace('relay') is not null as found").fetchone()
    if found is None or not found["found"]:
        connection.execute("create schema relay")
    connection.execute("select set_config('search_path', 'relay', true)")
    connection.execute(
        "create table if not exists migrations (name text primary key, applied_at timestamptz not null default now())"
    )
    for name, script in MIGRATIONS:
        if name not in _applied(connection):
            for statement in statements(script):
                connection.execute(_defined(statement))
            connection.execute("insert into migrations (name) values (%s)", [name])


def _applied(connection: psycopg.Connection[dict[str, Any]]) -> set[str]:
    return {row["name"] for row in connection.execute("select name from relay.migrations")}


def _defined(statement: str) -> bytes:
    """Texts sort by their bytes, as in SQLite and whatever the database's language."""
    return re.sub(r"\btext\b", 'text collate "C"', for_postgres(statement)).encode()


def _check_encoding(connection: psycopg.Connection[dict[str, Any]]) -> None:
    row = connection.execute("show server_encoding").fetchone()
    if row is not None and row["server_encoding"] != "UTF8":
        raise StoreUnavailable(
            f"PostgreSQL: the database's encoding is {row['server_encoding']}; it must be UTF8"
        )
