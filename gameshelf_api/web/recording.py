"""What each request leaves behind: an id, a line in the log, and its place in the metrics."""

import logging
import re
import secrets
import time

from flask import Flask, Request, Response, g, request

from gameshelf_api.metrics.requests import RequestMeter

log = logging.getLogger("gameshelf")

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})
# Whatever nobody serves shares one value, so that a stranger cannot make a series a path.
UNKNOWN_ROUTE = "unknown"
LOGGED_PATH = 200


def install(app: Flask, meter: RequestMeter) -> None:
    """Make ``app`` record every request; all its routes must be there already."""
    templates = route_templates(app)

    def begin() -> None:
        g.started = time.perf_counter()
        g.request_id = secrets.token_hex(8)

    def end(response: Response) -> Response:
        # Flask's ``request`` looks for the request at each use, two microseconds each time: once is enough.
        asked: Request = request._get_current_object()  # type: ignore[attr-defined]
        seconds = time.perf_counter() - g.started
        count(meter, templates, asked, response, seconds)
        response.headers["X-Request-Id"] = g.request_id
        log.info(
            "[%s] %s %s - %s in %.2fms",
            g.request_id,
            _method(asked),
            loggable(asked.path),
            response.status_code,
            seconds * 1000,
        )
        return response

    app.before_request(begin)
    app.after_request(end)


def route_templates(app: Flask) -> dict[str, str]:
    """Return what each of Flask's rules is called in the metrics."""
    return {rule.rule: re.sub(r"<\w+:", "<", rule.rule) for rule in app.url_map.iter_rules()}


def count(
    meter: RequestMeter, templates: dict[str, str], asked: Request, response: Response, seconds: float
) -> None:
    """Count the request ``asked``, answered by ``response``."""
    rule = asked.url_rule
    meter.observe(
        _method(asked),
        templates.get(rule.rule, UNKNOWN_ROUTE) if rule is not None else UNKNOWN_ROUTE,
        response.status_code,
        seconds,
        asked.content_length or 0,
        0 if asked.method == "HEAD" else response.calculate_content_length() or 0,
    )


def _method(asked: Request) -> str:
    return asked.method if asked.method in METHODS else "other"


def loggable(path: str) -> str:
    r"""Return ``path`` cut and on one line, whatever a stranger put in it.

    >>> loggable("/games\nERROR forged line")
    '/games\\nERROR forged line'
    """
    path = path[:LOGGED_PATH]
    return path if path.isprintable() else path.encode("unicode_escape").decode("ascii")
