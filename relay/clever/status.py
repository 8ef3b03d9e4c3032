"""What an application's wanted state, its newest deployment and its instances say together.

The table is the platform's own (clever-client.js, ``esm/utils/app-status.ts``); it knows three wanted states.
"""

from __future__ import annotations

from enum import StrEnum

from relay.clever.deployments import Deployment


class Status(StrEnum):
    """An application's derived status."""

    STOPPED = "stopped"
    STARTING = "starting"
    START_FAILED = "start-failed"
    RESTARTING_WITH_DOWNTIME = "restarting-with-downtime"
    RESTARTING = "restarting"
    RESTART_FAILED = "restart-failed"
    RUNNING = "running"
    UNKNOWN = "unknown"


def status(wanted: str, newest: Deployment | None, up: int, *, homogeneous: bool) -> Status:
    """Return the status; ``up`` counts instances that are up."""
    state = newest.state if newest is not None else ""
    if wanted == "SHOULD_BE_DOWN":
        return Status.STOPPED
    if wanted == "WANTS_TO_BE_UP":
        return {"WIP": Status.STARTING, "FAIL": Status.START_FAILED}.get(state, Status.UNKNOWN)
    if wanted != "SHOULD_BE_UP":
        return Status.UNKNOWN
    if state == "WIP" and homogeneous:
        return Status.RESTARTING_WITH_DOWNTIME
    if not up:
        return Status.UNKNOWN
    return {"WIP": Status.RESTARTING, "FAIL": Status.RESTART_FAILED}.get(state, Status.RUNNING)
