"""A database or a store that goes away and comes back: degraded, then healthy again, no restart."""

import logging
import shutil
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from gameshelf_api.settings import Settings
from gameshelf_api.storage import StorageError
from gameshelf_api.web import service
from gameshelf_api.web.service import Service
from tests.gameshelf.conftest import Build, ObjectStore, eventually
from tests.postgres_fixture import Cluster


def health(shop: Service) -> tuple[str, str, str]:
    """Return the status, and the state of the database and of the storage."""
    answer = shop.app.test_client().get("/health")
    assert answer.status_code == 200
    told = answer.get_json()
    return told["status"], told["database"], told["storage"]


def status(shop: Service, path: str) -> int:
    """Return the status that ``path`` answers."""
    return shop.app.test_client().get(path).status_code


@pytest.fixture
def crashed(build: Build, addons: dict[str, str], postgres_cluster: Cluster) -> Iterator[Service]:
    """A service whose database was there, answered, and then crashed."""
    shop = build(**addons)
    assert health(shop) == ("healthy", "connected", "connected")
    assert status(shop, "/games") == 200
    postgres_cluster.stop()
    yield shop
    if not postgres_cluster.is_running():
        postgres_cluster.start()


def test_a_database_that_dies_degrades_and_heals_without_a_restart(
    crashed: Service, postgres_cluster: Cluster
) -> None:
    """What needs it fails, what does not goes on, and the first request after its return succeeds."""
    for _ in range(2):
        assert health(crashed) == ("degraded", "error", "connected")
    assert [status(crashed, path) for path in ("/customers", "/rentals", "/popular", "/flag")] == [500] * 4
    assert [status(crashed, path) for path in ("/livez", "/", "/cache-stats", "/images", "/metrics")] == [
        200
    ] * 5
    assert status(crashed, "/games") == 200, "what is cached is still told"
    postgres_cluster.start()
    assert eventually(lambda: health(crashed) == ("healthy", "connected", "connected"))
    assert status(crashed, "/customers") == 200


def test_a_restarted_database_costs_nobody_an_error(crashed: Service, postgres_cluster: Cluster) -> None:
    """The pool's connections died unnoticed: each is checked before it is lent."""
    postgres_cluster.start()
    assert [status(crashed, "/customers") for _ in range(5)] == [200] * 5


def test_an_outage_is_told_fast_and_to_all(crashed: Service) -> None:
    """Twenty requests at once while the database is away: none waits for it."""
    started = time.monotonic()
    with ThreadPoolExecutor(20) as pool:
        told = list(pool.map(lambda _: status(crashed, "/customers"), range(20)))
    assert told == [500] * 20
    assert time.monotonic() - started < 3


def test_an_outage_tells_no_internals(
    crashed: Service, addons: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the answer nor the log holds the address, the password or the statement."""
    with caplog.at_level(logging.DEBUG):
        answer = crashed.app.test_client().get("/customers")
    assert answer.get_json() == {
        "error": "The database is away",
        "request_id": answer.headers["X-Request-Id"],
    }
    assert answer.headers["X-Request-Id"] in caplog.text
    password = addons["POSTGRESQL_ADDON_URI"].split(":")[2].split("@")[0]
    for secret in (password, "tester", "select"):
        assert secret not in caplog.text
        assert secret not in answer.text


def test_a_service_starts_while_its_database_is_away(
    build: Build, addons: dict[str, str], postgres_cluster: Cluster, tmp_path: Path
) -> None:
    """A deployment must not need the add-on to be there at that very moment."""
    build(**addons)
    postgres_cluster.stop()
    try:
        late = service.build(Settings.read(addons, tmp_path))
        assert health(late)[1] == "error"
    finally:
        postgres_cluster.start()
    assert eventually(lambda: health(late)[1] == "connected")
    late.close()


def test_a_store_that_is_away_degrades_and_heals(
    build: Build, addons: dict[str, str], bucket: ObjectStore
) -> None:
    """/images and nothing else fails, and the secret stays inside."""
    shop = build(**addons)
    bucket.stop()
    try:
        assert health(shop) == ("degraded", "connected", "error")
        answer = shop.app.test_client().get("/images")
        assert answer.status_code == 500
        assert answer.get_json()["error"] == "The storage is away"
        assert "a-secret" not in answer.text
        assert status(shop, "/games") == 200
        flag = shop.app.test_client().get("/flag").get_json()
        assert (flag["database"], flag["storage"]) == ("connected", "error")
    finally:
        bucket.start()
    assert health(shop) == ("healthy", "connected", "connected")
    assert status(shop, "/images") == 200


def test_a_missing_bucket_is_told(build: Build, addons: dict[str, str]) -> None:
    """The store answers, and the bucket is not there: the storage is not connected."""
    with pytest.raises(StorageError, match="S3: status 404"):
        build(**addons | {"S3_BUCKET": "nobodys-bucket"})


def test_the_embedded_default_heals_too(build: Build, tmp_path: Path) -> None:
    """A folder that goes away and comes back."""
    shop = build()
    shutil.move(tmp_path / "images", tmp_path / "moved")
    assert health(shop) == ("degraded", "connected", "error")
    shutil.move(tmp_path / "moved", tmp_path / "images")
    assert health(shop) == ("healthy", "connected", "connected")


def test_sqlites_errors_are_told_like_any_other(build: Build, tmp_path: Path) -> None:
    """A table that is missing: 500 in our words, and the rest goes on."""
    shop = build()
    with closing(sqlite3.connect(tmp_path / "gameshelf.sqlite3", isolation_level=None)) as other:
        other.execute("drop table rentals")
    assert shop.app.test_client().get("/rentals").get_json()["error"] == "The database is away"
    assert status(shop, "/customers") == 200
