"""The one place where troubles become answers: JSON, with the request's id and no internals."""

import logging

from flask import Flask, Response, g, jsonify
from werkzeug.exceptions import HTTPException

from gameshelf_api.database import DatabaseError
from gameshelf_api.storage import StorageError

log = logging.getLogger("gameshelf")


class GameNotFoundError(Exception):
    """There is no game of that id."""


def install(app: Flask) -> None:
    """Make ``app`` answer every trouble in JSON."""
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(GameNotFoundError, lambda _: _answer(404, "Game not found"))
    app.register_error_handler(DatabaseError, _away)
    app.register_error_handler(StorageError, _away)
    app.register_error_handler(Exception, _unexpected)


def _refused(error: HTTPException) -> Response:
    response = _answer(error.code or 500, error.name.capitalize())
    # The standard's own headers stay, above all Allow with a 405.
    for name, value in error.get_headers():
        if name.lower() not in {"content-type", "content-length"}:
            response.headers[name] = value
    return response


def _away(error: DatabaseError | StorageError) -> Response:
    log.error("[%s] %s", g.request_id, error)
    return _answer(500, "The database is away" if isinstance(error, DatabaseError) else "The storage is away")


def _unexpected(_: Exception) -> Response:
    log.exception("[%s] unexpected error", g.request_id)
    return _answer(500, "Internal server error")


def _answer(status: int, text: str) -> Response:
    response = jsonify(error=text, request_id=g.request_id)
    response.status_code = status
    return response
