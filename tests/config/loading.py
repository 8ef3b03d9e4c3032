"""Load a configuration from text, as a test writes it."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from relay.config import Config, ConfigError
from relay.config.build import build
from relay.config.document import parse

FILE = Path("config.yaml")


def loaded(text: str, environment: Mapping[str, str] | None = None) -> Config:
    """Return what ``text`` says."""
    return build(FILE, parse(FILE, dedent(text)), environment or {})


def problems(text: str, environment: Mapping[str, str] | None = None) -> list[str]:
    """Return the lines of the error that ``text`` raises."""
    with pytest.raises(ConfigError) as caught:
        loaded(text, environment)
    return str(caught.value).splitlines()
