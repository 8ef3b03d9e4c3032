"""The viewer over HTTP: Slack's and Discord's webhook calls, ``/messages`` as JSON, and the page."""

import itertools
import json
import time
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, Response, current_app, jsonify, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from viewer import discord, slack
from viewer.calls import body_of, received, uploads_of
from viewer.drawing import Drawing, written
from viewer.room import Message, Room
from viewer.spans import html, plain
from viewer.words import WORDS

MOST_BYTES = 1 << 20
SHOWN = 100
RAW_SHOWN = 4_000
# No inline script or style; pictures only from this machine, so that no message makes a browser call out.
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'none'; img-src 'self' http://127.0.0.1:* http://localhost:*"
)
DRAW: dict[str, Callable[[Message], Drawing]] = {"slack": slack.draw, "discord": discord.draw}

calls = Blueprint("calls", __name__)
pages = Blueprint("pages", __name__)


def room(client: str) -> Room:
    """Return the room of ``slack`` or ``discord``."""
    found: Room = current_app.extensions["rooms"][client]
    return found


@calls.post("/services/<path:_secret>")
def slack_webhook(_secret: str) -> tuple[str, int]:
    """Take a message as Slack's incoming webhook does, answering in plain text."""
    body = body_of(request, "payload")
    if refused := slack.refusal(body):
        return refused, 400
    room("slack").post(received(request, body), body)
    return "ok", 200


@calls.route("/api/webhooks/<webhook>/<token>", methods=["GET", "POST"])
@calls.route("/api/v10/webhooks/<webhook>/<token>", methods=["GET", "POST"])
def discord_webhook(webhook: str, token: str) -> tuple[Any, int]:
    """Tell of the webhook, or take a message; without ``wait=true`` Discord answers nothing."""
    if request.method == "GET":
        return {"id": webhook, "type": 1, "name": "relay", "token": token, "channel_id": "1"}, 200
    body = body_of(request, "payload_json")
    if refused := discord.refusal(body):
        return refused, 400
    files = discord.attached(body, uploads_of(request), (), current_app.extensions["files"]) or ()
    if refused := discord.missing(body, files):
        return refused, 400
    message = room("discord").post(received(request, body), body, files)
    return (discord.answer(message, webhook), 200) if request.args.get("wait") == "true" else ("", 204)


@calls.route("/api/webhooks/<webhook>/<_token>/messages/<id>", methods=["GET", "PATCH", "DELETE"])
@calls.route("/api/v10/webhooks/<webhook>/<_token>/messages/<id>", methods=["GET", "PATCH", "DELETE"])
def discord_message(webhook: str, _token: str, id: str) -> tuple[Any, int]:
    """Read, edit or delete a message."""
    found = room("discord").find(id)
    if found is None:
        return discord.UNKNOWN_MESSAGE, 404
    if request.method == "DELETE":
        room("discord").delete(id, received(request, None))
        return "", 204
    if request.method == "PATCH":
        return edit(found, webhook)
    return discord.answer(found, webhook), 200


def edit(message: Message, webhook: str) -> tuple[Any, int]:
    """Change the keys that are given, when what comes out is still a message."""
    body = body_of(request, "payload_json")
    refused = discord.refusal({**message.body, **body} if isinstance(body, dict) else body)
    if refused:
        return refused, 400
    files = discord.attached(body, uploads_of(request), message.files, current_app.extensions["files"])
    if refused := discord.missing(body, message.files if files is None else files):
        return refused, 400
    changed = room("discord").edit(message.id, received(request, body), body, files)
    if changed is None:
        return discord.UNKNOWN_MESSAGE, 404
    return discord.answer(changed, webhook), 200


@pages.get("/attachments/<id>/<name>")
def attachment(id: str, name: str) -> Response:
    """Give a file of a message, as a picture or as something to keep, never as a page."""
    message = room("discord").find(id)
    file = message.file(name) if message is not None else None
    if file is None:
        return Response("", 404)
    answer = Response(file.content, mimetype=file.kind)
    if not file.kind.startswith("image/"):
        answer.headers["Content-Disposition"] = "attachment"
    return answer


def told(client: str, message: Message) -> dict[str, Any]:
    """Return a message as ``/messages`` gives it: as it stands now, and every body that came for it."""
    return {
        "id": message.id,
        "at": message.at.isoformat(),
        "edited_at": message.edited_at.isoformat() if message.edited_at else None,
        "deleted": message.deleted,
        "text": written(DRAW[client](message)),
        "message": message.body,
        "files": [one.name for one in message.files],
        "raw": [
            {"method": call.method, "path": call.path, "at": call.at.isoformat(), "body": call.body}
            for call in message.received
        ],
    }


@pages.get("/messages")
def messages() -> Response:
    """Answer every message of both clients, oldest first."""
    return jsonify({client: [told(client, one) for one in room(client).messages()] for client in DRAW})


def raw(message: Message) -> str:
    """Return the calls of a message for reading, shortened when they are long."""
    lines = (
        f"{call.method} {call.path}\n{json.dumps(call.body, ensure_ascii=False, indent=2)}"
        for call in message.received
    )
    return "\n\n".join(lines)


@pages.get("/")
def page() -> BaseResponse:
    """Answer the page; its tag changes with every message, and one that the browser has is not drawn again."""
    language = request.accept_languages.best_match(list(WORDS)) or "en"
    # With the start: after a restart the same counts stand for other messages.
    started = current_app.extensions["started"]
    version = f"{started}.{room('slack').version}.{room('discord').version}.{language}"
    unchanged = request.if_none_match.contains(version)
    # Half an emoji is valid JSON and no UTF-8.
    answer = Response(b"" if unchanged else drawn(version, language).encode(errors="replace"))
    answer.set_etag(version)
    return answer.make_conditional(request)


def drawn(version: str, language: str) -> str:
    """Return the page's HTML, with the newest messages of both clients."""
    columns = [
        (client, [(one, draw(one), raw(one)) for one in room(client).messages()[-SHOWN:]])
        for client, draw in DRAW.items()
    ]
    view = {"columns": columns, "version": version, "language": language, "words": WORDS[language]}
    return render_template("page.html", html=html, plain=plain, raw_shown=RAW_SHOWN, **view)


def guard(answer: Response) -> Response:
    """Hold the browser to what this page needs; and keep nothing of it."""
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Vary"] = "Accept-Language"
    if request.endpoint != "static":
        answer.headers["Cache-Control"] = "no-cache"
    return answer


def create_app() -> Flask:
    """Return the viewer with two empty rooms."""
    app = Flask("viewer")
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = MOST_BYTES
    # A restart must not give an id out again: a relay may still hold one.
    app.extensions["started"] = started = time.time_ns()
    app.extensions["files"] = itertools.count(started)
    app.extensions["rooms"] = {"slack": Room(), "discord": Room(started)}
    app.register_blueprint(calls)
    app.register_blueprint(pages)
    app.after_request(guard)
    return app
