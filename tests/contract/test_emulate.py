"""The stateful Slack double answers as the real one does, where the relay leans on it."""

from typing import Any

import httpx
import pytest

from tests.contract.emulate import TOKEN


@pytest.fixture
def api(emulate_slack: str) -> Any:
    """Call a method of the Web API with the emulator's token."""

    def call(method: str, **body: Any) -> Any:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        return httpx.post(f"{emulate_slack}/api/{method}", headers=headers, json=body).json()

    return call


def test_a_webhook_answers_in_plain_text(emulate_slack: str) -> None:
    """``ok``, and the reasons for a refusal."""
    url = f"{emulate_slack}/services/T000/B000/X000"
    assert httpx.post(url, json={"text": "memory"}).text == "ok"
    empty = httpx.post(url, json={})
    assert (empty.status_code, empty.text) == (400, "no_text")


def test_a_message_is_updated_and_answered_in_its_thread(api: Any) -> None:
    """What the relay does with a bot token."""
    channel = api("conversations.list")["channels"][0]["id"]
    posted = api("chat.postMessage", channel=channel, text="memory 92 %")
    assert posted["ok"]
    assert api("chat.update", channel=channel, ts=posted["ts"], text="memory 95 %")["ok"]
    assert api("chat.postMessage", channel=channel, thread_ts=posted["ts"], text="critical")["ok"]
    replies = api("conversations.replies", channel=channel, ts=posted["ts"])["messages"]
    assert [message["text"] for message in replies] == ["memory 95 %", "critical"]
