"""When polls, deliveries and sweeps run: the only module that knows APScheduler.

APScheduler is a ticker only: what is due is claimed from the store, so that two instances poll once and send once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import structlog
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED, JobEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from relay.pipeline import TARGETS_A_TICK, Relay
from relay.store import StoreUnavailable
from relay.store.deliveries import Claim
from relay.store.targets import Lease

TICK = timedelta(seconds=1)
SWEEP = timedelta(seconds=5)
RETENTION = timedelta(minutes=1)
SEARCH = timedelta(seconds=2)
# For so much of a tick more targets are taken: the next one must not be late.
TAKING = timedelta(seconds=0.7)
# Polls under way at once in one process; a slow target takes one place, never the others'.
POLLS = 64

log = structlog.get_logger("relay.scheduler")


class Scheduler:
    """Drives one relay until it is stopped."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._tasks: set[asyncio.Task[None]] = set()
        self._polls = asyncio.Semaphore(POLLS)
        self._is_stopping = False
        self._dispatcher: asyncio.Task[None] | None = None
        self._beat: datetime | None = None
        self._ticker = AsyncIOScheduler(
            timezone=UTC,
            # The default grace of one second would skip ticks after a busy moment.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def start(self) -> None:
        """Begin to tick; the first tick is at once."""
        now = self._relay.now()
        self._beat = now
        self._ticker.add_listener(self._missed, EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES | EVENT_JOB_ERROR)
        self._ticker.add_job(
            self._guarded, "interval", [self._poll_due], seconds=1, id="poll", next_run_time=now
        )
        self._ticker.add_job(
            self._guarded, "interval", [self._relay.sweep], seconds=SWEEP.total_seconds(), id="sweep"
        )
        self._ticker.add_job(
            self._guarded, "interval", [self._relay.index], seconds=SEARCH.total_seconds(), id="search"
        )
        self._ticker.add_job(
            self._guarded, "interval", [self._relay.forget], seconds=RETENTION.total_seconds(), id="retention"
        )
        for job in self._ticker.get_jobs():
            # A series that begins at its first miss hides that miss from a rate.
            self._relay.meter.missed_ticks.labels(job.id)
        self._ticker.start()
        self._relay.deliver_at_once = self._deliver
        self._dispatcher = asyncio.create_task(self._dispatch(), name="dispatcher")

    async def stop(self, drain: timedelta) -> None:
        """Take no more work, and finish what is under way within ``drain``; the rest is taken up after a start."""
        self._is_stopping = True
        self._ticker.shutdown(wait=False)
        self._relay.deliver_at_once = None
        if self._dispatcher is not None:
            self._dispatcher.cancel()
            with suppress(asyncio.CancelledError):
                await self._dispatcher
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=drain.total_seconds())
        for task in self._tasks:
            task.cancel()

    def heartbeat(self) -> datetime | None:
        """Return when the last tick was."""
        return self._beat

    async def _guarded(self, tick: Callable[[], Awaitable[None]]) -> None:
        """Run one tick. A store that is away is tried again at the next one."""
        try:
            await tick()
        except StoreUnavailable as unavailable:
            log.warning("a tick found no store", reason=str(unavailable))
        except Exception:
            # The boundary "one tick".
            log.exception("a tick failed")

    async def _poll_due(self) -> None:
        self._beat = self._relay.now()
        await self._take(asyncio.get_running_loop().time() + TAKING.total_seconds())

    async def _take(self, until: float) -> None:
        """Read targets that are due, and more of them where all that could be taken are read before ``until``."""
        if self._polls.locked() or self._is_stopping:
            return
        leases = await self._relay.claim_targets()
        polls = [self._spawn(self._poll(lease)) for lease in leases]
        if len(polls) >= TARGETS_A_TICK:
            self._spawn(self._guarded(partial(self._take_more, polls, until)))

    async def _take_more(self, polls: Collection[asyncio.Task[None]], until: float) -> None:
        left = until - asyncio.get_running_loop().time()
        _, slow = await asyncio.wait(polls, timeout=max(0.0, left))
        if not slow:
            await self._take(until)

    async def _poll(self, lease: Lease) -> None:
        async with self._polls:
            await self._guarded(partial(self._relay.poll, lease))

    async def _dispatch(self) -> None:
        """Send what is due whenever the outbox changes, and look once a second in any case."""
        while True:
            self._relay.outbox_changed.clear()
            await self._guarded(self._send_due)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._until_due()):
                    await self._relay.outbox_changed.wait()

    async def _send_due(self) -> None:
        for claim in await self._relay.claim_deliveries():
            self._deliver(claim)

    def _deliver(self, claim: Claim) -> None:
        self._spawn(self._guarded(partial(self._relay.deliver, claim)))

    def _until_due(self) -> float:
        """Return for how long to wait at most: until a channel's pace or a retry allows the next one."""
        due_at = self._relay.next_due_at
        if due_at is None:
            return TICK.total_seconds()
        return min(max((due_at - self._relay.now()).total_seconds(), 0.01), TICK.total_seconds())

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _missed(self, event: JobEvent) -> None:
        self._relay.meter.missed_ticks.labels(event.job_id).inc()
        log.warning("a tick was missed", job=event.job_id)
