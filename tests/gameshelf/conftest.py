"""The service on its embedded default and on the real add-ons, and a process of it to talk to."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import boto3
import httpx
import pytest
from moto.server import ThreadedMotoServer

from gameshelf_api.database import sample_data
from gameshelf_api.settings import Settings
from gameshelf_api.storage import sample_images
from gameshelf_api.web import service
from gameshelf_api.web.service import Service
from tests.postgres_fixture import postgres_cluster, postgres_uri

__all__ = ["postgres_cluster", "postgres_uri"]

AT = datetime(2026, 11, 23, 22, 5, 9, tzinfo=UTC)
BUCKET = "gameshelf-images"
KEYS = {"CELLAR_ADDON_KEY_ID": "a-key", "CELLAR_ADDON_KEY_SECRET": "a-secret-that-stays-inside"}


class ObjectStore:
    """An S3 server that a test may stop and start again; the port stays the same."""

    def __init__(self) -> None:
        self._port = 0
        self.start()

    def start(self) -> None:
        """Start the server."""
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=self._port, verbose=False)
        self._server.start()
        self._port = self._server.get_host_and_port()[1]
        self.url = f"http://127.0.0.1:{self._port}"

    def stop(self) -> None:
        """Stop the server; what it keeps stays."""
        self._server.stop()

    def create_bucket(self) -> None:
        """Empty everything and make the bucket anew."""
        httpx.post(f"{self.url}/moto-api/reset").raise_for_status()
        client = boto3.client(
            "s3", endpoint_url=self.url, aws_access_key_id="a-key", aws_secret_access_key="a",
            region_name="us-east-1",
        )  # fmt: skip
        client.create_bucket(Bucket=BUCKET)
        client.close()


@pytest.fixture(scope="session")
def object_store() -> Iterator[ObjectStore]:
    """One S3 server for the session."""
    store = ObjectStore()
    yield store
    store.stop()


@pytest.fixture
def bucket(object_store: ObjectStore) -> ObjectStore:
    """The S3 server with an empty bucket."""
    object_store.create_bucket()
    return object_store


Build = Callable[..., Service]
T = TypeVar("T")


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    """Build services from environments; each is filled, dated AT, and closed at the end."""
    with ExitStack() as stack:

        def built(**environ: str) -> Service:
            made = service.build(Settings.read(environ, tmp_path))
            stack.callback(made.close)
            sample_data.migrate(made.database, AT)
            sample_images.add(made.store)
            return made

        yield built


@pytest.fixture
def addons(postgres_uri: str, bucket: ObjectStore) -> dict[str, str]:
    """Return the environment of a deployment with both add-ons."""
    return {"POSTGRESQL_ADDON_URI": postgres_uri, "CELLAR_ADDON_HOST": bucket.url, **KEYS}


@pytest.fixture(params=["embedded", "add-ons"])
def shop(request: pytest.FixtureRequest, build: Build) -> Service:
    """The service, once on SQLite and a folder, once on PostgreSQL and S3."""
    environ = {} if request.param == "embedded" else request.getfixturevalue("addons")
    return build(**environ)


@dataclass(frozen=True)
class Running:
    """A process of the API."""

    url: str
    process: subprocess.Popen[str]
    log: Path


@contextmanager
def running(tmp_path: Path, name: str = "api", port: int = 0, **environ: str) -> Iterator[Running]:
    """Run the API as a process of its own, until the end of the block; port 0 takes a free one."""
    log = tmp_path / f"{name}.log"
    command = [sys.executable, "-m", "gameshelf_api", "serve", "--port", str(port)]
    with log.open("w") as out:
        process = subprocess.Popen(
            [*command, "--data-dir", str(tmp_path / name)],
            env={**os.environ, **environ}, stderr=out, text=True,
        )  # fmt: skip
    try:
        yield Running(_address(log, process), process, log)
    finally:
        process.terminate()
        process.wait(timeout=15)


def _address(log: Path, process: subprocess.Popen[str]) -> str:
    marker = "GameShelf API on "
    text = eventually(lambda: log.read_text() if marker in log.read_text() or process.poll() else "", 20)
    assert marker in text, text
    return text.split(marker)[1].split()[0]


def eventually(ask: Callable[[], T], seconds: float = 10, every: float = 0.02) -> T:
    """Ask until the answer is true or the time is up; return the last answer."""
    give_up_at = time.monotonic() + seconds
    while not (answer := ask()) and time.monotonic() < give_up_at:
        time.sleep(every)
    return answer


@pytest.fixture
def leaky_api(tmp_path: Path) -> Iterator[Running]:
    """A process of the API with the leaky cache."""
    with running(tmp_path, "leaky", GAMESHELF_CACHE="leaky") as api:
        yield api
