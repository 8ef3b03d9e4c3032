"""``/charts/…png``: one chart of one incident, for whoever was given its sealed address, as a chat service that fetches it.

The rules: answered in the ASGI layer, so no session and no cookie is near it, and no page's thread; whatever is wrong with
an address is one and the same 404; drawn one at a time, a few times a minute at most, and kept for whoever asks again.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus

import structlog

from relay.core.seal import PREFIX, Shown
from relay.drawing.illustrating import Drawn
from relay.pipeline import Meter
from relay.pipeline.setup import Setup
from relay.pipeline.showing import Missed
from relay.web.asgi import Response
from relay.web.throttle import Throttle

log = structlog.get_logger("relay.web")

# Nobody's alert waits for this one; a service that fetches pictures does, for some seconds.
DEADLINE = timedelta(seconds=3)
MOST_KEPT_BYTES = 2_000_000
# Of one picture and of all, in a minute.
DRAWN_OF_ONE = 3
DRAWN_OF_ALL = 60
MOST_WAITING = 20
LONGEST_AGE = timedelta(days=1)
HEADERS = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    # A page of the chat may show it, as the address is what opens it.
    "cross-origin-resource-policy": "cross-origin",
    "x-robots-tag": "noindex",
}


class Charts:
    """Answers for the charts of one process; ``setup`` is swapped whole by a reload."""

    def __init__(self, setup: Setup, drawn: Drawn, now: Callable[[], datetime], meter: Meter) -> None:
        self.setup = setup
        self._drawn = drawn
        self._now = now
        self._meter = meter
        self._kept = _Kept()
        self._throttle = Throttle(DRAWN_OF_ONE, DRAWN_OF_ALL)
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def respond(self, path: str, headers: dict[str, str], peer: str) -> Response | None:
        """Return the answer to a GET, or None when the path is none of a chart."""
        del headers, peer
        if not path.startswith(PREFIX):
            return None
        at, setup = self._now(), self.setup
        shown = None if setup.seal is None else setup.seal.opened(path, at)
        if shown is None:
            return self._counted("unknown", _nothing(HTTPStatus.NOT_FOUND))
        png = self._kept.get(shown)
        if png is not None:
            return self._counted("kept", _image(png, shown, at))
        try:
            png = await self._made(setup, shown, at)
        except Missed as missed:
            return self._counted(missed.why, _nothing(HTTPStatus.SERVICE_UNAVAILABLE, {"retry-after": "5"}))
        if png is None:
            return self._counted("unknown", _nothing(HTTPStatus.NOT_FOUND))
        return self._counted("drawn", _image(png, shown, at))

    async def _made(self, setup: Setup, shown: Shown, at: datetime) -> bytes | None:
        if self._waiting >= MOST_WAITING:
            raise Missed("busy")
        self._waiting += 1
        try:
            async with asyncio.timeout(DEADLINE.total_seconds()), self._turn:
                return self._kept.get(shown) or await self._drawn_now(setup, shown, at)
        except TimeoutError:
            raise Missed("late") from None
        except Missed:
            raise
        except Exception:
            # A bug in a drawing, or what an odd store holds: the boundary of one picture, as in a message.
            log.exception("a chart failed", incident=shown.incident_id)
            raise Missed("failed") from None
        finally:
            self._waiting -= 1

    async def _drawn_now(self, setup: Setup, shown: Shown, at: datetime) -> bytes | None:
        """Draw, unless it was drawn too often: from then on only what is kept is given."""
        name = f"{shown.incident_id}-{shown.sequence}-{shown.language}"
        if self._throttle.wait(name, at) is not None:
            raise Missed("throttled")
        self._throttle.count(name, at)
        png = await self._drawn.png(setup, shown)
        if png is not None:
            self._kept.keep(shown, png)
        return png

    def _counted(self, outcome: str, response: Response) -> Response:
        self._meter.chart_requests.labels(outcome).inc()
        return response


class _Kept:
    """Pictures that were drawn lately, the least asked for first, within a number of bytes."""

    def __init__(self) -> None:
        self._pictures: OrderedDict[Shown, bytes] = OrderedDict()
        self._bytes = 0

    def get(self, shown: Shown) -> bytes | None:
        """Return a picture, None where it is not kept."""
        if shown in self._pictures:
            self._pictures.move_to_end(shown)
        return self._pictures.get(shown)

    def keep(self, shown: Shown, png: bytes) -> None:
        """Keep a picture, and let go of the others as far as there is no room."""
        self._bytes += len(png) - len(self._pictures.pop(shown, b""))
        self._pictures[shown] = png
        while self._bytes > MOST_KEPT_BYTES:
            self._bytes -= len(self._pictures.popitem(last=False)[1])


def _image(png: bytes, shown: Shown, at: datetime) -> Response:
    # It never changes: it shows what was known at one moment.
    age = int(min(shown.expires_at - at, LONGEST_AGE).total_seconds())
    return Response(200, png, "image/png", {**HEADERS, "cache-control": f"public, max-age={age}, immutable"})


def _nothing(status: HTTPStatus, more: dict[str, str] | None = None) -> Response:
    return Response(status, b"", "text/plain; charset=utf-8", {**HEADERS, **(more or {})})
