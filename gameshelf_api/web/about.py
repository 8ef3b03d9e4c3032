"""What the service says of itself: /, /health, /livez, /flag and the description of them all."""

import logging
import socket
from collections.abc import Callable

from flask import Blueprint, Response, jsonify

from gameshelf_api import VERSION, catalogue
from gameshelf_api.caches import Cache
from gameshelf_api.database import Database, DatabaseError
from gameshelf_api.database.sample_data import FLAG
from gameshelf_api.settings import Settings
from gameshelf_api.storage import ImageStore, StorageError
from gameshelf_api.web import openapi

log = logging.getLogger("gameshelf")

ENDPOINTS = (
    "/",
    "/health",
    "/games",
    "/games/<id>",
    "/popular",
    "/cache-stats",
    "/flag",
    "/customers",
    "/rentals",
    "/images",
    "/livez",
    "/metrics",
    "/openapi.json",
)


def blueprint(settings: Settings, database: Database, store: ImageStore, cache: Cache) -> Blueprint:
    """Return the pages that tell how the service does."""
    pages = Blueprint("about", __name__)
    hostname = socket.gethostname()

    @pages.get("/")
    def home() -> Response:
        return jsonify(
            service=f"{settings.app_name} API",
            version=VERSION,
            environment=settings.environment,
            hostname=hostname,
            endpoints=ENDPOINTS,
        )

    @pages.get("/livez")
    def livez() -> Response:
        # Asks nobody: this one tells that the process can serve, not how its neighbours do.
        return jsonify(status="alive")

    @pages.get("/health")
    def health() -> Response:
        states = {
            "database": _state("database", lambda: catalogue.is_reachable(database)),
            "storage": _state("storage", store.check),
        }
        status = "healthy" if set(states.values()) == {"connected"} else "degraded"
        return jsonify(status=status, **states, hostname=hostname, cache=cache.stats())

    @pages.get("/flag")
    def flag() -> Response:
        catalogue.validation_flag_is_readable(database)
        return jsonify(
            message="Bravo ! L'API avec métriques fonctionne !",
            flag=FLAG,
            database="connected",
            storage=_state("storage", store.check),
            cache=cache.stats(),
        )

    @pages.get("/openapi.json")
    def description() -> Response:
        return jsonify(openapi.DOCUMENT)

    return pages


def _state(name: str, check: Callable[[], None]) -> str:
    try:
        check()
    except (DatabaseError, StorageError) as error:
        log.warning("health: %s is away: %s", name, error)
        return "error"
    return "connected"
