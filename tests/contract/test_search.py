"""Text search by index: on each store it finds what reading every row finds, whatever is indexed yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

import pytest

from relay.core.identity import received
from relay.core.model import Severity
from relay.core.text import verbatim
from relay.store import Backend, search
from relay.store.checking import findings
from relay.store.incidents import Filter
from relay.store.reader import Reader
from relay.store.schema import MIGRATIONS, SEARCH
from relay.store.transactions import Transaction
from tests.building import HOUR, MINUTE, NOON, event
from tests.contract.stores import STORES, writing
from tests.contract.test_store import take

WARNING, OK = Severity.WARNING, Severity.OK
LETTERS = "abAé%_!\"' \\日ß\U0001f600"


@pytest.fixture(params=STORES)
def backend(request: pytest.FixtureRequest) -> Backend:
    made = STORES[request.param](request)()
    made.migrate()
    return made


@pytest.fixture
def reader(backend: Backend) -> Iterator[Reader]:
    reader = Reader(backend)
    yield reader
    reader.close()


def opened(tx: Transaction, name: str, words: str) -> None:
    take(tx, event(WARNING, NOON, id=name, fingerprint=name, summary=verbatim(words)))


def indexed(backend: Backend) -> int:
    """Index all there is, and return how many."""
    number = 0
    while True:
        with writing(backend) as tx:
            done = tx.index_incidents(7)
        if not done:
            return number
        number += done


def found(reader: Reader, *words: str) -> list[str]:
    with reader.read() as read:
        return sorted(incident.fingerprint for incident in read.incidents(Filter(words=words)))


def narrows(reader: Reader, *words: str) -> bool:
    with reader.read() as read:
        return search.narrowing(read._database, words) is not None


def broken(backend: Backend) -> Sequence[str]:
    reading = backend.reader()
    reading.begin()
    try:
        return [one.name for one in findings(reading) if one.broken and one.name == "search"]
    finally:
        reading.rollback()
        reading.close()


def test_a_search_by_index_finds_what_reading_every_row_finds(backend: Backend, reader: Reader) -> None:
    """Parts of words, signs that queries use, other scripts; half of it not indexed yet."""
    random = Random(7)
    texts = {f"i{number:03}": "".join(random.choices(LETTERS, k=12)) for number in range(120)}
    for part in (60, 120):
        with writing(backend) as tx:
            for name in list(texts)[part - 60 : part]:
                opened(tx, name, texts[name])
        if part == 60:
            assert indexed(backend) == 60
    wanted = ["".join(random.choices(LETTERS.strip(), k=random.choice((2, 3, 3, 4)))) for _ in range(150)]
    wanted += [words[at : at + 4] for words in texts.values() for at in (0, 5)]
    for word in wanted:
        said = {name: f"{words.lower()}\n{received(NOON, name)}" for name, words in texts.items()}
        expected = [name for name, words in said.items() if word.lower() in words]
        assert found(reader, word) == expected, word
    assert narrows(reader, "abab")
    assert not narrows(reader, "ab")  # shorter than what the index knows


def test_what_changed_is_found_by_its_new_words_at_once_and_by_the_index_later(
    backend: Backend, reader: Reader
) -> None:
    with writing(backend) as tx:
        opened(tx, "one", "first words")
    indexed(backend)
    with writing(backend) as tx:
        again = event(
            WARNING, NOON + MINUTE, id="two", fingerprint="one", summary=verbatim("second thoughts")
        )
        take(tx, again)
    assert (found(reader, "second"), found(reader, "first")) == (["one"], [])
    assert indexed(backend) == 1
    assert (found(reader, "second"), found(reader, "first")) == (["one"], [])
    assert broken(backend) == []


def test_a_change_that_comes_while_a_piece_is_indexed_is_not_taken_for_indexed(backend: Backend) -> None:
    """By the change and not by the incident: what another instance commits in between stays to be indexed."""
    with writing(backend) as tx:
        opened(tx, "one", "first words")
        rows = tx._database.rows("select incident_id, sequence from unsearched")
        take(tx, event(WARNING, NOON + MINUTE, id="two", fingerprint="one", summary=verbatim("second")))
        tx._done(rows)
        assert [row["sequence"] for row in tx._database.rows("select sequence from unsearched")] == [2]


def test_a_piece_that_is_run_again_changes_nothing(backend: Backend, reader: Reader) -> None:
    with writing(backend) as tx:
        opened(tx, "one", "some words")
    indexed(backend)
    with writing(backend) as tx:
        one = received(NOON, "one")
        tx._database.run("insert into unsearched values (%(one)s, 1), ('gone', 1)", one=one)
    assert indexed(backend) == 2
    assert found(reader, "some") == ["one"]
    with reader.read() as read:
        assert read._database.rows("select count(*) as number from searched")[0]["number"] == 1


def test_an_older_history_is_indexed_too_and_searched_meanwhile(backend: Backend, reader: Reader) -> None:
    with writing(backend) as tx:
        for number in range(20):
            opened(tx, f"i{number:02}", f"words {number:02}")
        # As the migration leaves a history that was there.
        tx._database.run("delete from unsearched")
        tx._database.run("insert into searching (name, after) values ('incidents', '')")
    assert not narrows(reader, "ds 07")
    assert found(reader, "words 07") == ["i07"]
    with writing(backend) as tx:
        assert tx.index_incidents(7) == 7
    assert found(reader, "words 07") == ["i07"]
    assert broken(backend) == []
    assert indexed(backend) == 13
    assert narrows(reader, "ds 07")
    assert not narrows(reader, "words")  # most have it
    assert found(reader, "words 07") == ["i07"]


def test_what_retention_drops_leaves_the_index(backend: Backend, reader: Reader) -> None:
    with writing(backend) as tx:
        opened(tx, "one", "some words")
        opened(tx, "two", "some words")
    indexed(backend)
    with writing(backend) as tx:
        end = replace(event(OK, NOON + MINUTE, id="end", fingerprint="one"), summary=verbatim("some words"))
        take(tx, end)
        assert tx.forget_incidents(NOON + HOUR, 10) == 1
    assert found(reader, "some") == ["two"]
    with reader.read() as read:
        for table in ("searched", "unsearched"):
            rows = read._database.rows(f"select incident_id from {table}")
            assert all(row["incident_id"] == received(NOON, "two") for row in rows)
        named = read._database.rows("select {place} {from_named}", grams='["som", "ome"]')
    assert len(named) == 1


def test_common_words_are_found_without_the_index(
    backend: Backend, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST_PLACES", 3)
    with writing(backend) as tx:
        for number in range(5):
            opened(tx, f"i{number}", f"common {'rare' if number == 2 else ''}")
    indexed(backend)
    assert not narrows(reader, "common")
    assert len(found(reader, "common")) == 5
    assert narrows(reader, "common", "rare")
    assert found(reader, "common", "rare") == ["i2"]


def test_a_check_finds_what_the_index_misses(backend: Backend) -> None:
    with writing(backend) as tx:
        opened(tx, "one", "some words")
    assert broken(backend) == []
    with writing(backend) as tx:
        tx._database.run("delete from unsearched")
    assert broken(backend) == ["search"]


def test_a_store_from_before_is_brought_up_to_date(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its history to be gone through."""
    for make in STORES.values():
        opened_again = make(request)
        before = tuple(one for one in MIGRATIONS if one[1] is not SEARCH)
        with monkeypatch.context() as patched:
            for module in ("sqlite", "postgres_migrations"):
                patched.setattr(f"relay.store.{module}.MIGRATIONS", before)
            opened_again().migrate()
            with writing(opened_again()) as tx:
                opened(tx, "old", "some words")
        backend = opened_again()
        backend.migrate()
        reader = Reader(backend)
        assert not narrows(reader, "some")
        assert indexed(backend) == 1
        assert narrows(reader, "some")
        assert found(reader, "some") == ["old"]
        reader.close()
