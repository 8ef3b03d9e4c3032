"""Organisations on Clever Cloud: the watch over each, and which targets and webhooks belong to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from relay.clever import Settings as CleverSettings
from relay.clever.hooks import Wanted
from relay.config.config import Account
from relay.config.draft import Draft
from relay.config.errors import Place, suggestion
from relay.core.detectors.absent import Absent
from relay.core.model import Severity
from relay.core.targets import Target
from relay.intake.clever_cloud import Settings as CleverIntake

# The platform measures once a minute.
EVERY = timedelta(seconds=60)
DEADLINE = timedelta(seconds=30)
SHORTEST = timedelta(seconds=30)
# A read of an account is a few answers, each with the account's own deadline.
ANSWERS = 5
SOURCE = "clever-cloud-account"


def accounts(draft: Draft) -> tuple[Account, ...]:
    """Return the accounts; report what does not fit."""
    return tuple(_account(name, settings, draft) for name, settings in draft.settings.clever_cloud.items())


def accounted(settings: Any, name: str, draft: Draft) -> Any:
    """Return a target's settings with the account that it belongs to; report one that there is not."""
    if not isinstance(settings, CleverSettings):
        return settings
    account = account_of(settings.account, ("targets", name), draft, needed=True)
    return settings.model_copy(update={"account": account})


def belonging(settings: Any, name: str, draft: Draft) -> Any:
    """Return a webhook's settings with the account whose events it brings, if it is of any."""
    if not isinstance(settings, CleverIntake):
        return settings
    account = account_of(settings.account, ("intakes", name), draft, needed=False)
    return settings.model_copy(update={"account": account})


def account_of(given: str | None, place: Place, draft: Draft, *, needed: bool) -> str | None:
    """Return the account that is meant: the one that is named, or the only one."""
    names = draft.names("clever_cloud")
    if given is None:
        if len(names) == 1:
            return names[0]
        if needed:
            hint = f"name one of {', '.join(names)}" if names else "give clever_cloud an account"
            draft.findings.error((*place, "account"), f"is needed: {hint}")
        return None
    if given not in names:
        hint = suggestion(given, names) if names else "; clever_cloud has none"
        draft.findings.error((*place, "account"), f"unknown account{hint}")
    return given


def every(settings: Any, place: Place, draft: Draft) -> timedelta:
    """Return how often a target is read: one on Clever Cloud once a minute, since its figures are no newer."""
    given: timedelta = settings.every
    if not isinstance(settings, CleverSettings):
        return given
    if "every" not in settings.model_fields_set:
        return EVERY
    if given < SHORTEST:
        draft.findings.error(
            (*place, "every"), "the platform measures once a minute: 30s at least, better 60s"
        )
    return given


def deadline(settings: Any) -> timedelta:
    """Return how long a read may take: one on Clever Cloud is a few answers, each with its account's own deadline."""
    given: timedelta = settings.deadline
    if isinstance(settings, CleverSettings) and "deadline" not in settings.model_fields_set:
        return DEADLINE
    return given


def application_of(settings: Any) -> str:
    """Return the id of a target's own application."""
    return settings.id if isinstance(settings, CleverSettings) else ""


def _account(name: str, settings: Any, draft: Draft) -> Account:
    if name in draft.names("targets"):
        draft.findings.error(
            ("clever_cloud", name), "is the name of a target already: its watch is a target too"
        )
    intakes = {
        intake_name: given
        for intake_name, given in draft.settings.intakes.items()
        if isinstance(given, CleverIntake)
    }
    belonging = {
        intake_name: given
        for intake_name, given in intakes.items()
        if account_of(given.account, ("intakes", intake_name), draft, needed=False) == name
    }
    own = list(belonging.values())
    target = Target(
        name=name,
        source=SOURCE,
        every=settings.every,
        metrics=(),
        absent=Absent(3, Severity.WARNING),
        deadline=settings.deadline * ANSWERS,
    )
    severities = own[0].chosen if own else {}
    hook = _hook(settings, belonging, draft)
    return Account(target, settings, {**_given(own), **_names(name, draft)}, severities, hook)


def _hook(settings: Any, intakes: Mapping[str, Any], draft: Draft) -> Wanted | None:
    """Return the webhook that leads to the first of an account's intakes that has a secret."""
    address = draft.settings.web.public_url
    for name, intake in intakes.items():
        if intake.secrets and address is not None:
            return Wanted(
                f"{address.rstrip('/')}/webhooks/{name}/",
                tuple(secret.get_secret_value() for secret in intake.secrets),
                events=frozenset(settings.events),
                scope=frozenset(settings.applications),
            )
    return None


def _given(intakes: list[CleverIntake]) -> Mapping[str, str]:
    return {id: name for intake in intakes for id, name in intake.names.items()}


def _names(account: str, draft: Draft) -> dict[str, str]:
    """Return the ids of targets with their names, so that what the platform tells is told of the same target."""
    return {
        settings.id: name
        for name, settings in draft.settings.targets.items()
        if isinstance(settings, CleverSettings) and settings.account in (None, account)
    }
