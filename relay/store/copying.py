"""Moving a history from SQLite to PostgreSQL, a piece at a time.

The rules: each piece and the note of how far it goes are one commit, so that a copy that was stopped goes on where it was;
a piece is bounded in bytes, so that memory does not grow with the history; nothing is mixed with a history that is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256

from relay.store import Connection, Row
from relay.store.postgres import PostgresBackend, PostgresConnection
from relay.store.sqlite import SqliteBackend, SqliteConnection

# What a start of the relay writes by itself, which the history replaces.
_SETTINGS = ("channels", "targets")
TABLES = (*_SETTINGS, "receipts", "events", "incidents", "changes", "deliveries", "attempts", "remotes", "series", "samples", "rollups", "misses", "deployments")  # fmt: skip
# What the index for text search is made of: the target notes what is copied and makes its own.
MADE_ANEW = ("searched", "unsearched", "searching")

_MOST_ROWS = 2_000
_MOST_BYTES = 4_000_000

Told = Callable[[int], None]


class CopyRefused(Exception):
    """The copy can't be made; the message says why and what to do."""


def rows_of(source: SqliteBackend) -> int:
    """Return how many rows there are to copy."""
    reading = source.reader()
    try:
        return sum(_count(reading, table) for table in TABLES)
    finally:
        reading.close()


def copy(source: SqliteBackend, target: PostgresBackend, told: Told) -> None:
    """Copy everything, or the rest of it after a copy that was stopped; ``told`` hears of rows as they are durable.

    Raise ``CopyRefused`` where the target has a history of its own, ``StoreUnavailable`` where a store can't go on.
    """
    target.migrate()
    reading, writing = source.reader(), target.connect()
    try:
        _begin(source, writing)
        for table in TABLES:
            _copy_table(reading, writing, table, told)
        _finish(reading, writing)
    finally:
        reading.close()
        writing.close()


def _begin(source: SqliteBackend, writing: PostgresConnection) -> None:
    """Note that a copy is under way, unless one of this source is already."""
    origin = sha256(str(source.path.resolve()).encode()).hexdigest()[:16]
    writing.begin()
    try:
        writing.run(
            "create table if not exists copying (table_name text primary key, origin text not null, after bigint not null)"
        )
        origins = {row["origin"] for row in writing.rows("select distinct origin from copying")}
        if not origins:
            _clear(writing)
            for table in TABLES:
                writing.run(
                    "insert into copying (table_name, origin, after) values (%(table)s, %(origin)s, 0)",
                    table=table,
                    origin=origin,
                )
        elif origins != {origin}:
            raise CopyRefused(
                "a copy of another file was begun there: finish that one, or take an empty database"
            )
        writing.commit()
    finally:
        writing.rollback()


def _clear(writing: PostgresConnection) -> None:
    full = [table for table in TABLES if table not in _SETTINGS and _has_rows(writing, table)]
    if full:
        raise CopyRefused(f"the target has a history of its own ({', '.join(full)}): take an empty database")
    for table in _SETTINGS:
        writing.run(f"delete from {table}")  # noqa: S608 - fixed names


def _copy_table(reading: SqliteConnection, writing: PostgresConnection, table: str, told: Told) -> None:
    (mark,) = _read(writing, "select after from copying where table_name = %(table)s", table=table)
    after = int(mark["after"])
    (done,) = reading.rows(f"select count(*) as number from {table} where rowid <= %(after)s", after=after)  # noqa: S608
    told(done["number"])
    columns = [row["name"] for row in reading.rows(f"select name from pragma_table_info('{table}')")]  # noqa: S608
    for piece in _pieces(reading, table, after):
        writing.begin()
        try:
            writing.copy_in(table, columns, ([row[name] for name in columns] for row in piece))
            writing.run(
                "update copying set after = %(after)s where table_name = %(table)s",
                table=table,
                after=piece[-1]["place"],
            )
            writing.commit()
        finally:
            writing.rollback()
        told(len(piece))


def _pieces(reading: SqliteConnection, table: str, after: int) -> Iterator[list[Row]]:
    piece: list[Row] = []
    size = 0
    for row in reading.stream(
        f"select rowid as place, * from {table} where rowid > %(after)s order by rowid",  # noqa: S608 - fixed names
        after=after,
    ):
        piece.append(row)
        size += sum(len(row[name]) for name in row.keys() if isinstance(row[name], str | bytes))  # noqa: SIM118
        if len(piece) >= _MOST_ROWS or size >= _MOST_BYTES:
            yield piece
            piece, size = [], 0
    if piece:
        yield piece


def _finish(reading: SqliteConnection, writing: PostgresConnection) -> None:
    writing.begin()
    try:
        for table in TABLES:
            if _count(reading, table) != _count(writing, table):
                raise CopyRefused(
                    f"{table} changed while it was copied: stop every relay on both stores, and begin with an empty database"
                )
        writing.rows(
            "select setval(pg_get_serial_sequence('series', 'id'), coalesce(max(id), 0) + 1, false) from series"
        )
        writing.run("drop table copying")
        for table in TABLES:
            writing.run(f"analyze {table}")
        writing.commit()
    finally:
        writing.rollback()


def _read(writing: PostgresConnection, sql: str, **values: object) -> list[Row]:
    writing.begin()
    try:
        return list(writing.rows(sql, **values))
    finally:
        writing.rollback()


def _count(connection: Connection, table: str) -> int:
    (row,) = connection.rows(f"select count(*) as number from {table}")  # noqa: S608 - fixed names
    return int(row["number"])


def _has_rows(connection: Connection, table: str) -> bool:
    return bool(connection.rows(f"select 1 as one from {table} limit 1"))  # noqa: S608 - fixed names
