"""Pages through their threads: what goes in comes out whole, in two messages."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from flask import Flask, Response, request, stream_with_context

from relay.app.page_threads import PageThreads
from relay.web.asgi import replayed


def pages() -> Flask:
    app = Flask(__name__)

    @app.post("/echo")
    def echo() -> Response:
        answer = Response(request.get_data() + request.query_string)
        answer.headers.add("X-Two", "a")
        answer.headers.add("X-Two", "b")
        return answer

    @app.get("/pieces")
    def pieces() -> Response:
        return Response(stream_with_context(part for part in (threading.current_thread().name, " ", "end")))

    @app.get("/broken")
    def broken() -> Response:
        raise RuntimeError

    return app


def asked(method: str, path: str, query: bytes = b"", body: bytes = b"") -> list[dict[str, Any]]:
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query,
        "http_version": "1.1",
        "headers": [(b"content-length", str(len(body)).encode())],
    }
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(PageThreads(pages(), 1)(scope, replayed(body), send))
    return sent


def test_an_answer_comes_whole():
    start, body = asked("POST", "/echo", b"x=1", b"said ")
    assert (start["status"], body["body"]) == (200, b"said x=1")
    assert [value for name, value in start["headers"] if name == b"x-two"] == [b"a", b"b"]
    assert not body.get("more_body")


def test_it_is_made_in_a_thread_and_its_pieces_are_joined():
    _, body = asked("GET", "/pieces")
    assert body["body"] == b"page_0 end"


def test_a_head_has_no_body_and_a_fault_is_an_answer():
    assert asked("HEAD", "/pieces")[1]["body"] == b""
    assert asked("GET", "/broken")[0]["status"] == 500
    assert asked("GET", "/nowhere")[0]["status"] == 404
