"""The pages' threads: a request and its whole body go in, a whole answer comes out.

The rule: one hand-over each way. A thread that gives its answer away in pieces waits for the loop, and for the interpreter,
at every one of them; nothing here is sent before it is whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any, cast

from a2wsgi.wsgi import build_environ
from flask import Flask

from relay.web.asgi import Receive, Scope, Send

_Headers = list[tuple[bytes, bytes]]


class PageThreads:
    """An ASGI application that has a WSGI one answer, in a few threads."""

    def __init__(self, pages: Flask, threads: int) -> None:
        self._pages = pages
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="page")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whose body was read and bounded already."""
        message = await receive()
        environ = build_environ(cast(Any, scope), cast(Any, BytesIO(message.get("body", b""))))
        loop = asyncio.get_running_loop()
        status, headers, body = await loop.run_in_executor(
            self._threads, self._answer, cast(dict[str, Any], environ)
        )
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _answer(self, environ: dict[str, Any]) -> tuple[int, _Headers, bytes]:
        begun: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], _fault: object = None
        ) -> Callable[[bytes], object]:
            begun.append((status, headers))
            return lambda _: None

        pieces = self._pages.wsgi_app(environ, start_response)
        try:
            body = b"".join(pieces)
        finally:
            getattr(pieces, "close", lambda: None)()
        status, headers = begun[-1]
        pairs = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        return int(status.partition(" ")[0]), pairs, body
