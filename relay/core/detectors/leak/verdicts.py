"""What the leak detector says: a state in one word, why in another, and the figures."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from math import nan


class Standing(StrEnum):
    """How a process stands, as files and pages write it."""

    UNKNOWN = "unknown"
    NONE = "none"
    SUSPECTED = "suspected"
    LEAK = "leak"
    IMMINENT = "imminent"

    @property
    def alarms(self) -> bool:
        """Whether someone should be told."""
        return self in (Standing.LEAK, Standing.IMMINENT)


class Reason(Enum):
    """Why: a name for the program, a sentence for the reader."""

    TOO_LITTLE = "not enough data"
    OVER_LIMIT = "memory is above the given limit and has been since the start: the limit cannot be right"
    CALM = "memory does not grow"
    TOO_SMALL = "the growth is still too small to tell"
    FALLS_BACK = "memory falls back"
    IN_NOISE = "the growth is within the noise"
    IN_STEPS = "the growth came in too few steps to go on like that"
    LEVELS_OFF = "the growth levels off below the limit"
    UNEVEN = "the growth is too uneven to be lasting"
    WITH_LOAD = "memory follows the request rate"
    UNCONFIRMED = "the growth has not lasted long enough yet"
    GROWS_BY_REQUESTS = "memory grows with every request and does not come back"
    GROWS_BY_TIME = "memory grows steadily and does not come back"
    RUNS_OUT = "memory runs out within minutes"
    ENDS_SOON = "memory grows and the limit is near"
    RESTARTED = "the process restarted"
    DEPLOYED = "a new version was deployed"
    FREED = "memory was given back"
    BOUNDED = "the growth has stopped"
    FADED = "nothing speaks for a lasting growth any more"


@dataclass(frozen=True, slots=True)
class Forecast:
    """How fast, per second and per request, and when the limit is reached; intervals are 95 %, None is unknown.

    Amounts are in the unit of the samples; ``ends_in`` is in seconds, counted from ``at``.
    """

    at: float
    per_second: float
    per_request: float | None
    per_request_range: tuple[float, float] | None
    ends_in: float
    ends_range: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict on one series now. ``since`` is when the growth began; it and the forecast go with a growth only.

    ``deployment`` is the one that the process's life began with, as it was told to the track; None where none was. What
    ended a growth is the reason of the finding that follows it: restarted, deployed, freed, bounded, or, of a suspicion, faded.
    """

    standing: Standing
    reason: Reason
    since: float = nan
    forecast: Forecast | None = None
    deployment: str | None = None
