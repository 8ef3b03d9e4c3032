"""What is answered in the ASGI layer, beside webhooks and before the pages: one part after another is asked."""

from __future__ import annotations

from relay.web.asgi import Response
from relay.web.edge import Answering


class Answers:
    """Several parts as one: the first that knows a path answers."""

    def __init__(self, *parts: Answering) -> None:
        self._parts = parts

    async def respond(self, path: str, headers: dict[str, str], peer: str) -> Response | None:
        """Return the answer to a GET, or None when the path is nobody's."""
        for part in self._parts:
            response = await part.respond(path, headers, peer)
            if response is not None:
                return response
        return None
