"""What PostgreSQL's errors mean here: the statement's own fault, a conflict, no store now, or no connection any more."""

from __future__ import annotations

from typing import Any

import psycopg

from relay.store import Conflict, ConnectionLost, StoreUnavailable

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_CONFLICTS = frozenset({"23505", "40001", "40P01"})
# A standby that took a primary's place or the other way round, and a pooler that gave our session to another.
READ_ONLY = "25006"
_PREPARED = frozenset({"26000", "42P05"})
_FAULTS = ("22", "23", "42", "0A")
# Its tables or rights are gone: the store's trouble, not the statement's.
_STORE = frozenset({"42P01", "42501", "3F000"})
_LONGEST = 200


class PreparedElsewhere(ConnectionLost):
    """A pooler gives each transaction another session, which knows nothing of what was prepared."""


def translated(cause: psycopg.Error, connection: psycopg.Connection[Any], *, read_only: bool) -> Exception:
    """Return the error in our terms; the statement's own fault, which must not hurt its neighbours, stays as it is."""
    state = cause.sqlstate
    if state in _PREPARED:
        return PreparedElsewhere("PostgreSQL: prepared statements do not outlive a transaction here")
    if connection.closed or (state == READ_ONLY and not read_only):
        return ConnectionLost(f"PostgreSQL: {_said(cause)}")
    if state in _CONFLICTS:
        return Conflict(f"PostgreSQL: {_said(cause)}")
    if _is_fault(cause) or state == READ_ONLY:
        return cause
    return StoreUnavailable(f"PostgreSQL: {_said(cause)}")


def not_connected(cause: psycopg.Error, password: str) -> ConnectionLost:
    """Return why no connection could be made; never the address, which holds the password."""
    lines = str(cause).splitlines() or [type(cause).__name__]
    # The reason ends a sentence such as: connection to server at "host", port 5432 failed: the database is starting up.
    said = lines[-1].rpartition("failed: ")[2].strip()[:_LONGEST]
    return ConnectionLost(f"PostgreSQL: no connection: {said.replace(password, '…') if password else said}")


def _is_fault(cause: psycopg.Error) -> bool:
    if cause.sqlstate is None:
        # Refused by psycopg before it was sent, such as a parameter that is missing.
        return isinstance(cause, psycopg.ProgrammingError | psycopg.DataError | psycopg.NotSupportedError)
    return cause.sqlstate.startswith(_FAULTS) and cause.sqlstate not in _STORE


def _said(cause: psycopg.Error) -> str:
    """The first words only: the details quote values."""
    said = cause.diag.message_primary or str(cause).partition("\n")[0] or type(cause).__name__
    return said[:_LONGEST]
