"""Everything that there is, and the verbs that change it; a verb says what happened to whoever listens."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from threading import RLock
from typing import Literal

from mirror.world.accounts import Accounts
from mirror.world.holes import Hole
from mirror.world.hooks import EmailHook, Hook
from mirror.world.identifiers import commit_of, derived, plain
from mirror.world.load import Effect
from mirror.world.nouns import (
    Addon,
    Application,
    Deployment,
    DeploymentState,
    Event,
    Instance,
    InstanceState,
    Owner,
    User,
    Wanted,
)
from mirror.world.quirks import Quirks
from mirror.world.read_tokens import ReadToken

Listener = Callable[[Event], None]
Outcome = Literal[DeploymentState.OK, DeploymentState.FAIL, DeploymentState.CANCELLED]


class Platform:
    """The state of the mirrored platform; whoever reads or changes it from another thread holds ``lock``."""

    def __init__(self, quirks: Quirks | None = None) -> None:
        """Begin with nothing."""
        self.quirks = quirks or Quirks()
        self.lock = RLock()
        self.accounts = Accounts()
        self.owners: dict[str, Owner] = {}
        self.applications: dict[str, Application] = {}
        self.addons: dict[str, Addon] = {}
        self.hooks: dict[str, Hook] = {}
        self.email_hooks: dict[str, EmailHook] = {}
        self.read_tokens: dict[str, ReadToken] = {}
        self.holes: list[Hole] = []
        self.effects: dict[str, list[Effect]] = {}
        self.listeners: list[Listener] = []
        self._deployments: dict[str, list[Deployment]] = {}
        self._instances: dict[str, list[Instance]] = {}

    # What there is.

    def applications_of(self, owner_id: str) -> list[Application]:
        """Return the applications of an owner in the order of their creation."""
        return [one for one in self.applications.values() if one.owner_id == owner_id]

    def addons_of(self, owner_id: str) -> list[Addon]:
        """Return the add-ons of an owner in the order of their creation."""
        return [one for one in self.addons.values() if one.owner_id == owner_id]

    def addon_by_real_id(self, real_id: str) -> Addon | None:
        """Return the add-on that the metrics know by this id."""
        return next((one for one in self.addons.values() if one.real_id == real_id), None)

    def deployments(self, application_id: str) -> list[Deployment]:
        """Return an application's deployments, newest first."""
        return self._deployments.get(application_id, [])[::-1]

    def instances(self, application_id: str, *, with_deleted: bool = False) -> list[Instance]:
        """Return an application's instances, oldest first."""
        every = self._instances.get(application_id, [])
        return [one for one in every if with_deleted or one.state is not InstanceState.DELETED]

    # What happens.

    def add_owner(self, owner: Owner) -> Owner:
        """Let there be an organisation or a person."""
        self.owners[owner.id] = owner
        return owner

    def add_application(self, application: Application) -> Application:
        """Let there be an application, not deployed yet."""
        self.applications[application.id] = application
        self._deployments[application.id] = []
        self._instances[application.id] = []
        return application

    def add_addon(self, addon: Addon) -> Addon:
        """Let there be an add-on, up from its creation."""
        self.addons[addon.id] = addon
        return addon

    def begin_deployment(
        self,
        application_id: str,
        at: datetime,
        *,
        cause: str = "Git",
        action: str = "DEPLOY",
        author: User | None = None,
        commit: str | None = None,
        instances: int | None = None,
    ) -> Deployment:
        """Start a deployment and tell its beginning; new instances boot beside the old ones, or instead of them."""
        application = self.applications[application_id]
        history = self._deployments[application_id]
        number = len(history) + 1
        if commit is None:
            is_new = cause in {"Git", "Github"} or not application.commit
            commit = commit_of(application_id, number) if is_new else application.commit
        deployment = Deployment(
            id=derived("deployment", application_id, number),
            number=number,
            application_id=application_id,
            owner_id=application.owner_id,
            began_at=at,
            action=action,
            cause=cause,
            commit=commit,
            instances=application.instances if instances is None else instances,
            author=author,
        )
        history.append(deployment)
        if application.homogeneous:
            self._end_instances(application_id, at)
        for index in range(deployment.instances):
            self._instances[application_id].append(self._boot(deployment, application, index, at))
        if application.wanted is Wanted.SHOULD_BE_DOWN:
            self.applications[application_id] = replace(application, wanted=Wanted.WANTS_TO_BE_UP)
        self._tell("DEPLOYMENT_ACTION_BEGIN", deployment, at)
        return deployment

    def end_deployment(self, deployment: Deployment, at: datetime, state: Outcome) -> Deployment:
        """End a deployment and tell it twice, as the platform does: the action and its result."""
        history = self._deployments[deployment.application_id]
        place = next(index for index, one in enumerate(history) if one.id == deployment.id)
        ended = history[place] = replace(history[place], state=state, ended_at=at)
        succeeded = state is DeploymentState.OK
        self._settle_instances(ended, at, succeeded=succeeded)
        if succeeded:
            self.applications[ended.application_id] = replace(
                self.applications[ended.application_id],
                wanted=Wanted.SHOULD_BE_UP,
                commit=ended.commit,
                instances=ended.instances,
            )
        self._tell("DEPLOYMENT_ACTION_END", ended, at)
        if state is not DeploymentState.CANCELLED:
            self._tell("DEPLOYMENT_SUCCESS" if succeeded else "DEPLOYMENT_FAIL", ended, at)
        return ended

    def stop(self, application_id: str, at: datetime, author: User | None = None) -> None:
        """Stop an application on purpose."""
        application = self.applications[application_id]
        self.applications[application_id] = replace(application, wanted=Wanted.SHOULD_BE_DOWN)
        self._end_instances(application_id, at)
        data = {"id": application_id, "ownerId": application.owner_id, "name": application.name}
        self.tell(
            Event(
                "APPLICATION_STOP",
                at,
                application.owner_id,
                application_id,
                data,
                author.id if author is not None else None,
            )
        )

    def crash(self, application_id: str, at: datetime) -> None:
        """End every instance without a word: no event of the platform says that an application is down."""
        self._end_instances(application_id, at)

    def affect(self, resource_id: str, effects: Iterable[Effect]) -> None:
        """Let measures of a resource be other than ordinary for a time."""
        self.effects.setdefault(resource_id, []).extend(effects)

    def tell(self, event: Event) -> None:
        """Say an event to everybody who listens."""
        for listener in self.listeners:
            listener(event)

    # How it is done.

    def _tell(self, name: str, deployment: Deployment, at: datetime) -> None:
        if name.startswith("DEPLOYMENT_ACTION"):
            data: dict[str, object] = {
                "appId": deployment.application_id,
                "uuid": deployment.id,
                "state": deployment.state.value,
                "action": deployment.action,
                "commit": deployment.commit,
                "cause": deployment.cause,
            }
        else:
            data = {"appId": deployment.application_id, "ownerId": deployment.owner_id}
        author = deployment.author.id if deployment.author is not None else None
        self.tell(Event(name, at, deployment.owner_id, deployment.application_id, data, author))

    def _boot(self, deployment: Deployment, application: Application, index: int, at: datetime) -> Instance:
        return Instance(
            id=plain("instance", deployment.id, index),
            application_id=application.id,
            owner_id=application.owner_id,
            deployment_id=deployment.id,
            deployment_number=deployment.number,
            index=index,
            flavor=application.flavor,
            commit=deployment.commit,
            created_at=at,
        )

    def _settle_instances(self, deployment: Deployment, at: datetime, *, succeeded: bool) -> None:
        """Keep the new instances and end the old ones, or the other way round."""
        settled = []
        for one in self._instances[deployment.application_id]:
            is_new = one.deployment_id == deployment.id
            if one.deleted_at is not None:
                settled.append(one)
            elif is_new and succeeded:
                settled.append(replace(one, up_at=at))
            elif is_new or succeeded:
                settled.append(replace(one, deleted_at=at))
            else:
                settled.append(one)
        self._instances[deployment.application_id] = settled

    def _end_instances(self, application_id: str, at: datetime) -> None:
        self._instances[application_id] = [
            one if one.deleted_at is not None else replace(one, deleted_at=at)
            for one in self._instances[application_id]
        ]
