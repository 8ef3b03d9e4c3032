"""What the operator configured, as one frozen value that a reload swaps whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from relay.channels import Channel
from relay.core.deployments import Following
from relay.core.fallback import Fallback
from relay.core.incidents import Policy
from relay.core.rollups import FIVE_MINUTES, HOUR
from relay.core.routing import Route, Silence
from relay.core.rules import Rule
from relay.core.seal import Seal, Shown
from relay.core.targets import Target
from relay.core.text import Language
from relay.pipeline.history import SHORT
from relay.sources import Source


@dataclass(frozen=True, slots=True)
class Polled:
    """A target and the source that reads it."""

    target: Target
    source: Source


@dataclass(frozen=True, slots=True)
class Showing:
    """How a channel shows a chart: in which language, and by an address that it fetches or as a file that it is sent."""

    language: Language
    by_address: bool = False


class Lookout(Protocol):
    """Looks whether any destination can be reached."""

    async def sees(self) -> bool:
        """Return whether any of them answers, whatever it says."""
        ...


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything that the pipeline needs to know of the configuration."""

    policy: Policy = field(default_factory=Policy)
    rules: tuple[Rule, ...] = ()
    targets: Mapping[str, Polled] = field(default_factory=dict)
    channels: Mapping[str, Channel] = field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    silences: tuple[Silence, ...] = ()
    fallbacks: Mapping[str, Fallback] = field(default_factory=dict)
    digest_above: Mapping[str, int] = field(default_factory=dict)
    lookout: Lookout | None = None
    # The channels whose messages show a chart, and what makes the addresses of those that fetch it.
    showing: Mapping[str, Showing] = field(default_factory=dict)
    seal: Seal | None = None
    # Whether workers of other processes are to be woken.
    announces: bool = False
    following: Following = field(default_factory=Following)
    public_url: str = ""
    keep_samples: timedelta = timedelta(days=30)
    # By their width.
    keep_rollups: Mapping[timedelta, timedelta] = field(
        default_factory=lambda: {FIVE_MINUTES: timedelta(days=31), HOUR: timedelta(days=400)}
    )
    keep_history: timedelta = timedelta(days=400)
    # The rules that look back further than a step may.
    remembering: tuple[Rule, ...] = field(init=False)

    def __post_init__(self) -> None:
        remembering = tuple(rule for rule in self.rules if rule.detector.memory > SHORT)
        object.__setattr__(self, "remembering", remembering)

    def link(self, incident_id: str) -> str:
        """Return the address of an incident's page, or nothing where the relay has no public address."""
        return f"{self.public_url.rstrip('/')}/incidents/{incident_id}" if self.public_url else ""

    def digest_link(self, delivery_id: str) -> str:
        """Return the address of the list of what a digest told, or nothing where there is no public address."""
        return f"{self.public_url.rstrip('/')}/deliveries?told_with={delivery_id}" if self.public_url else ""

    def receipt_link(self, receipt_id: str) -> str:
        """Return the address of a receipt's page, or nothing where the relay has no public address."""
        return f"{self.public_url.rstrip('/')}/receipts/{receipt_id}" if self.public_url else ""

    def chart_link(self, shown: Shown) -> str:
        """Return the address of a picture, or nothing where nobody outside could fetch it."""
        if self.seal is None or not self.public_url:
            return ""
        return f"{self.public_url.rstrip('/')}{self.seal.path(shown)}"
