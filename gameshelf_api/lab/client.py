"""Asking an API over HTTP, with a bound on time and on bytes; the only module that knows the HTTP client."""

import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

DEADLINE_SECONDS = 15.0
CONNECTIONS = 64
MOST_BYTES = 8 * 1024 * 1024
# The status of an answer that never came.
UNREACHABLE = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; ``trouble`` names why nothing did, and is empty otherwise."""

    status: int
    seconds: float
    body: bytes = b""
    trouble: str = ""

    @property
    def is_error(self) -> bool:
        """Whether the service failed: no answer, or a 5xx."""
        return self.status == UNREACHABLE or self.status >= 500


class Client:
    """A client of one base address; safe to use from several threads."""

    def __init__(self, url: str, login: tuple[str, str] | None = None, token: str | None = None) -> None:
        address = httpx.URL(url)
        if address.scheme not in {"http", "https"} or not address.host:
            raise ValueError("an address starts with http:// or https://")
        self.url = url.rstrip("/")
        bearer = {"Authorization": f"Bearer {token}"} if token else {}
        self._client = httpx.Client(
            auth=login,
            timeout=httpx.Timeout(DEADLINE_SECONDS, connect=5.0),
            limits=httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS),
            headers={"User-Agent": "gameshelf-lab", **bearer},
            # A proxy stands between us and the world, never between us and this machine.
            trust_env=address.host not in {"127.0.0.1", "localhost", "::1"},
        )

    def __enter__(self) -> Self:
        """Return the client itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every connection."""
        self._client.close()

    def get(self, path: str, query: dict[str, str] | None = None) -> Answer:
        """Ask for ``path`` and return what came, however that went."""
        started = time.perf_counter()
        try:
            with self._client.stream("GET", f"{self.url}{path}", params=query) as response:
                body = _bounded(response, started + DEADLINE_SECONDS)
        except (httpx.HTTPError, TimeoutError, OverflowError) as error:
            return Answer(UNREACHABLE, time.perf_counter() - started, trouble=type(error).__name__)
        return Answer(response.status_code, time.perf_counter() - started, body)


def _bounded(response: httpx.Response, give_up_at: float) -> bytes:
    """Read the body; httpx bounds each read, this bounds them all together."""
    body = bytearray()
    for piece in response.iter_bytes():
        body += piece
        if len(body) > MOST_BYTES:
            raise OverflowError
        if time.perf_counter() > give_up_at:
            raise TimeoutError
    return bytes(body)


Json = dict[str, Any]
