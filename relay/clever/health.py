"""Whose fault a failed call is: the one resource's, or that of a region, a service or the whole account.

The rule: what several resources share is blamed once, when nothing of it has answered of late and more than one resource
has failed, or the failure is such that no other call could fare better. Where calls fail for a good part of the
resources while others are answered (connections that are cut now and then), what they share is unsteady: it is blamed, and
no answer clears it until hardly any resource is without one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

# Within this time an answer for another resource says that what they share works.
OF_LATE = timedelta(seconds=90)
# What a resource met longer ago says nothing of now.
REMEMBERED = timedelta(minutes=5)
# So many resources, and this part of them, make their common service unsteady; below the second part it is well again.
SEVERAL = 3
UNSTEADY = 1 / 4
STEADY = 1 / 8


@dataclass(slots=True)
class _Scope:
    answered_at: datetime | None = None
    failed: set[str] = field(default_factory=set)
    is_whole: bool = False
    # What each resource met last: when, and whether it was a failure that is not its own.
    met: dict[str, tuple[datetime, bool]] = field(default_factory=dict)
    is_unsteady: bool = False

    def meet(self, resource: str, at: datetime, *, failed: bool) -> None:
        """Take note of what a resource met, and judge how steady the scope is."""
        self.met[resource] = (at, failed)
        self.met = {name: last for name, last in self.met.items() if at - last[0] < REMEMBERED}
        failing = sum(failed for _, failed in self.met.values())
        share = failing / len(self.met)
        if self.is_unsteady:
            self.is_unsteady = share >= STEADY
        else:
            self.is_unsteady = failing >= SEVERAL and share >= UNSTEADY


class Health:
    """What is known of one account's services. Scopes are named ``account``, ``account/service``, ``account/service/zone``."""

    def __init__(self, account: str) -> None:
        self._account = account
        self._scopes: dict[str, _Scope] = {}

    def scopes(self, service: str, zone: str) -> tuple[str, ...]:
        """Return the names of what a call goes through, the widest first."""
        wide = (self._account, f"{self._account}/{service}")
        return (*wide, f"{wide[1]}/{zone}") if zone else wide

    def answered(self, service: str, zone: str, resource: str, at: datetime) -> tuple[str, ...]:
        """Take note of an answer; return the names of all that it speaks for."""
        names = self.scopes(service, zone)
        for name in names:
            scope = self._scopes.setdefault(name, _Scope())
            scope.answered_at, scope.is_whole = at, False
            scope.failed.clear()
            if name != self._account:
                scope.meet(resource, at, failed=False)
        return tuple(name for name in names if not self._scopes[name].is_unsteady)

    def failed(
        self, service: str, zone: str, resource: str, at: datetime, *, whole: bool, shaky: bool = False
    ) -> str:
        """Take note of a failure; return the widest scope that is at fault, or "" for the resource alone.

        ``whole``: the failure is one that has nothing to do with the resource (no connection, a token that is refused).
        ``shaky``: it may have (an answer cut off, late or 5xx), and is the service's own where several meet it.
        """
        blamed = ""
        for name in self.scopes(service, zone):
            scope = self._scopes.setdefault(name, _Scope())
            scope.failed.add(resource)
            scope.is_whole = scope.is_whole or whole
            # Of the account, one service that answers says enough.
            if (whole or shaky) and name != self._account:
                scope.meet(resource, at, failed=True)
            if not blamed and _is_at_fault(scope, at):
                blamed = name
        return blamed


def _is_at_fault(scope: _Scope, at: datetime) -> bool:
    if scope.is_unsteady:
        return True
    if scope.answered_at is not None and at - scope.answered_at < OF_LATE:
        return False
    return scope.is_whole or len(scope.failed) > 1
