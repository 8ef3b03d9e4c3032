"""Whose fault a failed call is: the one resource's, or that of a region, a service or the whole account.

The rule: what several resources share is blamed once, when nothing of it has answered of late and more than one resource
has failed, or the failure is such that no other call could fare better.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

# Within this time an answer for another resource says that what they share works.
OF_LATE = timedelta(seconds=90)


@dataclass(slots=True)
class _Scope:
    answered_at: datetime | None = None
    failed: set[str] = field(default_factory=set)
    is_whole: bool = False


class Health:
    """What is known of one account's services. Scopes are named ``account``, ``account/service``, ``account/service/zone``."""

    def __init__(self, account: str) -> None:
        self._account = account
        self._scopes: dict[str, _Scope] = {}

    def scopes(self, service: str, zone: str) -> tuple[str, ...]:
        """Return the names of what a call goes through, the widest first."""
        wide = (self._account, f"{self._account}/{service}")
        return (*wide, f"{wide[1]}/{zone}") if zone else wide

    def answered(self, service: str, zone: str, at: datetime) -> tuple[str, ...]:
        """Take note of an answer; return the names of all that it speaks for."""
        names = self.scopes(service, zone)
        for name in names:
            self._scopes[name] = _Scope(answered_at=at)
        return names

    def failed(self, service: str, zone: str, resource: str, at: datetime, *, whole: bool) -> str:
        """Take note of a failure; return the widest scope that is at fault, or "" for the resource alone.

        ``whole``: the failure is one that has nothing to do with the resource (no connection, a token that is refused).
        """
        blamed = ""
        for name in self.scopes(service, zone):
            scope = self._scopes.setdefault(name, _Scope())
            scope.failed.add(resource)
            scope.is_whole = scope.is_whole or whole
            if not blamed and _is_at_fault(scope, at):
                blamed = name
        return blamed


def _is_at_fault(scope: _Scope, at: datetime) -> bool:
    if scope.answered_at is not None and at - scope.answered_at < OF_LATE:
        return False
    return scope.is_whole or len(scope.failed) > 1
