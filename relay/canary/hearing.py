"""The canary as an intake: a beat is kept like every request, and makes no event of its own; its rule does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from relay.core.canary import NAME
from relay.intake import BodyError, Parsed
from relay.intake.document import document


@dataclass(frozen=True, slots=True)
class Hearing:
    """Takes beats."""

    body_limit: int = 1024

    def parse(self, body: bytes, headers: Mapping[str, str], received_at: datetime) -> Parsed:
        """Return nothing but a note."""
        del headers, received_at
        said = document(body)
        if not isinstance(said, dict) or NAME not in said:
            raise BodyError("this is no beat of the canary")
        return Parsed((), "a beat of the canary")
