"""Discord's webhook: post, edit, delete and read as the real one answers."""

import json
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient

URL = "/api/v10/webhooks/17/token"
SILENT: dict[str, Any] = {"allowed_mentions": {"parse": []}}
ALERT = {
    **SILENT,
    "content": "Memory is high",
    "embeds": [
        {
            "title": "Warning: memory",
            "url": "http://127.0.0.1:8080/incidents/7",
            "description": "**86 %** of <b>256 MB</b>",
            "color": 0xD97706,
            "fields": [
                {"name": "Target", "value": "gameshelf-api", "inline": True},
                {"name": "Changed", "value": "first seen"},
            ],
            "footer": {"text": "incident 7, update 1"},
            "timestamp": "2026-11-23T14:02:00+00:00",
        }
    ],
}


def shown(client: FlaskClient) -> list[dict[str, Any]]:
    return list(client.get("/messages").get_json()["discord"])


@pytest.fixture
def id(client: FlaskClient) -> str:
    """A message that was posted."""
    return str(client.post(f"{URL}?wait=true", json=ALERT).get_json()["id"])


def test_posting_with_wait_answers_the_message(client: FlaskClient) -> None:
    """With an id to edit it by; without wait there is no answer at all."""
    answer = client.post(f"{URL}?wait=true", json=ALERT)
    assert answer.status_code == 200
    assert answer.get_json()["embeds"] == ALERT["embeds"]
    assert client.get(f"{URL}/messages/{answer.get_json()['id']}").get_json() == answer.get_json()
    assert client.post(URL, json=ALERT).status_code == 204
    assert len(shown(client)) == 2


def test_a_message_is_told_whole(client: FlaskClient, id: str) -> None:
    """In the order of the client: content, title, description, fields, footer."""
    lines = shown(client)[0]["text"].splitlines()
    assert lines[:7] == [
        "Memory is high",
        "Warning: memory",
        "86 % of <b>256 MB</b>",
        "Target",
        "gameshelf-api",
        "Changed",
        "first seen",
    ]
    assert lines[7] == "incident 7, update 1"


def test_titles_and_names_of_fields_are_markdown_too(client: FlaskClient) -> None:
    """So a backslash before a mark is not seen."""
    embed = {"title": "no\\_data", "fields": [{"name": "git\\_push", "value": "a\\_b"}]}
    client.post(URL, json={**SILENT, "embeds": [embed]})
    assert shown(client)[0]["text"].splitlines() == ["no_data", "git_push", "a_b"]


def test_the_page_shows_it_escaped(client: FlaskClient, id: str) -> None:
    """The number of the colour becomes the bar's."""
    page = client.get("/").text
    assert 'fill="#d97706"' in page
    assert "<b>86 %</b> of &lt;b&gt;256 MB&lt;/b&gt;" in page


def test_an_edit_changes_the_keys_that_are_given(client: FlaskClient, id: str) -> None:
    """The raw bodies stay, in order."""
    change = {**SILENT, "content": "Memory is fine"}
    answer = client.patch(f"{URL}/messages/{id}", json=change)
    assert (answer.status_code, answer.get_json()["content"]) == (200, "Memory is fine")
    assert answer.get_json()["edited_timestamp"] is not None
    [message] = shown(client)
    assert message["message"] == {**ALERT, **change}
    assert message["edited_at"] is not None
    assert [raw["method"] for raw in message["raw"]] == ["POST", "PATCH"]
    assert message["raw"][1]["body"] == change


def test_a_deleted_message_is_unknown(client: FlaskClient, id: str) -> None:
    """10008 is what tells a sender to post anew."""
    url = f"{URL}/messages/{id}"
    assert client.delete(url).status_code == 204
    for answer in (client.get(url), client.delete(url), client.patch(url, json=ALERT)):
        assert (answer.status_code, answer.get_json()["code"]) == (404, 10008)
    [message] = shown(client)
    assert message["deleted"] is True
    assert client.get(f"{URL}/messages/404").get_json()["code"] == 10008


def test_the_webhook_can_be_read(client: FlaskClient) -> None:
    """How a sender tests its address without a message."""
    assert client.get(URL).get_json()["id"] == "17"
    assert client.get("/api/webhooks/17/token").status_code == 200


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", 50109),
        (b"[]", 50109),
        (b"[" * 100_000, 50109),
        (b"{}", 50006),
        (b'{"content": " "}', 50006),
        (b'{"content": 5}', 50006),
        (b'{"content": "' + b"x" * 2001 + b'"}', 50035),
        (b'{"embeds": [' + b"{}," * 10 + b"{}]}", 50035),
        (b'{"embeds": 5}', 50035),
    ],
)
def test_refusals(client: FlaskClient, id: str, body: bytes, code: int) -> None:
    """400 with Discord's code, for a post and, where it leaves nothing to show, for an edit."""
    answer = client.post(f"{URL}?wait=true", data=body, content_type="application/json")
    assert (answer.status_code, answer.get_json()["code"]) == (400, code)
    assert len(shown(client)) == 1


def test_an_edit_that_leaves_nothing_is_refused(client: FlaskClient, id: str) -> None:
    """And the message stays as it was."""
    answer = client.patch(f"{URL}/messages/{id}", json={"content": "", "embeds": []})
    assert (answer.status_code, answer.get_json()["code"]) == (400, 50006)
    assert client.patch(f"{URL}/messages/{id}", data=b"{").get_json()["code"] == 50109
    assert shown(client)[0]["message"] == ALERT


@pytest.mark.parametrize(
    "embed",
    [
        {"title": 5, "color": "red", "fields": 3},
        {"color": -1, "fields": [None, {"name": 1, "value": []}], "footer": 7, "timestamp": "never"},
        {"image": {"url": "javascript:alert(1)"}, "timestamp": "0001-01-01T00:00:00+23:59"},
        {"title": "half an emoji \ud83d"},
    ],
)
def test_odd_embeds_are_drawn_as_far_as_they_go(client: FlaskClient, embed: dict[str, Any]) -> None:
    """The stand-in shows what came; it does not fall over."""
    assert client.post(f"{URL}?wait=true", json={"embeds": [embed]}).status_code == 200
    assert client.get("/").status_code == 200
    assert len(shown(client)) == 1


def test_a_picture_comes_as_a_form(client: FlaskClient) -> None:
    """``payload_json`` beside files."""
    answer = client.post(f"{URL}?wait=true", data={"payload_json": '{"content": "chart"}'})
    assert answer.get_json()["content"] == "chart"


PICTURE = {"title": "x", "image": {"url": "attachment://chart.png"}}
NAMED = {"id": "0", "filename": "chart.png", "description": "memory, 92 % at the end"}


def form(content: bytes, body: dict[str, Any], name: str = "chart.png") -> dict[str, Any]:
    """Return a form with a file, as Flask's client sends it."""
    return {"payload_json": json.dumps({**SILENT, **body}), "files[0]": (BytesIO(content), name)}


@pytest.fixture
def pictured(client: FlaskClient) -> str:
    """A message with a picture."""
    body = {"embeds": [PICTURE], "attachments": [NAMED]}
    return str(client.post(f"{URL}?wait=true", data=form(b"one", body)).get_json()["id"])


def test_a_picture_is_shown_with_its_words(client: FlaskClient, pictured: str) -> None:
    """In the embed that names it, and as a picture only."""
    page = client.get("/").text
    assert f'<img src="/attachments/{pictured}/chart.png" alt="memory, 92 % at the end">' in page
    assert page.count("<img") == 1
    file = client.get(f"/attachments/{pictured}/chart.png")
    assert (file.data, file.mimetype) == (b"one", "image/png")
    assert "memory, 92 % at the end" in shown(client)[0]["text"]
    assert client.get(f"/attachments/{pictured}/other.png").status_code == 404
    assert client.get("/attachments/7/chart.png").status_code == 404


def test_an_edit_keeps_the_files_that_it_names_or_does_not_speak_of(
    client: FlaskClient, pictured: str
) -> None:
    """Replaced, kept by its id, left alone, taken away: https://docs.discord.com/developers/reference."""
    url = f"{URL}/messages/{pictured}"

    def edit(body: dict[str, Any]) -> list[str]:
        kept = client.patch(url, json={**SILENT, **body}).get_json()["attachments"]
        return [one["id"] for one in kept]

    (first,) = edit({"content": "left alone"})
    assert edit({"attachments": [{"id": first}]}) == [first]
    body = {"embeds": [PICTURE], "attachments": [NAMED]}
    (second,) = client.patch(url, data=form(b"two", body)).get_json()["attachments"]
    assert second["id"] != first
    assert second["description"] == NAMED["description"]
    assert client.get(f"/attachments/{pictured}/chart.png").data == b"two"
    assert edit({"embeds": [{"title": "x"}], "attachments": []}) == []
    assert client.get(f"/attachments/{pictured}/chart.png").status_code == 404


def test_a_file_that_no_embed_shows_stands_below_the_words(client: FlaskClient) -> None:
    client.post(f"{URL}?wait=true", data=form(b"one", {"content": "x", "attachments": [NAMED]}))
    assert client.get("/").text.count("<img") == 1


@pytest.mark.parametrize("attachments", [[], [{"id": "5"}]])
def test_an_embed_whose_file_is_not_there_is_refused(
    client: FlaskClient, pictured: str, attachments: list[Any]
) -> None:
    """Both when it is posted and when an edit takes the file away."""
    body = {**SILENT, "embeds": [PICTURE], "attachments": attachments}
    assert client.post(f"{URL}?wait=true", json=body).status_code == 400
    assert client.patch(f"{URL}/messages/{pictured}", json=body).status_code == 400


def test_a_file_that_is_no_picture_is_never_a_page(client: FlaskClient) -> None:
    sent = client.post(f"{URL}?wait=true", data=form(b"<script>", {"content": "x"}, "page.html"))
    file = client.get(f"/attachments/{sent.get_json()['id']}/page.html")
    assert (file.mimetype, file.headers["Content-Disposition"]) == ("application/octet-stream", "attachment")
