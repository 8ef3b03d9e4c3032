"""What Discord's answers mean: the code in the JSON body says more than the status.

Codes: https://docs.discord.com/developers/topics/opcodes-and-status-codes#json.
"""

from __future__ import annotations

from collections.abc import Iterator

from relay.channels.calls import code, document
from relay.core.delivery import Failure
from relay.core.text import Text, text
from relay.exchange import Answer

# The living message can't be edited any more: unknown message; too many edits of a message older than an hour.
LOST = frozenset({10008, 30046})
# The form is refused: form body, empty, too large, file too large, invalid file, "harmful link".
REDUCIBLE = frozenset({50035, 50006, 40005, 50045, 50046, 240000})
# The destination is no more, or takes nothing until its settings are mended: unknown channel, guild or webhook, missing
# access or permission, invalid token, archived or locked thread; a forum that wants a thread or a tag.
CLOSED = frozenset({10003, 10004, 10015, 50001, 50013, 50027, 50083, 160005, 220001, 220002, 220003, 40067})
_MOST_PLACES = 3
_LONGEST_PLACES = 250


def number(answer: Answer) -> int:
    """Return the code of an answer, 0 where it has none."""
    said = document(answer).get("code")
    return said if isinstance(said, int) and not isinstance(said, bool) else 0


def lost(answer: Answer) -> bool:
    """Whether the message that was to be edited can't be; a webhook that is gone has the same status, 404."""
    return answer.status >= 400 and number(answer) in LOST


def reducible(answer: Answer) -> bool:
    """Whether the message may pass as plain content."""
    return answer.status >= 400 and (answer.status == 413 or number(answer) in REDUCIBLE)


def failure(answer: Answer) -> Failure:
    """Say what a refusal means.

    "If a webhook returns 404 you should not attempt to use it again": so 404 parks the channel whatever stands in it.
    """
    if answer.status in (401, 403, 404, 410) or number(answer) in CLOSED:
        return Failure.GONE
    return Failure.PERMANENT


def message_id(answer: Answer) -> str | None:
    """Return the id of the message that was saved; it goes into an address, so nothing but digits is one."""
    if answer.status >= 300:
        return None
    said = document(answer).get("id")
    return said if isinstance(said, str) and said.isascii() and said.isdigit() and len(said) <= 20 else None


def told(answer: Answer) -> Text:
    """Return the answer in a few words: status, code, and the places in the message that it points at."""
    places = ", ".join(sorted(_places(document(answer).get("errors"), ()))[:_MOST_PLACES])
    what = text("failure.status.code", status=answer.status, code=code(number(answer)))
    return text("failure.at", what=what, places=places[:_LONGEST_PLACES]) if places else what


def _places(errors: object, path: tuple[str, ...]) -> Iterator[str]:
    """Yield each place of nested form errors with the name of what is wrong there, as ``embeds.0.title: TOO_LONG``."""
    if not isinstance(errors, dict) or len(path) > 8:
        return
    for key, inner in list(errors.items())[:20]:
        if key == "_errors" and isinstance(inner, list) and inner and isinstance(inner[0], dict):
            yield f"{'.'.join(path)}: {code(inner[0].get('code'))}"
        else:
            yield from _places(inner, (*path, code(key)))
