"""Slack's webhook: the answers of the real one, and the message that a person reads."""

from typing import Any

import pytest
from flask.testing import FlaskClient

URL = "/services/T000/B000/secret"


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


ALERT = {
    "text": "Critical: memory of gameshelf-api",
    "attachments": [
        {
            "color": "#d92d20",
            "blocks": [
                {"type": "header", "text": {"type": "plain_text", "text": "Critical & <b>loud</b>"}},
                {"type": "section", "text": mrkdwn("*Memory* 92 % &lt;!channel&gt;")},
                {"type": "section", "fields": [mrkdwn("*Target*\ngameshelf-api"), mrkdwn("*Limit*\n90 %")]},
                {"type": "divider"},
                {"type": "context", "elements": [mrkdwn("<http://127.0.0.1:8080/incidents/7|incident 7>")]},
            ],
        }
    ],
}


def shown(client: FlaskClient) -> list[dict[str, Any]]:
    return list(client.get("/messages").get_json()["slack"])


def test_a_message_is_taken_and_told(client: FlaskClient) -> None:
    """As plain text from top to bottom, as it came, and raw."""
    answer = client.post(URL, json=ALERT)
    assert (answer.status_code, answer.text) == (200, "ok")
    [message] = shown(client)
    assert message["text"].splitlines() == [
        "Critical: memory of gameshelf-api",
        "Critical & <b>loud</b>",
        "Memory 92 % <!channel>",
        "Target",
        "gameshelf-api",
        "Limit",
        "90 %",
        "incident 7",
    ]
    assert message["message"] == ALERT
    assert [(raw["method"], raw["path"], raw["body"]) for raw in message["raw"]] == [("POST", URL, ALERT)]
    assert (message["edited_at"], message["deleted"]) == (None, False)


def test_the_page_shows_it_escaped(client: FlaskClient) -> None:
    """The colour is an attribute, as the page's policy forbids inline style."""
    client.post(URL, json=ALERT)
    page = client.get("/").text
    assert 'fill="#d92d20"' in page
    assert "Critical &amp; &lt;b&gt;loud&lt;/b&gt;" in page
    assert "<b>Memory</b> 92 % &lt;!channel&gt;" in page
    assert '<a href="http://127.0.0.1:8080/incidents/7"' in page


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "invalid_payload"),
        (b"{", "invalid_payload"),
        (b"[1]", "invalid_payload"),
        (b'"text"', "invalid_payload"),
        (b"\xff", "invalid_payload"),
        (b"[" * 100_000, "invalid_payload"),
        (b"{}", "no_text"),
        (b'{"text": ""}', "no_text"),
        (b'{"text": 5}', "no_text"),
        (b'{"blocks": [{}]}', "invalid_blocks"),
        (b'{"blocks": 5}', "invalid_blocks"),
        (b'{"attachments": [' + b"{}," * 100 + b"{}]}", "too_many_attachments"),
    ],
)
def test_refusals(client: FlaskClient, body: bytes, said: str) -> None:
    """A word in plain text with 400, and nothing is shown."""
    answer = client.post(URL, data=body, content_type="application/json")
    assert (answer.status_code, answer.text) == (400, said)
    assert shown(client) == []


def test_the_older_ways(client: FlaskClient) -> None:
    """A form's payload, and attachments with fields of their own."""
    older = '{"attachments": [{"color": "danger", "title": "Memory", "text": "high", "fields": [{"title": "a", "value": "b"}]}]}'
    assert client.post(URL, data={"payload": older}).text == "ok"
    assert shown(client)[0]["text"] == "Memory\nhigh\na\nb"
    assert 'fill="#e01e5a"' in client.get("/").text


def test_a_body_of_over_a_mebibyte_is_refused(client: FlaskClient) -> None:
    """413, and nothing is kept."""
    assert client.post(URL, json={"text": "x" * (1 << 20)}).status_code == 413
    assert shown(client) == []


@pytest.mark.parametrize(
    "block",
    [
        {"type": "section"},
        {"type": "section", "text": 5, "fields": {"a": 1}},
        {"type": "header", "text": "Memory"},
        {"type": "context", "elements": [None, 1, {"type": "image", "alt_text": "x"}]},
        {"type": "actions", "elements": [{"type": "button", "text": 1, "url": "javascript:x"}]},
        {"type": "image", "image_url": 7},
        {"type": "table", "rows": []},
    ],
)
def test_odd_blocks_are_drawn_as_far_as_they_go(client: FlaskClient, block: dict[str, Any]) -> None:
    """The stand-in shows what came; it does not fall over."""
    assert client.post(URL, json={"text": "x", "blocks": [block]}).text == "ok"
    assert client.get("/").status_code == 200
    assert len(shown(client)) == 1
