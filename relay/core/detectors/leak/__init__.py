"""The leak detector: says why memory grows, how fast, and when it reaches its limit.

``tracking.track`` is the fold: one sample in, one finding out. It cuts memory into lives (``life``), keeps each life's floor in
buckets (``buckets``), looks at stretches of it (``windows``) for a growth whose shape (``shapes``) the gates let through
(``gates``, ``judging``), and forecasts its end (``forecast``); what ends within minutes is found by ``rush``.
"""

from relay.core.detectors.leak.tracking import Track, deployed, track
from relay.core.detectors.leak.verdicts import Finding, Forecast, Reason, Standing

__all__ = ["Finding", "Forecast", "Reason", "Standing", "Track", "deployed", "track"]
