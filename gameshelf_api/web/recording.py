"""What each request leaves behind: an id, a line in the log, and its place in the metrics."""

import logging
import re
import secrets
import time

from flask import Flask, Response, g, request

from gameshelf_api.metrics.requests import RequestMeter

log = logging.getLogger("gameshelf")

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})
# Whatever nobody serves shares one value, so that a stranger cannot make a series a path.
UNKNOWN_ROUTE = "unknown"
LOGGED_PATH = 200


def install(app: Flask, meter: RequestMeter) -> None:
    """Make ``app`` record every request."""
    templates = {rule.rule: re.sub(r"<\w+:", "<", rule.rule) for rule in app.url_map.iter_rules()}

    def begin() -> None:
        g.started = time.perf_counter()
        g.request_id = secrets.token_hex(8)

    def end(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.request_id
        seconds = time.perf_counter() - g.started
        rule = request.url_rule
        meter.observe(
            request.method if request.method in METHODS else "other",
            templates[rule.rule] if rule is not None else UNKNOWN_ROUTE,
            response.status_code,
            seconds,
            request.content_length or 0,
            0 if request.method == "HEAD" else response.calculate_content_length() or 0,
        )
        log.info(
            "[%s] %s %s - %s in %.2fms",
            g.request_id,
            request.method if request.method in METHODS else "other",
            loggable(request.path),
            response.status_code,
            seconds * 1000,
        )
        return response

    app.before_request(begin)
    app.after_request(end)


def loggable(path: str) -> str:
    r"""Return ``path`` cut and on one line, whatever a stranger put in it.

    >>> loggable("/games\nERROR forged line")
    '/games\\nERROR forged line'
    """
    path = path[:LOGGED_PATH]
    return path if path.isprintable() else path.encode("unicode_escape").decode("ascii")
