"""config.yaml and the environment, checked once and made core values; errors as ``file:line:column: key: message``.

The rules: unknown keys are refused; every problem is told at once; no error holds a value that may be a secret.
"""

from __future__ import annotations

from relay.config.build import load
from relay.config.config import Account, Config, IntakeEntry, Log, Retention, Web
from relay.config.errors import ConfigError
from relay.config.schema import json_schema

__all__ = [
    "Account",
    "Config",
    "ConfigError",
    "IntakeEntry",
    "Log",
    "Retention",
    "Web",
    "json_schema",
    "load",
]
