"""Gates: by which paths and secrets a webhook may come in.

The rule: a wrong secret and an unknown path are one and the same 404, compared in constant time, and neither is logged.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from relay.intake import Intake

PREFIX = "/webhooks/"
ALERTS = "/api/v2/alerts"


@dataclass(frozen=True, slots=True)
class Gate:
    """One configured intake: its secrets (several while one is rotated), and a fixed path that needs none, if any.

    ``takes_alerts``: it also answers Alertmanager's own path, where the secret comes as Bearer token or Basic password.
    """

    name: str
    intake: Intake
    secrets: tuple[str, ...] = ()
    open_path: str | None = None
    takes_alerts: bool = False

    def opens(self, secret: str) -> bool:
        """Whether ``secret`` is one of this gate's, in constant time."""
        given = secret.encode("utf-8", "surrogatepass")
        # No short cut: every secret is compared.
        return any([hmac.compare_digest(given, known.encode()) for known in self.secrets])  # noqa: C419


def find(gates: Sequence[Gate], path: str, headers: Mapping[str, str]) -> Gate | None:
    """Return the gate that this request may pass, or None."""
    for gate in gates:
        if gate.open_path == path:
            return gate
    if path == ALERTS:
        return _by_authorization(gates, headers.get("authorization", ""))
    if not path.startswith(PREFIX):
        return None
    name, _, rest = path.removeprefix(PREFIX).partition("/")
    for gate in gates:
        if gate.name == name:
            secret = rest.removesuffix(ALERTS) if gate.takes_alerts else rest
            return gate if gate.opens(unquote(secret)) else None
    return None


def _by_authorization(gates: Sequence[Gate], authorization: str) -> Gate | None:
    secret = _secret(authorization)
    for gate in gates:
        if gate.takes_alerts and (gate.opens(secret) or (gate.open_path is not None and not gate.secrets)):
            return gate
    return None


def _secret(authorization: str) -> str:
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[2]
        except ValueError:
            # No base64, no ASCII, or no UTF-8 within.
            return ""
    return ""
