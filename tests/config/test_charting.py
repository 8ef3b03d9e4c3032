"""Which channels show charts, by what they can do and what is configured; and the one key of every process."""

from __future__ import annotations

import pytest

from relay.app.charting import seal_for, showing_of
from relay.core.seal import Shown
from relay.core.text import Language
from relay.pipeline.setup import Showing
from tests.building import HOUR, NOON
from tests.config.loading import loaded

CHANNELS = """
channels:
  hook: {kind: slack, webhook_url: 'https://hooks.slack.com/services/T/B/one'}
  bot: {kind: slack, bot_token: xoxb-1, channel: C1, language: fr}
  discord: {kind: discord, webhook_url: 'https://discord.com/api/webhooks/1/x', charts: CHARTS}
"""
PUBLIC = "web: {public_url: 'https://relay.example', password: 'long enough'}\n"
FILE = {"bot": Showing(Language.FRENCH)}
SHOWN = Shown("0" * 32, 1, Language.ENGLISH, NOON + HOUR)


@pytest.mark.parametrize(
    ("web", "fetches"),
    [
        ("", False),  # nobody outside knows where the relay is
        (PUBLIC, True),
        ("web: {public_url: 'http://127.0.0.1:8080'}\n", False),  # this machine alone could fetch it
        ("web: {public_url: 'http://localhost:8080'}\n", False),
    ],
)
def test_a_webhook_of_slack_shows_a_chart_where_slack_can_fetch_it(web: str, fetches: bool) -> None:
    """A bot and Discord are sent it either way; a channel that is told not to shows none."""
    shown = showing_of(loaded(web + CHANNELS.replace("CHARTS", "false")))
    assert shown == {**FILE, **({"hook": Showing(Language.ENGLISH, by_address=True)} if fetches else {})}
    assert "discord" in showing_of(loaded(web + CHANNELS.replace("CHARTS", "true")))


def test_a_stand_in_on_this_machine_fetches_from_this_machine() -> None:
    """As in the demonstration."""
    config = loaded(
        "web: {public_url: 'http://127.0.0.1:8080'}\n"
        "channels: {s: {kind: slack, webhook_url: 'http://127.0.0.1:8082/services/T/B/x'}}\n"
    )
    assert showing_of(config) == {"s": Showing(Language.ENGLISH, by_address=True)}
    assert seal_for(config) is not None


def test_every_process_of_a_configuration_has_the_same_key_and_another_secret_another() -> None:
    """No secret of the pages is in it: who has an address could try passwords against it."""
    text = PUBLIC + CHANNELS.replace("CHARTS", "true")
    one, other = seal_for(loaded(text)), seal_for(loaded(text.replace("long enough", "another one")))
    assert one is not None
    assert other is not None
    assert other.opened(one.path(SHOWN), NOON) == SHOWN
    changed = seal_for(loaded(text.replace("/one", "/two")))
    assert changed is not None
    assert changed.opened(one.path(SHOWN), NOON) is None


def test_where_nothing_is_fetched_there_is_no_key() -> None:
    assert seal_for(loaded(CHANNELS.replace("CHARTS", "true"))) is None
