"""Where deciding meets the clock and the store: the three roads of the design, and nothing that decides by itself.

``Relay`` is what the rest sees: ``receive`` (a webhook), ``poll`` (a tick), ``deliver_due`` (the outbox).
"""

from __future__ import annotations

from relay.pipeline.meter import Meter
from relay.pipeline.relay import TARGETS_A_TICK, Relay
from relay.pipeline.setup import Setup
from relay.pipeline.taking import Taken

__all__ = ["TARGETS_A_TICK", "Meter", "Relay", "Setup", "Taken"]
