"""What goes wrong, told: a page for people, JSON for programs; what to do about it, and no internals.

The rule: every refusal has a title and an advice in the catalogue, ``page.error.<name>`` and ``page.error.<name>.advice``.
"""

from __future__ import annotations

from http import HTTPStatus

from flask import Flask, Response, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from relay.core.text import Text, text
from relay.store import StoreUnavailable
from relay.web.query import BadQuery
from relay.web.words import told

API = "/api/"
_NAMES = {
    400: "bad_request",
    404: "not_found",
    405: "method",
    413: "too_large",
    500: "fault",
    503: "store",
}


class Refusal(Exception):
    """An answer that is not what was asked for: its status and its name in the catalogue."""

    def __init__(self, status: HTTPStatus, name: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(name)
        self.status = status
        self.name = name
        self.headers = headers or {}


def tell_errors(app: Flask) -> None:
    """Answer whatever goes wrong in ``app``. Flask itself logs what was not foreseen."""
    app.register_error_handler(Refusal, _refusal)
    app.register_error_handler(BadQuery, _bad_query)
    app.register_error_handler(StoreUnavailable, _store)
    app.register_error_handler(HTTPException, _http)


def _refusal(refusal: Refusal) -> Response:
    return _answer(refusal.status, refusal.name, headers=refusal.headers)


def _bad_query(bad: BadQuery) -> Response:
    return _answer(HTTPStatus.BAD_REQUEST, "bad_query", bad.reason, where=f"query.{bad.where}")


def _store(_: StoreUnavailable) -> Response:
    return _answer(HTTPStatus.SERVICE_UNAVAILABLE, "store", headers={"Retry-After": "2"})


def _http(error: HTTPException) -> Response:
    status = HTTPStatus(error.code or 500)
    name = _NAMES.get(status, "bad_request" if status < 500 else "fault")
    allowed = dict(error.get_headers()).get("Allow")
    return _answer(status, name, headers={"Allow": allowed} if allowed else {})


def _answer(
    status: HTTPStatus,
    name: str,
    advice: Text | None = None,
    *,
    where: str = "",
    headers: dict[str, str] | None = None,
) -> Response:
    advice = advice or text(f"page.error.{name}.advice")
    if request.path.startswith(API):
        content = {"error": f"{told(text(f'page.error.{name}'))}: {told(advice)}"}
        response = make_response(content | ({"where": where} if where else {}), status)
    else:
        page = render_template("error.html", name=name, advice=advice, where=where, status=status)
        response = make_response(page, status)
    response.headers.update(headers or {})
    return response
