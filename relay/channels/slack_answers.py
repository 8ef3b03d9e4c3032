"""What Slack's answers mean. A webhook answers in plain text, a method of the Web API in JSON, refusals with status 200 too.

Codes: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors and
https://docs.slack.dev/reference/methods/chat.postMessage#errors.
"""

from __future__ import annotations

import re

from relay.channels.calls import code, document
from relay.core.delivery import Failure
from relay.core.text import Text, text
from relay.exchange import Answer

# The message's own form is refused: said again as text alone it may pass.
REDUCIBLE = frozenset(
    {
        "invalid_payload",
        "no_text",
        "missing_text_or_fallback_or_attachments",
        "invalid_blocks",
        "invalid_blocks_format",
        "invalid_attachments",
        "too_many_attachments",
        "attachment_payload_limit_exceeded",
        "msg_blocks_too_long",
        "msg_too_long",
    }
)
# The destination is no more, or does not let us in.
CLOSED = frozenset(
    {
        "invalid_auth",
        "not_authed",
        "account_inactive",
        "token_revoked",
        "token_expired",
        "no_permission",
        "missing_scope",
        "not_allowed_token_type",
        "access_denied",
        "team_access_not_granted",
        "ekm_access_denied",
        "enterprise_is_restricted",
        "channel_not_found",
        "is_archived",
        "channel_is_archived",
        "not_in_channel",
        "restricted_action",
        "restricted_action_read_only_channel",
        "restricted_action_thread_locked",
        "restricted_action_non_threadable_channel",
        "posting_to_general_channel_denied",
    }
)
# The living message can't be changed any more: a new one takes its place.
LOST = frozenset(
    {
        "message_not_found",
        "cant_update_message",
        "edit_window_closed",
        "thread_not_found",
        "cannot_reply_to_message",
    }
)
# "It's possible some aspect of the operation succeeded before the error was raised."
UNSURE = frozenset({"fatal_error", "internal_error"})
PASSING = frozenset(
    {"service_unavailable", "request_timeout", "team_added_to_org", "org_login_required", "accesslimited"}
)
_POINTER = re.compile(r"json-pointer:(/[\w/]{1,100})")


def said(answer: Answer) -> str:
    """Return the plain text of a webhook's answer, as far as a code could be that long."""
    return answer.body[:100].decode("utf-8", "replace").strip()


def error(answer: Answer) -> str:
    """Return the error that a method's answer names, or "" where it names none."""
    named = document(answer).get("error")
    return named if isinstance(named, str) else ""


def done(answer: Answer) -> bool:
    """Whether a method did what it was asked for."""
    return answer.status < 300 and document(answer).get("ok") is True


def of_webhook(answer: Answer) -> Failure:
    """Say what a refused or odd answer means. A 2xx without "ok" comes from something in between: nothing is known."""
    if answer.status < 300:
        return Failure.UNCERTAIN
    if answer.status in (401, 403, 404, 410) or said(answer) in CLOSED:
        return Failure.GONE
    return Failure.PERMANENT


def of_method(answer: Answer) -> Failure:
    """Say what a method's error means."""
    match error(answer):
        case "":
            return of_webhook(answer)
        case "ratelimited" | "rate_limited":
            return Failure.THROTTLED
        case named if named in CLOSED:
            return Failure.GONE
        case named if named in UNSURE:
            return Failure.UNCERTAIN
        case named if named in PASSING:
            return Failure.REFUSED
        case _:
            return Failure.PERMANENT


def told_by_webhook(answer: Answer) -> Text:
    """Return a webhook's answer in a few words that are fit for a log."""
    if answer.status < 300:
        return text("failure.status.no_ok", status=answer.status)
    return text("failure.status.word", status=answer.status, code=code(said(answer)))


def told_by_method(answer: Answer) -> Text:
    """Return a method's answer in a few words, with the places of the message that it points at."""
    named = error(answer)
    if not named:
        return text("failure.status.no_ok", status=answer.status)
    places = sorted(set(_POINTER.findall(str(document(answer).get("response_metadata"))[:2_000])))[:3]
    what = text("failure.error", code=code(named))
    return text("failure.at", what=what, places=", ".join(places)) if places else what
