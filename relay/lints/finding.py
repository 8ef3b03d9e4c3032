"""One thing that is probably not meant, and where it is written."""

from __future__ import annotations

from dataclasses import dataclass

from relay.core.provenance import Origin


@dataclass(frozen=True, slots=True)
class Finding:
    """A code that programs know, a place, what it is about, and a sentence that says how to mend it."""

    code: str
    origin: Origin
    about: str
    message: str
