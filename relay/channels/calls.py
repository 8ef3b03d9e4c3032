"""The HTTP calls of one send: they share one deadline, and what means the same everywhere is decided here.

The rule: a reason never holds an address or a token, nor words of the far end that were not looked at.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from math import inf
from time import monotonic
from typing import Any

from relay.channels.contents import Content, as_json
from relay.core.delivery import DeliveryError, Failure
from relay.core.text import Text, text
from relay.exchange import Answer, Exchange, ExchangeError, Request, Trouble

LONGEST_ANSWER = 64 * 1024
LONGEST_WAIT = timedelta(days=1)
# Less than this is not worth a connection.
LEAST_TIME = timedelta(milliseconds=50)
_CODE = re.compile(r"[A-Za-z0-9_]{1,60}")


class Calls:
    """Calls of one service within ``deadline``, with the same headers."""

    def __init__(
        self, exchange: Exchange, service: str, deadline: timedelta, headers: Mapping[str, str]
    ) -> None:
        self.service = service
        self._exchange = exchange
        self._headers = dict(headers)
        self._ends = monotonic() + deadline.total_seconds()

    async def send(
        self,
        method: str,
        url: str,
        body: Mapping[str, Any] | Content,
        *,
        repeatable: bool = False,
        within: timedelta | None = None,
    ) -> Answer:
        """Return an answer that only the service's own rules can read: 2xx, or 4xx but 408 and 429.

        Raise ``DeliveryError`` for everything else. What is ``repeatable`` leaves no doubt behind: twice is as once.
        ``within`` is less time than the others leave.
        """
        content = body if isinstance(body, Content) else as_json(body)
        left = self._left()
        request = Request(
            method,
            url,
            deadline=left if within is None else min(left, within),
            headers={"content-type": content.kind, **self._headers},
            content=content.body,
            cap=LONGEST_ANSWER,
        )
        try:
            answer = await self._exchange.send(request)
        except ExchangeError as error:
            raise self._unanswered(error, repeatable=repeatable) from None
        failure = _failure(answer)
        if failure is not None:
            raise self.error(failure, text("failure.status", status=answer.status), answer)
        return answer

    def error(self, failure: Failure, what: Text, answer: Answer) -> DeliveryError:
        """Return the error for ``answer``; ``what`` says in a few words what the service said."""
        reason = text("failure.answered", service=self.service, what=what)
        return DeliveryError(failure, reason, status=answer.status, retry_after=retry_after(answer))

    @property
    def left(self) -> timedelta:
        """How much of the deadline is left, less than nothing after it."""
        return timedelta(seconds=self._ends - monotonic())

    def _left(self) -> timedelta:
        left = self.left
        if left < LEAST_TIME:
            raise self._unsaid(Failure.REFUSED, text("failure.no_time"))
        return left

    def _unanswered(self, error: ExchangeError, *, repeatable: bool) -> DeliveryError:
        failure = Failure.UNCERTAIN if error.sent and not repeatable else Failure.REFUSED
        if error.trouble is Trouble.ADDRESS:
            failure = Failure.PERMANENT
        return self._unsaid(failure, _why(error))

    def _unsaid(self, failure: Failure, why: Text) -> DeliveryError:
        return DeliveryError(failure, text("failure.unanswered", service=self.service, why=why))


def _why(error: ExchangeError) -> Text:
    trouble = text(f"failure.trouble.{error.trouble.name.lower()}")
    if error.obstacle is None:
        return trouble
    return text("failure.obstacle", what=trouble, why=text(f"failure.obstacle.{error.obstacle.name.lower()}"))


def _failure(answer: Answer) -> Failure | None:
    """Return what a status means whoever the service is; None where its own rules say."""
    match answer.status:
        case 429:
            return Failure.THROTTLED
        case 503 if "retry-after" in answer.headers:
            return Failure.THROTTLED
        case status if status >= 500 or status in (408, 425):
            return Failure.REFUSED
        case status if status < 200 or 300 <= status < 400:
            # Not followed: a webhook does not move, and what it is sent is meant for nobody else.
            return Failure.PERMANENT
        case _:
            return None


def document(answer: Answer) -> dict[str, Any]:
    """Return the JSON object of an answer, or an empty one where there is none."""
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def code(value: object) -> str:
    """Return a far end's own name of an error, or "?" where it looks like no name."""
    return str(value) if isinstance(value, str | int) and _CODE.fullmatch(str(value)) else "?"


def retry_after(answer: Answer) -> timedelta | None:
    """Return how long the far end asks to wait: Discord's exact seconds in the body, else the header.

    The header holds seconds or an HTTP date (RFC 9110, 10.2.3). None where nothing that makes sense was said.
    """
    asked = document(answer).get("retry_after") if answer.status == 429 else None
    if isinstance(asked, int | float) and not isinstance(asked, bool):
        return _wait(asked)
    header = answer.headers.get("retry-after", "").strip()[:64]
    try:
        return _wait(float(header))
    except ValueError:
        return _until(header, answer.headers.get("date", ""))


def _wait(seconds: float) -> timedelta | None:
    # NaN fails both comparisons.
    if not 0 <= seconds < inf:
        return None
    return timedelta(seconds=min(seconds, LONGEST_WAIT.total_seconds()))


def _until(then: str, now: str) -> timedelta | None:
    """Return the time between two HTTP dates, both by the far end's clock."""
    try:
        return _wait((_date(then) - _date(now)).total_seconds())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _date(header: str) -> datetime:
    at = parsedate_to_datetime(header)
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
