"""The composition root: settings in, a service out, each part built once."""

from dataclasses import dataclass

from flask import Flask
from flask.json.provider import DefaultJSONProvider
from prometheus_client import CollectorRegistry

from gameshelf_api.caches import Cache
from gameshelf_api.caches.bounded import BoundedCache
from gameshelf_api.caches.leaky import LeakyCache
from gameshelf_api.caches.off import NoCache
from gameshelf_api.database import Database
from gameshelf_api.metrics import resources
from gameshelf_api.metrics.queries import MeasuredDatabase
from gameshelf_api.metrics.requests import RequestMeter
from gameshelf_api.settings import CacheKind, Settings
from gameshelf_api.storage import ImageStore
from gameshelf_api.web import about, errors, exposition, games, recording, shop

CACHES: dict[CacheKind, type[Cache]] = {
    CacheKind.LEAKY: LeakyCache,
    CacheKind.BOUNDED: BoundedCache,
    CacheKind.OFF: NoCache,
}
# The API takes no body; what a stranger sends all the same is bounded.
MAX_BODY = 64 * 1024


class _Json(DefaultJSONProvider):
    """Keys in the order of the document, letters as they are, no spaces."""

    sort_keys = False
    ensure_ascii = False
    compact = True


@dataclass(frozen=True, slots=True)
class Service:
    """Everything that was built, for those who serve it and those who stop it."""

    app: Flask
    database: Database
    store: ImageStore
    registry: CollectorRegistry

    def close(self) -> None:
        """Close every connection."""
        self.database.close()
        self.store.close()


def build(settings: Settings) -> Service:
    """Build the service that ``settings`` asks for; nothing is asked of the stores yet."""
    plain_database, store, cache = _database(settings), _store(settings), CACHES[settings.cache]()
    registry = resources.registry(plain_database, cache)
    database = MeasuredDatabase(plain_database, registry)
    meter = RequestMeter()
    registry.register(meter)
    app = Flask("gameshelf_api", static_folder=None)
    app.json = _Json(app)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.url_map.merge_slashes = False
    app.register_blueprint(about.blueprint(settings, database, store, cache))
    app.register_blueprint(games.blueprint(database, cache))
    app.register_blueprint(shop.blueprint(settings, database, store))
    app.register_blueprint(exposition.blueprint(registry, settings.metrics_login))
    errors.install(app)
    recording.install(app, meter)
    return Service(app, database, store, registry)


def _database(settings: Settings) -> Database:
    # Imported where it is needed: what is merely installed should cost no memory.
    if settings.postgres is not None:
        from gameshelf_api.database.postgres import PostgresDatabase

        return PostgresDatabase(settings.postgres)
    from gameshelf_api.database.sqlite import SqliteDatabase

    return SqliteDatabase(settings.data_dir / "gameshelf.sqlite3")


def _store(settings: Settings) -> ImageStore:
    if settings.s3 is not None:
        from gameshelf_api.storage.s3 import S3Store

        return S3Store(settings.s3, settings.bucket)
    from gameshelf_api.storage.folder import Folder

    return Folder(settings.data_dir / "images")
