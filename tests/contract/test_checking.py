"""Every store can be asked whether it is whole, and names what is not."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from relay.store import Backend, StoreUnavailable
from relay.store.checking import findings, of_postgres, of_sqlite
from relay.store.sqlite import SqliteBackend
from tests.contract.stores import STORES
from tests.store.test_copying import past, written

# For each rule a change that no step of the relay makes, and that breaks it.
DAMAGE = {
    "sequences": "delete from changes where kind = 'resolved'",
    "changes": "insert into changes select 'lost', 1, kind, severity, before, at, value, summary, event_id, untold"
    " from changes where sequence = 1 limit 1",
    "causes": "update changes set event_id = 'lost' where sequence = 1",
    "outbox": "delete from deliveries where sequence = 2",
    "deliveries": "update deliveries set sequence = 77 where sequence = 2",
    "channels": "delete from channels",
    "attempts": "update attempts set number = number + 100",
    "tries": "update attempts set delivery_id = 'lost' where delivery_id = (select min(delivery_id) from attempts)",
    "delivered": "update attempts set outcome = 'refused'",
    "folded": "update deliveries set told_with = id, state = 'folded' where state = 'delivered'",
    # The index that forbids it is gone as well.
    "open": "drop index incidents_open; update incidents set resolved_at = null, fingerprint = 'one'",
    "events": "update events set incident_id = 'lost'",
    "receipts": "delete from receipts",
    "messages": "update remotes set incident_id = 'lost' where incident_id = (select min(incident_id) from remotes)",
    "search": "delete from unsearched",
    "samples": "update samples set series_id = 77 where series_id = (select min(series_id) from samples)",
    "incidents read": "update incidents set document = '{'",
    "events read": "update events set document = '{}'",
}


@pytest.fixture(params=STORES)
def backend(request: pytest.FixtureRequest) -> Backend:
    """A store with something in every table."""
    made = STORES[request.param](request)()
    made.migrate()
    written(made, past)  # type: ignore[arg-type]
    return made


def test_a_store_that_the_relay_wrote_is_whole(backend: Backend) -> None:
    found = list(of_sqlite(backend) if isinstance(backend, SqliteBackend) else of_postgres(backend))
    assert [one for one in found if one.broken] == []
    assert {one.name for one in found} - {"file", "counts"} == set(DAMAGE)


def test_a_wrong_count_of_what_is_open_is_named(tmp_path: Path) -> None:
    """Only SQLite keeps it."""
    backend = SqliteBackend(tmp_path / "relay.db")
    backend.migrate()
    written(backend, lambda tx: tx._database.run("update open_sqlite set number = 1 where severity = 2"))
    [found] = [one for one in of_sqlite(backend) if one.broken]
    assert (found.name, found.examples) == ("counts", ("2",))


def test_each_damage_is_named_by_its_rule_with_an_example(backend: Backend) -> None:
    with closing(backend.connect()) as connection:
        for name, statements in DAMAGE.items():
            connection.begin()
            for statement in statements.split(";"):
                connection.run(statement)
            [found] = [one for one in findings(connection) if one.name == name]
            connection.rollback()
            assert found.broken > 0, name
            assert found.examples, name


def test_a_store_of_an_older_version_is_said_to_be_one(backend: Backend) -> None:
    table = "_sqlite_migrations" if isinstance(backend, SqliteBackend) else "migrations"
    written(backend, lambda tx: tx._database.run(f"delete from {table}"))  # type: ignore[arg-type]
    with pytest.raises(StoreUnavailable, match="older version"):
        list(of_sqlite(backend) if isinstance(backend, SqliteBackend) else of_postgres(backend))
