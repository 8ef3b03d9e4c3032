"""One mirror for the tests of its answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.mirror.callers import Caller, calling


@pytest.fixture
def caller() -> Iterator[Caller]:
    with calling() as one:
        yield one
