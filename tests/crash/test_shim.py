"""What the shim wraps is still there: a function that has a new name is a fault point that nobody reaches."""

from __future__ import annotations

import importlib
import importlib.util
from functools import reduce
from pathlib import Path

import pytest

_SPEC = importlib.util.spec_from_file_location("shim", Path(__file__).parent / "shim" / "sitecustomize.py")
assert _SPEC is not None
assert _SPEC.loader is not None
SHIM = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(SHIM)


@pytest.mark.parametrize(
    ("module", "path"), [(module, path) for module in SHIM.WRAPS for path in SHIM.WRAPS[module]]
)
def test_what_is_wrapped_is_there(module: str, path: str) -> None:
    assert reduce(getattr, path.split("."), importlib.import_module(module)) is not None
