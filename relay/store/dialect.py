"""The few places where the two dialects differ, as tokens; everything else is one text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from operator import itemgetter

from relay.store.search_schema import HOLDING, MATCHING, SEARCH_POSTGRES, SEARCH_SQLITE

# One store has nothing to do where the other has; an empty statement is none.
NOTHING = "select 1"
_FILTERS = ("target", "peak", "source")
_OVER_SQLITE = {
    **{f"{{{name}_index_dropped}}": f"drop index incidents_{name}" for name in _FILTERS},
    **{
        f"{{{name}_index_over}}": f"create index incidents_{name} on incidents ({name}, opened_at, id) where resolved_at is not null"
        for name in _FILTERS
    },
}
_OPEN_SQLITE = {
    "{whole_index_dropped}": "drop index incidents_opened",
    "{open_index_dropped}": "drop index incidents_unresolved",
    "{open_index_widened}": """create index incidents_unresolved on incidents (opened_at, id, target, peak, source)
        where resolved_at is null""",
    "{open_kept}": "create table open_sqlite (severity integer primary key, number integer not null) strict",
    "{open_counted}": """insert into open_sqlite select value, (select count(*) from incidents
        where resolved_at is null and severity = value) from json_each('[0, 1, 2, 3]')""",
    "{open_made}": """create trigger open_made after insert on incidents when new.resolved_at is null begin
        update open_sqlite set number = number + 1 where severity = new.severity; end""",
    "{open_changed}": """create trigger open_changed after update of severity, resolved_at on incidents
        when new.severity <> old.severity or (new.resolved_at is null) <> (old.resolved_at is null) begin
        update open_sqlite set number = number - 1 where severity = old.severity and old.resolved_at is null;
        update open_sqlite set number = number + 1 where severity = new.severity and new.resolved_at is null; end""",
    "{open_dropped}": """create trigger open_dropped after delete on incidents when old.resolved_at is null begin
        update open_sqlite set number = number - 1 where severity = old.severity; end""",
}
# What "open_counted" counted, counted anew.
OPEN_RECOUNTED = """update open_sqlite set number = (select count(*) from incidents
    where resolved_at is null and incidents.severity = open_sqlite.severity)"""
_PARAMETER = re.compile(r"%\((\w+)\)s")

SQLITE = {
    "{ts}": "real",
    "{real}": "real",
    "{int}": "integer",
    "{key}": "integer primary key",
    "{blob}": "blob",
    "{strict}": "strict",
    "{skip}": "",
    "{floor(}": "cast(",
    "{)floor}": "as integer)",
    "{announce}": "select 1",
    # Before a column: not by its index. SQLite has no figures on what a column holds, and would read a whole history.
    "{scan}": "+",
    "{place}": "rowid as place",
    "{from_named}": MATCHING,
    # The numbers of a JSON list.
    "{numbers}": "select value from json_each(%(places)s)",
    # The texts of a JSON list, as rows.
    "{names}": "json_each(%(names)s)",
    # A text and a number of each pair of a JSON list.
    "{pairs}": "select value ->> 0, value ->> 1 from json_each(%(pairs)s)",
    **SEARCH_SQLITE,
    **_OVER_SQLITE,
    **_OPEN_SQLITE,
    "{open_numbers}": "select severity, number from open_sqlite where number > 0",
}
POSTGRES = {
    "{ts}": "double precision",
    "{real}": "double precision",
    "{int}": "bigint",
    "{key}": "bigint generated always as identity primary key",
    "{blob}": "bytea",
    "{strict}": "",
    "{skip}": "for update skip locked",
    "{floor(}": "floor(",
    "{)floor}": ")",
    "{announce}": "select pg_notify('relay_outbox', '')",
    "{scan}": "",
    "{place}": "place",
    "{from_named}": HOLDING,
    "{numbers}": "select value::bigint from json_array_elements_text(%(places)s::json)",
    "{names}": "json_array_elements_text(%(names)s::json)",
    "{pairs}": "select value ->> 0, (value ->> 1)::bigint from json_array_elements(%(pairs)s::json)",
    **SEARCH_POSTGRES,
    **dict.fromkeys((*_OVER_SQLITE, *_OPEN_SQLITE), NOTHING),
    "{open_numbers}": """select severity, count(*) as number from incidents where resolved_at is null
        group by severity""",
}


Values = Mapping[str, object]


@lru_cache(maxsize=512)
def for_sqlite(sql: str) -> tuple[str, Callable[[Values], tuple[object, ...]]]:
    """Return shared SQL as SQLite takes it, and what puts named values in its order.

    By place: SQLite's driver looks up each named value by asking for its name again, in every run.

    >>> sql, placed = for_sqlite("select %(a)s where b like '%%x' {skip}")
    >>> sql, placed({"a": 1})
    ("select ? where b like '%x' ", (1,))
    """
    for token, words in SQLITE.items():
        sql = sql.replace(token, words)
    names = _PARAMETER.findall(sql)
    return _PARAMETER.sub("?", sql).replace("%%", "%"), _placing(names)


def _placing(names: list[str]) -> Callable[[Values], tuple[object, ...]]:
    # A getter of one thing returns it bare.
    return itemgetter(*names) if len(names) > 1 else lambda values: tuple(values[name] for name in names)


@lru_cache(maxsize=512)
def for_postgres(sql: str) -> str:
    """Return shared SQL as PostgreSQL and psycopg take it.

    >>> for_postgres("select %(a)s where b like '%%x' {skip}")
    "select %(a)s where b like '%%x' for update skip locked"
    """
    for token, words in POSTGRES.items():
        sql = sql.replace(token, words)
    return sql
