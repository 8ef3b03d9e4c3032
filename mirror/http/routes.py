"""Which function answers which path."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from mirror.http.message import Answer, Refused, Request, Stream
from mirror.world.platform import Platform

Handler = Callable[..., Answer | Stream]


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path with ``{names}``; ``is_open`` means that no authorization is asked for."""

    method: str
    pattern: re.Pattern[str]
    handler: Handler
    is_open: bool


class Routes:
    """A family of endpoints."""

    def __init__(self) -> None:
        """Begin with none."""
        self.routes: list[Route] = []

    def add(self, method: str, *paths: str, is_open: bool = False) -> Callable[[Handler], Handler]:
        """Let a function answer: it takes the platform, the request and the path's names."""

        def register(handler: Handler) -> Handler:
            for path in paths:
                pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))
                self.routes.append(Route(method, pattern, handler, is_open))
            return handler

        return register

    def include(self, other: Routes) -> None:
        """Take another family in."""
        self.routes.extend(other.routes)

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """Return what answers, with the names out of the path."""
        others = []
        for route in self.routes:
            matched = route.pattern.fullmatch(path)
            if matched is not None:
                if route.method == method:
                    return route, matched.groupdict()
                others.append(route.method)
        if others:
            raise Refused(405, 4050, f"{method} is not for this path")
        raise Refused(404, 4040, f"The mirror has no {path[:200]}")


def owned(platform: Platform, request: Request, owner: str | None) -> str:
    """Return the owner's id, the caller's own for `/self`; refuse what the caller may not see."""
    caller = request.caller
    if owner is None:
        return caller.id
    if owner not in platform.owners:
        raise Refused(404, 4003, "Cannot find organisation")
    if not caller.may_see(owner):
        raise Refused(403, 6201, "You are not allowed to do this on this organisation")
    return owner
