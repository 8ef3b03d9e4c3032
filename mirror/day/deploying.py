"""A deployment as two happenings: its beginning and its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from mirror.world.nouns import Deployment, DeploymentState, User
from mirror.world.platform import Outcome, Platform
from mirror.world.scenario import Happening


@dataclass(slots=True)
class _Deploying:
    application_id: str
    cause: str
    action: str
    author: User | None
    state: Outcome
    begun: Deployment | None = None

    def begin(self, platform: Platform, at: datetime) -> None:
        self.begun = platform.begin_deployment(
            self.application_id, at, cause=self.cause, action=self.action, author=self.author
        )

    def end(self, platform: Platform, at: datetime) -> None:
        assert self.begun is not None
        platform.end_deployment(self.begun, at, self.state)


def deploying(
    application_id: str,
    at: datetime,
    lasting: timedelta,
    *,
    cause: str = "Git",
    action: str = "DEPLOY",
    author: User | None = None,
    state: Outcome = DeploymentState.OK,
) -> list[Happening]:
    """Return a deployment that begins at ``at`` and ends as ``state`` says."""
    one = _Deploying(application_id, cause, action, author, state)
    return [Happening(at, one.begin), Happening(at + lasting, one.end)]
