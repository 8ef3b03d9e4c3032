"""The schema and the sample data: made once, whoever makes them, and never over somebody's data."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Barrier

import psycopg
import pytest

from gameshelf_api.database import DatabaseError, sample_data, schema
from gameshelf_api.settings import Settings
from gameshelf_api.web import service
from gameshelf_api.web.service import Service
from tests.gameshelf.conftest import AT


def counts(shop: Service) -> dict[str, int]:
    """Return how many rows each table has."""
    tables = ("categories", "games", "customers", "rentals", "app_config")
    return {table: shop.database.rows(f"select count(*) as n from {table}")[0]["n"] for table in tables}


WHOLE = {"categories": 5, "games": 10, "customers": 4, "rentals": 3, "app_config": 1}


def test_migrating_again_changes_nothing(shop: Service) -> None:
    """Also when a shopkeeper has removed a game meanwhile."""
    with shop.database.exclusive() as transaction:
        transaction.run("delete from games where id = 10")
    assert sample_data.migrate(shop.database, AT) is False
    assert counts(shop) == WHOLE | {"games": 9}


@pytest.mark.parametrize("stores", ["embedded", "add-ons"])
def test_instances_that_start_at_once_do_no_harm(
    stores: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Eight at once on an empty database: one fills it, no one fails."""
    rounds = 5 if stores == "embedded" else 1
    for number in range(rounds):
        environ = {} if stores == "embedded" else request.getfixturevalue("addons")
        shops = [service.build(Settings.read(environ, tmp_path / str(number))) for _ in range(8)]
        if number:  # The tables are there already, and empty: everybody reads before anybody writes.
            with shops[0].database.exclusive() as transaction:
                schema.create(transaction)
        start = Barrier(8)
        with ThreadPoolExecutor(8) as pool:
            filled = list(pool.map(partial(_migrate_at_once, start), shops))
        assert sorted(filled) == [False] * 7 + [True]
        assert counts(shops[0]) == WHOLE
        for shop in shops:
            shop.close()


def _migrate_at_once(start: Barrier, shop: Service) -> bool:
    start.wait(10)
    return sample_data.migrate(shop.database, AT)


def test_a_migration_that_fails_leaves_nothing_half_done(shop: Service) -> None:
    """One transaction: all or nothing."""
    with pytest.raises(DatabaseError):
        _delete_and_fail(shop)
    assert counts(shop) == WHOLE


def _delete_and_fail(shop: Service) -> None:
    with shop.database.exclusive() as transaction:
        transaction.run("delete from rentals")
        transaction.run("insert into games (name, min_players, max_players) values ('Odd', 4, 2)")


def test_the_schema_holds_its_rules(shop: Service) -> None:
    """Checks, foreign keys and unique names hold on both databases."""
    wrong = [
        "insert into categories (name) values ('Expert')",
        "insert into games (name, category_id, min_players, max_players) values ('A', 99, 1, 2)",
        "insert into games (name, category_id, min_players, max_players) values ('A', 1, 0, 2)",
        "insert into rentals (customer_id, game_id, status) values (1, 1, 'lost')",
        "insert into customers (email) values ('alice.martin@example.com')",
    ]
    for statement in wrong:
        with pytest.raises(DatabaseError), shop.database.exclusive() as transaction:
            transaction.run(statement)


def test_a_customer_takes_the_rentals_along(shop: Service) -> None:
    """``on delete cascade``."""
    with shop.database.exclusive() as transaction:
        transaction.run("delete from customers where id = 1")
    assert counts(shop)["rentals"] == 2


def test_the_courses_own_database_is_taken_as_it_is(postgres_uri: str, tmp_path: Path) -> None:
    """A table of the course that is there already keeps its rows; nothing is added to them."""
    with psycopg.connect(postgres_uri, autocommit=True) as connection:
        connection.execute(
            "create table categories (id serial primary key, name varchar(100) unique not null)"
        )
        connection.execute(
            """create table games (id serial primary key, name varchar(200) not null, category_id integer,
               min_players integer, max_players integer, duration_minutes integer, price decimal(10,2),
               stock integer default 0)"""
        )
        connection.execute("insert into categories (name) values ('Famille')")
        connection.execute("insert into games (name, category_id, price) values ('Mine', 1, 12.50)")
    shop = service.build(Settings.read({"POSTGRESQL_ADDON_URI": postgres_uri}, tmp_path))
    assert sample_data.migrate(shop.database, AT) is False
    assert shop.app.test_client().get("/games").get_json()["games"][0]["price"] == 12.5
    shop.close()


def test_the_parts_of_an_address_serve_as_well_as_the_whole(postgres_uri: str, tmp_path: Path) -> None:
    """POSTGRESQL_ADDON_HOST and its brothers, without …_URI."""
    user, rest = postgres_uri.removeprefix("postgresql://").split(":", 1)
    password, rest = rest.split("@")
    place, database = rest.split("/")
    host, port = place.split(":")
    parts = {"HOST": host, "PORT": port, "DB": database, "USER": user, "PASSWORD": password}
    environ = {f"POSTGRESQL_ADDON_{name}": value for name, value in parts.items()}
    shop = service.build(Settings.read(environ, tmp_path))
    assert sample_data.migrate(shop.database, AT) is True
    shop.close()


def test_the_command_tells_what_it_did(tmp_path: Path) -> None:
    """``migrate`` twice: filled, then left."""
    command = [sys.executable, "-m", "gameshelf_api", "migrate", "--data-dir", str(tmp_path)]
    runs = [subprocess.run(command, capture_output=True, text=True, timeout=30) for _ in range(2)]
    assert [run.returncode for run in runs] == [0, 0]
    assert "sample data added" in runs[0].stderr
    assert "data left as it was" in runs[1].stderr


def test_the_command_fails_plainly_without_its_database(tmp_path: Path) -> None:
    """Exit code 1, one line, no password."""
    command = [sys.executable, "-m", "gameshelf_api", "migrate", "--data-dir", str(tmp_path)]
    environ = {"POSTGRESQL_ADDON_URI": "postgresql://u:pa55word@127.0.0.1:1/db"}
    run = subprocess.run(command, capture_output=True, text=True, timeout=30, env=environ)
    assert run.returncode == 1
    assert "the database cannot be prepared: PostgreSQL: OperationalError" in run.stderr
    assert "pa55word" not in run.stderr
    assert "Traceback" not in run.stderr
