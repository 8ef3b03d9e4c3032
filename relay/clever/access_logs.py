"""The access logs: response times of the last minute, and the share of failures of the last five.

They come as a stream of server-sent events. Each read asks for the time since the last one. A stream that breaks is taken up where it stopped; what came counts in any case.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import ceil
from urllib.parse import urlencode

from relay.clever.client import LOGS, Client, ClientError, Fault
from relay.clever.event_stream import Parser
from relay.core.model import Reading
from relay.exchange import Request
from relay.sources.json_document import DocumentError, at_path, number, parse

NAMES = frozenset({"response_time", "error_rate", "answers"})
QUANTILE = 0.95
# Further back nobody looks: after a pause the figures are of the last minutes.
LONGEST = timedelta(minutes=5)
FIRST = timedelta(minutes=1)
# Of busier applications the first so many requests of a minute tell enough.
MOST = 20_000
CAP = 32 * 1024**2
TRIES = 3
# A share of failures is one of the last minutes, as a minute of a quiet application has too few answers for one; fewer
# failures than these, of fewer answers, are single mishaps and no share of anything.
POOLED = timedelta(minutes=5)
FEW, OF_FEW = 5, 500
_BROKE = (Fault.UNREACHABLE, Fault.BROKEN)


@dataclass(slots=True)
class Seen:
    """What a time of the access logs came to."""

    milliseconds: list[float] = field(default_factory=list)
    answers: int = 0
    failed: int = 0
    last_id: str = ""

    def take(self, event: str, data: str, id: str) -> None:
        """Count one event of the stream; one without an answer (a cut connection) is no answer."""
        if event != "ACCESS_LOG":
            return
        self.last_id = id or self.last_id
        try:
            item = parse(data.encode())
        except DocumentError:
            return
        status = number(at_path(item, "http.response.statusCode"))
        took = number(at_path(item, "http.response.time"))
        if status is None:
            return
        self.answers += 1
        self.failed += status >= 500
        if took is not None and took >= 0:
            self.milliseconds.append(took)

    def readings(self, at: datetime, span: timedelta) -> tuple[Reading, ...]:
        """Return the readings; nothing was measured where nobody asked."""
        if not self.answers:
            return ()
        made = [Reading("answers", self.answers / span.total_seconds(), at=at)]
        if self.milliseconds:
            made.append(Reading("response_time", quantile(self.milliseconds, QUANTILE) / 1000, at=at))
        return tuple(made)


def error_rate(failed: int, answers: int) -> float | None:
    """Return the share of failures in percent, None where there are too few to tell.

    >>> error_rate(0, 20), error_rate(1, 20), error_rate(5, 20), error_rate(4, 1000)
    (0.0, None, 25.0, 0.4)
    """
    if not answers or (0 < failed < FEW and answers < OF_FEW):
        return None
    return 100 * failed / answers


class AccessLogs:
    """Reads one application."""

    def __init__(self, client: Client, application: str) -> None:
        self._client = client
        self._path = f"/v4/accesslogs/organisations/{client.owner}/applications/{application}/accesslogs"
        self._until: datetime | None = None
        # When a read was made, and its failures and answers.
        self._counts: deque[tuple[datetime, int, int]] = deque()

    async def read(self, at: datetime) -> tuple[Reading, ...]:
        """Return the figures since the last read; raise ``ClientError`` where nothing came and the stream failed."""
        since = max(self._until or at - FIRST, at - LONGEST)
        if since >= at:
            return ()
        seen = Seen()
        for tried in range(TRIES):
            try:
                if await self._streamed(seen, since, at):
                    break
            except ClientError as error:
                if error.fault is Fault.SLOW and seen.answers:
                    break
                if error.fault not in _BROKE or (tried == TRIES - 1 and not seen.answers):
                    raise
        self._until = at
        return (*seen.readings(at, at - since), *self._failures(seen, at))

    def _failures(self, seen: Seen, at: datetime) -> tuple[Reading, ...]:
        self._counts.append((at, seen.failed, seen.answers))
        while at - self._counts[0][0] >= POOLED:
            self._counts.popleft()
        failed = sum(one[1] for one in self._counts)
        answers = sum(one[2] for one in self._counts)
        share = error_rate(failed, answers) if seen.answers else None
        return () if share is None else (Reading("error_rate", share, at=at),)

    async def _streamed(self, seen: Seen, since: datetime, until: datetime) -> bool:
        """Take events until the stream ends; return whether it says itself that it is over, or was long enough."""
        parser = Parser(seen.take)
        account = self._client.account
        query = urlencode({"since": _iso(since), "until": _iso(until), "limit": MOST - seen.answers})
        headers = {"accept": "text/event-stream", **account.headers}
        if seen.last_id:
            headers["last-event-id"] = seen.last_id
        url = f"{account.address}{self._path}?{query}"
        request = Request("GET", url, account.deadline, headers, cap=CAP, partial=True)
        try:
            await self._client.send(LOGS, replace(request, sink=parser.feed), self._path)
        except ClientError:
            # Who has said that it is over may hang up as it likes.
            if not parser.is_over:
                raise
        return parser.is_over or seen.answers >= MOST


def quantile(values: list[float], which: float) -> float:
    """Return the value that ``which`` of all are at most, one of those measured.

    >>> quantile([5.0, 1.0, 2.0, 3.0], 0.5), quantile([7.0], 0.95)
    (2.0, 7.0)
    """
    ordered = sorted(values)
    return ordered[max(0, ceil(which * len(ordered)) - 1)]


def _iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
