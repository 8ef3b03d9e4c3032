"""The schema that the migrations lead to, as text: ``python -m tests.store.expected_schema`` writes it anew.

Whoever adds a migration looks at the difference that this makes.
"""

from __future__ import annotations

import secrets
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import psycopg

from relay.store.postgres import PostgresBackend
from relay.store.sqlite import SqliteBackend
from tests.postgres_fixture import Cluster, programs

FOLDER = Path(__file__).parent.parent / "fixtures" / "schema"

# Each table's columns in their order, then what it constrains, then its indexes.
_POSTGRES = """
    select table_name || '.' || column_name, data_type || case is_nullable when 'NO' then ' not null' else '' end
        || coalesce(' default ' || column_default, '') || coalesce(' collate ' || collation_name, '')
        from information_schema.columns where table_schema = 'relay'
    union all
    select conrelid::regclass || ': ' || conname, pg_get_constraintdef(oid) from pg_constraint
        where connamespace = 'relay'::regnamespace and contype <> 'n'
    union all
    select tablename || ': ' || indexname, indexdef from pg_indexes where schemaname = 'relay'
    order by 1, 2"""


def sqlite() -> str:
    """Return the schema of a new SQLite store."""
    with tempfile.TemporaryDirectory() as folder:
        SqliteBackend(Path(folder) / "relay.db").migrate()
        with closing(sqlite3.connect(Path(folder) / "relay.db")) as file:
            rows = file.execute(
                "select name, sql from sqlite_master where sql is not null order by name"
            ).fetchall()
    return _lines(rows)


def postgres(uri: str) -> str:
    """Return the schema of a new PostgreSQL store."""
    PostgresBackend(uri).migrate()
    with psycopg.connect(uri, autocommit=True) as connection:
        return _lines(connection.execute(_POSTGRES).fetchall())


def _lines(rows: list[tuple[str, ...]]) -> str:
    return "".join(f"{name}: {' '.join(definition.split())}\n" for name, definition in rows)


def _write() -> None:
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "sqlite.txt").write_text(sqlite())
    found = programs()
    if found is None:
        sys.exit("PostgreSQL's server is missing: install the package postgresql")
    with tempfile.TemporaryDirectory(prefix="pg-schema-") as folder:
        cluster = Cluster(found, Path(folder), secrets.token_hex(8))
        cluster.create()
        try:
            (FOLDER / "postgresql.txt").write_text(postgres(cluster.uri(cluster.new_database())))
        finally:
            cluster.stop()


if __name__ == "__main__":
    _write()
