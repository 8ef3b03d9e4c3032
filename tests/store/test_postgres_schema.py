"""The schema on PostgreSQL: the same as on SQLite, migrated by whoever comes first, shared by versions and applications."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import psycopg
import pytest

from relay.store import StoreUnavailable, postgres_migrations
from relay.store.postgres import PostgresBackend
from relay.store.schema import MIGRATIONS
from relay.store.sqlite import SqliteBackend
from tests.postgres_fixture import Cluster
from tests.store import expected_schema

# PostgreSQL's types in SQLite's words.
TYPES = {"text": "TEXT", "bigint": "INTEGER", "double precision": "REAL", "bytea": "BLOB"}

COLUMNS = """select table_name, column_name, data_type, is_nullable, collation_name from information_schema.columns
             where table_schema = 'relay' and table_name <> 'migrations' order by table_name, ordinal_position"""
# The index for text search is a table in SQLite; by "incidents_opened" a version before asks, which may run beside this one.
INDEXES = """select indexname from pg_indexes where schemaname = 'relay' and indexname !~ '_(pkey|key)$'
             and indexname not in ('searched_words', 'incidents_opened')"""


def asked(uri: str, sql: str) -> list[tuple[str, ...]]:
    with psycopg.connect(uri, autocommit=True) as connection:
        return connection.execute(sql).fetchall()  # type: ignore[arg-type]


def test_both_stores_have_one_schema(postgres_uri: str, tmp_path: Path) -> None:
    """Tables, columns, types, what may be null, and indexes; texts sort by their bytes on both."""
    PostgresBackend(postgres_uri).migrate()
    SqliteBackend(tmp_path / "relay.db").migrate()
    file = sqlite3.connect(tmp_path / "relay.db")
    expected = file.execute(
        """select t.name, c.name, c.type, c."notnull" or c.pk > 0 from sqlite_master t, pragma_table_info(t.name) c
           where t.type = 'table' and t.name not like '%sqlite%' order by t.name, c.cid"""
    ).fetchall()
    indexes = file.execute(
        "select name from sqlite_master where type = 'index' and sql is not null and tbl_name not like '%sqlite%'"
    ).fetchall()
    file.close()
    columns = asked(postgres_uri, COLUMNS)
    assert [
        (table, name, TYPES[kind], int(null == "NO")) for table, name, kind, null, _ in columns
    ] == expected
    assert {collation for _, _, kind, _, collation in columns if kind == "text"} == {"C"}
    assert sorted(asked(postgres_uri, INDEXES)) == sorted(indexes)


def test_the_migrated_schema_is_the_expected_one(postgres_uri: str) -> None:
    """On both stores, to the last default, key and index; ``python -m tests.store.expected_schema`` writes it anew."""
    assert expected_schema.sqlite() == (expected_schema.FOLDER / "sqlite.txt").read_text()
    assert expected_schema.postgres(postgres_uri) == (expected_schema.FOLDER / "postgresql.txt").read_text()


def test_a_migration_that_fails_leaves_nothing_and_is_made_whole_by_the_next_start(
    postgres_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = PostgresBackend(postgres_uri)
    bad = (
        *MIGRATIONS,
        ("9999_bad", "create table more (id {int}) {strict}; create table more (id {int}) {strict}"),
    )
    with monkeypatch.context() as patched:
        patched.setattr(postgres_migrations, "MIGRATIONS", bad)
        with pytest.raises(StoreUnavailable, match="already exists"):
            backend.migrate()
    assert asked(postgres_uri, COLUMNS) == []
    backend.migrate()
    assert asked(postgres_uri, COLUMNS)


def test_an_old_version_runs_beside_a_newer_schema_and_a_new_one_adds_to_an_old(
    postgres_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two instances overlap in a deployment: expand first, contract in a later version."""
    backend = PostgresBackend(postgres_uri)
    backend.migrate()
    newer = (*MIGRATIONS, ("9999_more", "alter table events add column more text"))
    with monkeypatch.context() as patched:
        patched.setattr(postgres_migrations, "MIGRATIONS", newer)
        backend.migrate()
        backend.migrate()
    backend.migrate()
    names = [name for (name,) in asked(postgres_uri, "select name from relay.migrations order by name")]
    assert names == [name for name, _ in newer]


def test_the_database_may_be_another_applications_too(postgres_uri: str) -> None:
    """The watched service may keep its own tables, under the same names, in the same database."""
    asked_nothing(postgres_uri, "create table events (theirs text); create table series (theirs text)")
    backend = PostgresBackend(postgres_uri)
    backend.migrate()
    connection = backend.connect()
    connection.begin()
    assert (
        connection.run("insert into series (target, metric, labels, unit) values ('a', 'b', 'c', 'd')") == 1
    )
    connection.commit()
    connection.close()
    assert asked(postgres_uri, "select * from public.series") == []


def test_a_database_in_another_encoding_is_refused(postgres_cluster: Cluster) -> None:
    name = "latin"
    asked_nothing(
        postgres_cluster.uri(),
        f"create database {name} encoding 'LATIN1' locale 'C' template template0",
    )
    with pytest.raises(StoreUnavailable, match="LATIN1"):
        PostgresBackend(postgres_cluster.uri(name)).migrate()


def test_a_current_schema_takes_no_lock(postgres_uri: str) -> None:
    """An instance that starts waits for nobody, not even for one that hangs in a migration."""
    PostgresBackend(postgres_uri).migrate()
    with psycopg.connect(postgres_uri) as hanging:
        hanging.execute("select pg_advisory_xact_lock(%s)", [postgres_migrations._LOCK])
        PostgresBackend(postgres_uri).migrate()


def asked_nothing(uri: str, sql: str) -> None:
    with psycopg.connect(uri, autocommit=True) as connection:
        for one in sql.split(";"):
            connection.execute(one)  # type: ignore[arg-type]
