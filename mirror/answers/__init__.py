"""What is answered, one module a family of endpoints: each has ``routes``, and this package puts them together.

To add one: write a module with `routes = Routes()` and handlers ``(platform, request, **names of the path)``, and name it
in ``FAMILIES``.
"""

from __future__ import annotations

from mirror.answers import (
    access_logs,
    addons,
    applications,
    deployments,
    instances,
    notifications,
    owners,
    stats,
    tokens,
    warp10,
)
from mirror.clock import Clock
from mirror.http.routes import Routes

FAMILIES = (owners, applications, deployments, instances, addons, notifications, stats, tokens, warp10)


def every(clock: Clock) -> Routes:
    """Return all endpoints; the streams among them follow the clock."""
    routes = access_logs.routes(clock)
    for family in FAMILIES:
        routes.include(family.routes)
    return routes
