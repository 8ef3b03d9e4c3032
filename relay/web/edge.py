"""The ASGI edge: health and metrics, and the pages behind it, with their bodies bounded. Webhooks come in before it."""

from __future__ import annotations

from typing import Protocol

from relay.web.asgi import (
    BODY_SECONDS,
    Application,
    Gone,
    Receive,
    Refused,
    Response,
    Scope,
    Send,
    answer,
    headers,
    json_response,
    read_body,
    replayed,
)
from relay.web.webhooks import Webhooks

# Forms and API calls of the pages; webhooks have their own limit.
PAGE_BODY = 65_536


class Answering(Protocol):
    """Health and metrics, which never wait for a page's thread."""

    async def respond(self, path: str, headers: dict[str, str], peer: str) -> Response | None:
        """Return the answer to a GET, or None when the path is not its own."""
        ...


class Edge:
    """The application that the server runs, for everything but webhooks."""

    def __init__(
        self,
        webhooks: Webhooks,
        health: Answering,
        pages: Application,
        *,
        body_seconds: float = BODY_SECONDS,
    ) -> None:
        self._webhooks = webhooks
        self._body_seconds = body_seconds
        self._health = health
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        try:
            response = await self._respond(scope)
            if response is None:
                await self._pass_on(scope, receive, send)
            else:
                await answer(send, response)
        except Refused as refused:
            said = {"connection": "close", **refused.headers}
            await answer(send, json_response(refused.status, {"error": str(refused)}, said))
        except Gone:
            return

    async def _respond(self, scope: Scope) -> Response | None:
        path: str = scope["path"]
        said = headers(scope)
        if self._webhooks.has(path):
            if self._webhooks.find(path, said) is None:
                return json_response(404, {"error": "not found"})
            return json_response(405, {"error": "a webhook is sent with POST"}, {"allow": "POST"})
        if scope["method"] in ("GET", "HEAD"):
            peer = scope.get("client") or ("",)
            return await self._health.respond(path, said, str(peer[0]))
        return None

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body before a thread is taken for it: a stuck client must not hold one."""
        body = await read_body(receive, PAGE_BODY, self._body_seconds)
        await self._pages(scope, replayed(body), send)
