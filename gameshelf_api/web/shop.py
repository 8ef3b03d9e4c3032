"""The rest of the shop, straight from its stores: /customers, /rentals, /images."""

from urllib.parse import quote

from flask import Blueprint, Response, jsonify

from gameshelf_api import catalogue
from gameshelf_api.database import Database
from gameshelf_api.settings import Settings
from gameshelf_api.storage import ImageStore
from gameshelf_api.storage.sample_images import PREFIX


def blueprint(settings: Settings, database: Database, store: ImageStore) -> Blueprint:
    """Return the pages that no cache stands before."""
    pages = Blueprint("shop", __name__)
    address = f"https://{settings.bucket}.{settings.storage_host}"

    @pages.get("/customers")
    def customers() -> Response:
        found = catalogue.customers(database)
        return jsonify(count=len(found), customers=found)

    @pages.get("/rentals")
    def rentals() -> Response:
        found = catalogue.rentals(database)
        return jsonify(count=len(found), rentals=found)

    @pages.get("/images")
    def images() -> Response:
        found = [
            {"key": image.key, "size": image.size, "url": f"{address}/{quote(image.key)}"}
            for image in store.images(PREFIX)
        ]
        return jsonify(count=len(found), images=found)

    return pages
