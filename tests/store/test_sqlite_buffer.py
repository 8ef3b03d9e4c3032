"""What SQLite keeps back: written by few statements, in an order that nobody can tell from the one in which it was asked."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from relay.core import incidents
from relay.core.identity import received
from relay.core.incidents import Past, Policy
from relay.core.model import Change
from relay.store import StoreUnavailable
from relay.store.dialect import for_sqlite
from relay.store.sqlite import SqliteBackend, SqliteConnection
from relay.store.sqlite_buffer import MOST, Buffer
from relay.store.transactions import Transaction
from relay.store.writer import Writer
from tests.building import NOON, event
from tests.store.test_writer import adding, failing, stored, together

TABLES = ("one", "two")
INSERT = "insert into {} (id, word) values (%(id)s, %(word)s)"
# What changes its table alone, and what looks at the other one too.
STATEMENTS = (
    INSERT + " on conflict do nothing",
    INSERT + " on conflict (id) do update set word = excluded.word",
    "insert into {} (id, word) values (%(id)s, %(word)s), (%(id)s, '') on conflict do nothing",
    "update {} set word = %(word)s where id <= %(id)s",
    "delete from {} where id = %(id)s",
    "insert into {} (id, word) select id, word || %(word)s from {other} where id <> %(id)s on conflict do nothing",
    "update {} set word = (select count(*) || %(word)s from {other}) where id = %(id)s",
)

asked = st.lists(
    st.tuples(
        st.sampled_from(STATEMENTS), st.sampled_from(TABLES), st.integers(0, 5), st.sampled_from("abc")
    ),
    max_size=40,
)


class Counting(SqliteConnection):
    """Counts its statements."""

    statements = 0

    def _done(self, statement: str, values: Sequence[object]) -> sqlite3.Cursor:
        self.statements += 1
        return super()._done(statement, values)


@pytest.fixture
def connection(backend: SqliteBackend) -> Iterator[Counting]:
    made = Counting(backend.path)
    made.begin()
    yield made
    made.close()


def number(connection: SqliteConnection) -> int:
    return int(connection.rows("select count(*) as number from events")[0]["number"])


def keep(connection: SqliteConnection, *names: str) -> None:
    for name in names:
        Transaction(connection).keep_event(event(id=name), None, "", None)


def undone(connection: SqliteConnection, name: str) -> None:
    with connection.savepoint():
        keep(connection, name)
        raise LookupError(name)


@given(asked)
# The second counts what the first put in, and not the third.
@example(
    [
        (STATEMENTS[0], "one", 1, "a"),
        (STATEMENTS[0], "two", 1, "a"),
        (STATEMENTS[6], "one", 1, "a"),
        (STATEMENTS[0], "two", 2, "a"),
    ]
)
@settings(max_examples=300, deadline=None)
def test_what_was_kept_back_ends_as_if_it_had_run_at_once(asked: list[tuple[str, str, int, str]]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "relay.db"
        with closing(sqlite3.connect(path, isolation_level=None)) as file:
            for table in TABLES:
                file.execute(f"create table {table} (id integer primary key, word text)")
        connection = SqliteConnection(path)
        connection.run("pragma synchronous = off")
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as plain:
            for table in TABLES:
                plain.execute(f"create table {table} (id integer primary key, word text)")
            connection.begin()
            for statement, table, place, word in asked:
                other = TABLES[1 - TABLES.index(table)]
                sql = statement.replace("{other}", other).replace("{}", table)
                connection.queue(sql, id=place, word=word)
                ready, placed = for_sqlite(sql)
                plain.execute(ready, placed({"id": place, "word": word}))
            connection.commit()
            for table in TABLES:
                sql = f"select * from {table} order by id"
                assert [tuple(row) for row in connection.rows(sql)] == plain.execute(sql).fetchall()
        connection.close()


def test_rows_of_one_table_go_in_together(connection: Counting) -> None:
    keep(connection, *map(str, range(200)))
    assert connection.statements == 0
    connection.commit()
    assert connection.statements <= 4 + 5  # 64, 64, 64 and 8; SQLite asks for nothing else
    assert number(connection) == 200


def test_the_rows_stand_in_the_order_in_which_they_came(connection: Counting) -> None:
    names = [str(number) for number in range(99, 0, -1)]
    keep(connection, *names)
    connection.commit()
    assert [row["id"] for row in connection.rows("select id from events order by rowid")] == names


def test_whoever_reads_or_changes_sees_what_waits(connection: Counting) -> None:
    keep(connection, "a", "b")
    assert number(connection) == 2
    keep(connection, "c")
    assert connection.run("delete from events where id <> 'b'") == 2
    keep(connection, "d")
    assert {row["id"] for row in connection.stream("select id from events")} == {"b", "d"}


def test_no_more_is_kept_back_than_a_bound(connection: Counting) -> None:
    keep(connection, *map(str, range(MOST)))
    assert connection.statements == MOST // 64


def test_outside_a_transaction_nothing_is_kept_back(backend: SqliteBackend) -> None:
    with closing(SqliteConnection(backend.path)) as connection:
        keep(connection, "a")
        assert stored(backend.path) == {"a"}


def test_what_was_undone_does_not_come_back(connection: Counting, backend: SqliteBackend) -> None:
    keep(connection, "a")
    connection.rollback()
    assert number(connection) == 0
    connection.begin()
    keep(connection, "b")
    connection.commit()
    assert stored(backend.path) == {"b"}


def test_a_savepoint_that_is_undone_takes_what_waited_in_it_and_nothing_else(
    connection: Counting, backend: SqliteBackend
) -> None:
    keep(connection, "before")
    with pytest.raises(LookupError):
        undone(connection, "within")
    keep(connection, "after")
    connection.commit()
    assert stored(backend.path) == {"before", "after"}


def test_a_fault_that_shows_late_is_its_own_steps(backend: SqliteBackend) -> None:
    """A row that can't be put in fails with the step that put it in, also where the statement carries its neighbours' too."""

    def twice(tx: Transaction) -> None:
        tx.keep_event(event(id="b"), None, "", None)
        tx.keep_event(event(id="b"), None, "", None)

    writer = Writer(backend)
    writer.start()
    results = asyncio.run(together(writer, adding("a"), twice, adding("c"), failing("d"), adding("e")))
    writer.stop()
    assert [type(result) for result in results] == [bool, sqlite3.IntegrityError, bool, LookupError, bool]
    assert stored(backend.path) == {"a", "c", "e"}


def test_a_transaction_of_which_a_part_could_not_be_written_is_not_committed(
    connection: Counting, backend: SqliteBackend
) -> None:
    """Whoever catches the fault can't know whose rows went with it."""
    keep(connection, "a", "b", "b")
    with pytest.raises(sqlite3.IntegrityError):
        number(connection)
    with pytest.raises(StoreUnavailable, match="missing"):
        connection.commit()
    connection.begin()
    keep(connection, "c")
    connection.commit()
    assert stored(backend.path) == {"c"}


def test_half_a_character_spoils_neither_its_row_nor_its_neighbours(connection: Counting) -> None:
    keep(connection, "a", "b\ud800", "c")
    connection.commit()
    assert [row["id"] for row in connection.rows("select id from events order by rowid")] == [
        "a",
        "b\ufffd",
        "c",
    ]


def test_an_index_step_beside_new_incidents_loses_none(connection: Counting) -> None:
    """The triggers of incidents write to what the index step deletes from."""
    tx = Transaction(connection)
    for round in range(3):
        _open(tx, f"{round}-a")
        tx.index_incidents(10)
        _open(tx, f"{round}-b")
    while tx.index_incidents(10):
        pass
    connection.commit()
    assert {row["incident_id"] for row in connection.rows("select incident_id from searched")} == {
        received(NOON, f"{round}-{name}") for round in range(3) for name in "ab"
    }


def _open(tx: Transaction, name: str) -> None:
    change = incidents.apply(Past(), event(id=name, fingerprint=name), Policy())
    assert isinstance(change, Change)
    tx.save_change(change)


def test_statements_on_one_table_are_joined_past_those_on_another_and_not_past_what_is_not_understood() -> (
    None
):
    buffer = Buffer()
    for sql in ("insert into a (b) values (?)", "insert into c (d) values (?)"):
        buffer.put(sql, (1,))
        buffer.put("insert into a (b) values (?)", (2,))
    buffer.put("insert into a (b) select ?", (3,))
    buffer.put("insert into a (b) values (?)", (4,))
    assert list(buffer.drain()) == [
        ("insert into a (b) values (?), (?), (?)", [1, 2, 2]),
        ("insert into c (d) values (?)", [1]),
        ("insert into a (b) select ?", [3]),
        ("insert into a (b) values (?)", [4]),
    ]
    assert not buffer.rows


def test_a_table_and_the_one_that_its_triggers_write_keep_their_order() -> None:
    buffer = Buffer()
    sent = [
        "insert into incidents (id) values (?)",
        "delete from unsearched where id = ?",
        "insert into incidents (id) values (?)",
    ]
    for sql in sent:
        buffer.put(sql, (1,))
    assert [sql for sql, _ in buffer.drain()] == sent


@pytest.mark.parametrize(
    ("rows", "sizes"), [(1, [1]), (7, [7]), (8, [8]), (43, [40, 3]), (64, [64]), (200, [64, 64, 64, 8])]
)
def test_rows_go_in_by_few_statements_of_few_sizes(rows: int, sizes: list[int]) -> None:
    """Few for a group, and few different ones, as each stays prepared."""
    buffer = Buffer()
    for number in range(rows):
        buffer.put("insert into a (b) values (?)", (number,))
    drained = list(buffer.drain())
    assert [sql.count("?") for sql, _ in drained] == sizes
    assert [value for _, values in drained for value in values] == list(range(rows))
