"""/metrics, behind a password when the platform's scraper was given one."""

import hmac

from flask import Blueprint, Response, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from werkzeug.exceptions import Unauthorized

from gameshelf_api.settings import Login


def blueprint(registry: CollectorRegistry, login: Login | None) -> Blueprint:
    """Return the page that Prometheus, the platform and the relay read."""
    pages = Blueprint("exposition", __name__)

    @pages.get("/metrics")
    def metrics() -> Response:
        if login is not None and not _is_known(login):
            raise Unauthorized(response=None, www_authenticate=None)
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    return pages


def _is_known(login: Login) -> bool:
    given = request.authorization
    if given is None or given.type != "basic":
        return False
    user, password = given.username or "", given.password or ""
    # Both are compared whatever the first says: the time taken tells nothing.
    right_user = hmac.compare_digest(user.encode(), login.user.encode())
    right_password = hmac.compare_digest(password.encode(), login.password.encode())
    return right_user and right_password
