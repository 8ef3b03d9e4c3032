"""The watch over one account: its deployments, the state of its applications, and their instances where that is in doubt.

Two calls a minute cover a whole organisation; instances are asked for when something changed, and every few minutes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, MutableMapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from relay.clever.applications import Application, application
from relay.clever.client import API, Client, ClientError, Fault, rows
from relay.clever.deployments import Deployment, by_application, deployments
from relay.clever.standing import Standing
from relay.clever.status import status
from relay.clever.telling import Teller
from relay.core.model import Event, NoData, Readings, Severity
from relay.core.targets import Target

# Deployments of each application that one read covers: what was missed for longer than these took is not filled in.
DEPTH = 5
INSTANCES_EVERY = timedelta(minutes=5)
# Of so many applications at most the instances are asked for in one read, and so many at once.
INSTANCES_AT_MOST = 60
AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class _Instances:
    """What was last known of an application's instances; ``downs`` counts the reads in a row that found none up."""

    about: tuple[str, str, str]
    read_at: datetime
    up: int
    downs: int


class Watch:
    """Reads one account. ``names`` are readable names by id; those that the platform tells are added to ``heard``."""

    def __init__(
        self,
        client: Client,
        names: Mapping[str, str],
        heard: MutableMapping[str, str],
        severities: Mapping[str, Severity],
        standing: Standing | None = None,
    ) -> None:
        self._client = client
        self._names = names
        self._heard = heard
        self._severities = severities
        self._standing = standing or Standing(client, None)
        self._instances: dict[str, _Instances] = {}

    async def read(self, target: Target, at: datetime) -> Readings | NoData:
        """Return what happened and what holds, as events and states."""
        del target
        health = self._client.health
        try:
            applications = await self._applications(at)
            known = await self._deployments(applications)
        except ClientError as error:
            health.failed(API, "", self._client.account.organisation, at, whole=error.whole)
            # A token that is refused is refused at every read: there is nothing to wait for.
            return NoData(at, error.reason, at_once=error.whole and error.fault is Fault.DENIED)
        vouched = health.answered(API, "", self._client.account.organisation, at)
        await self._standing.look(at)
        await self._look_at_instances(applications, known, at)
        events = [*self._standing.events(at)]
        states = [*self._standing.states(at)]
        for one in applications:
            teller = Teller(one.id, self._name(one), self._client.account.organisation, at, self._severities)
            listed = known.get(one.id, [])
            events += teller.deployments(listed)
            states += teller.stop(one.state, listed)
            states += self._status(teller, one, listed)
            # Hundreds of applications are a second of work: others have their turn in between.
            await asyncio.sleep(0)
        return Readings(at, (), vouched=vouched, events=tuple(events), states=tuple(states))

    async def _applications(self, at: datetime) -> Sequence[Application]:
        found = [
            application(row, at) for row in rows(await self._client.get(f"{self._client.root}/applications"))
        ]
        wanted = frozenset(self._client.account.applications)
        watched = [one for one in found if one is not None and (not wanted or one.id in wanted)]
        self._client.applications = {one.id: one for one in watched}
        self._heard.update({one.id: one.name for one in watched})
        return watched

    async def _deployments(self, applications: Sequence[Application]) -> Mapping[str, list[Deployment]]:
        limit = (("limit", str(DEPTH)),)
        if self._client.account.organisation.startswith("orga_"):
            try:
                return by_application(await self._client.get(f"{self._client.root}/deployments", limit))
            except ClientError as error:
                if error.fault is not Fault.MISSING:
                    raise
        # Where there is no list of a whole owner: one call an application.
        return {
            one.id: deployments(
                await self._client.get(f"{self._client.root}/applications/{one.id}/deployments", limit)
            )
            for one in applications
        }

    async def _look_at_instances(
        self, applications: Sequence[Application], known: Mapping[str, list[Deployment]], at: datetime
    ) -> None:
        waiting = [one for one in applications if self._is_due(one, known.get(one.id, []), at)]
        # Who waits longest goes first.
        waiting.sort(
            key=lambda one: self._instances[one.id].read_at.timestamp() if one.id in self._instances else 0
        )
        turn = asyncio.Semaphore(AT_ONCE)
        patience = self._client.account.deadline.total_seconds()

        async def look(one: Application) -> None:
            async with turn:
                await self._look(one, known.get(one.id, []), at)

        # What is not known of instances within one answer's time waits for the next read: the rest is to be told.
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await asyncio.gather(*map(look, waiting[:INSTANCES_AT_MOST]))

    async def _look(self, one: Application, listed: Sequence[Deployment], at: datetime) -> None:
        path = f"{self._client.root}/applications/{quote(one.id, safe='')}/instances"
        try:
            found = rows(await self._client.get(path))
        except ClientError:
            # Not known is not down.
            self._instances.pop(one.id, None)
            return
        up = sum(row.get("state") == "UP" for row in found)
        before = self._instances.get(one.id)
        downs = 0 if up else (before.downs if before is not None else 0) + 1
        self._instances[one.id] = _Instances(_about(one, listed), at, up, downs)

    def _is_due(self, one: Application, listed: Sequence[Deployment], at: datetime) -> bool:
        if one.state != "SHOULD_BE_UP":
            return False
        known = self._instances.get(one.id)
        if known is None or known.downs or known.about != _about(one, listed):
            return True
        return at - known.read_at >= INSTANCES_EVERY

    def _status(self, teller: Teller, one: Application, listed: Sequence[Deployment]) -> Sequence[Event]:
        known = self._instances.get(one.id)
        newest = listed[0] if listed else None
        found = status(one.state, newest, known.up if known else 0, homogeneous=one.homogeneous)
        is_restarting = newest is not None and newest.is_under_way
        is_down = one.state == "SHOULD_BE_UP" and known is not None and known.downs > 1 and not is_restarting
        return tuple(teller.status(one.state, found, is_down=is_down))

    def _name(self, one: Application) -> str:
        return self._names.get(one.id) or one.name


def _about(one: Application, listed: Sequence[Deployment]) -> tuple[str, str, str]:
    """Return what a count of instances holds for: when it changes, they are counted again."""
    newest = listed[0] if listed else None
    return (one.state, newest.id if newest else "", newest.state if newest else "")
