"""The canary as a channel: what arrives here has gone the whole road, and the heartbeat is told whether in time."""

from __future__ import annotations

from datetime import timedelta

from relay.canary.heartbeat import Heartbeat
from relay.canary.settings import CanarySettings
from relay.core.canary import NAME
from relay.core.delivery import RemoteRef, Sent
from relay.core.identity import digest
from relay.core.model import Notification


class Loopback:
    """Where beats arrive."""

    name = NAME
    pace = timedelta(0)
    identity = digest(NAME)

    def __init__(self, settings: CanarySettings, heartbeat: Heartbeat) -> None:
        self._within = settings.within
        self._heartbeat = heartbeat

    async def send(self, notification: Notification, previous: RemoteRef | None, deadline: timedelta) -> Sent:
        """Take a beat: one that comes late did not arrive, and is told as lost."""
        del previous, deadline
        if notification.at - notification.incident.opened_at <= self._within:
            self._heartbeat.told("arrival", "well")
            await self._heartbeat.ping()
        else:
            self._heartbeat.told("arrival", "late")
            await self._heartbeat.fail()
        return Sent(200)
