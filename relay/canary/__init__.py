"""The canary: every few minutes a marked event goes intake, poll, rule, incident, outbox, channel, as everything does.

Only when it arrives is a heartbeat pinged that stands outside: platform and relay share a fate, so the one who notices that
the relay is dead must not live with it. Silence is the alarm; where the relay itself knows better, it says so at once.
"""

from __future__ import annotations

from relay.canary.beating import Beating
from relay.canary.hearing import Hearing
from relay.canary.heartbeat import Heartbeat, Told
from relay.canary.loopback import Loopback
from relay.canary.settings import CanarySettings

__all__ = ["Beating", "CanarySettings", "Hearing", "Heartbeat", "Loopback", "Told"]
