"""Whatever a far end answers, it has one meaning, and its reason is short, speakable in both languages and storable."""

from __future__ import annotations

import json
from datetime import timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from relay.channels import discord_answers, slack_answers
from relay.channels.calls import LONGEST_WAIT, retry_after
from relay.core.delivery import Failure
from relay.core.text import Language, Text, say
from relay.exchange import Answer
from relay.store.documents import read_reason, write_reason

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just(10**400),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(
    ["ok", "error", "code", "errors", "retry_after", "response_metadata", "id", "_errors"]
)
BODIES = (
    st.binary(max_size=200)
    | VALUES.map(lambda value: json.dumps(value).encode())
    | st.dictionaries(NAMES, VALUES, max_size=5).map(lambda value: json.dumps(value).encode())
    | st.sampled_from([b"[" * 50_000, b'{"code":' + b"9" * 6_000 + b"}", b"json-pointer:/a" * 500])
)
HEADERS = st.dictionaries(
    st.sampled_from(["retry-after", "date"]),
    st.text(max_size=40) | st.datetimes().map(lambda at: at.strftime("%a, %d %b %Y %H:%M:%S GMT")),
)
ANSWERS = st.builds(Answer, st.integers(100, 599), HEADERS, BODIES, st.just(timedelta(0)))


@given(ANSWERS)
def test_any_answer_of_slack_has_a_meaning(answer: Answer) -> None:
    assert isinstance(slack_answers.of_webhook(answer), Failure)
    assert isinstance(slack_answers.of_method(answer), Failure)
    sound(slack_answers.told_by_webhook(answer))
    sound(slack_answers.told_by_method(answer))


# A code as long as an answer may be.
@example(Answer(400, {}, json.dumps({"code": 10**400}).encode(), timedelta(0)))
@given(ANSWERS)
def test_any_answer_of_discord_has_a_meaning(answer: Answer) -> None:
    assert isinstance(discord_answers.failure(answer), Failure)
    found = discord_answers.message_id(answer)
    assert found is None or found.isdigit()
    sound(discord_answers.told(answer))


@given(ANSWERS)
def test_any_wait_that_is_asked_for_is_bounded(answer: Answer) -> None:
    asked = retry_after(answer)
    assert asked is None or timedelta(0) <= asked <= LONGEST_WAIT


def sound(reason: Text) -> None:
    for language in Language:
        said = say(reason, language)
        assert len(said) <= 400
        assert said.isprintable()
    assert read_reason(write_reason(reason)) == reason
