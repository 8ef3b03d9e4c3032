"""``relay doctor``: everything that a night could hang on, looked at while somebody is awake.

The rule: a check changes nothing, but for the test message that was agreed to; it says what it found, and, where that is not
well, how to mend it; what is not configured is no failure; and a check that breaks is a finding like any other.
"""

from __future__ import annotations

from relay.doctor.examination import examined
from relay.doctor.finding import Finding, State

__all__ = ["Finding", "State", "examined"]
