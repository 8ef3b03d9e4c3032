"""Metric sources: one module a source, each with ``Settings`` (what config.yaml says of it) and ``Settings.build``.

To add one: write a module with a pydantic ``Settings`` whose ``source`` is a literal of its name and whose ``build`` returns
a ``Source``; add it to ``SettingsOfAny`` below. A source reads; it never judges.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from relay.sources.json_document import Settings as JsonSettings
from relay.sources.probe import Settings as ProbeSettings
from relay.sources.prometheus import Settings as PrometheusSettings
from relay.sources.source import Source

__all__ = ["JsonSettings", "ProbeSettings", "PrometheusSettings", "SettingsOfAny", "Source"]

SettingsOfAny = Annotated[PrometheusSettings | JsonSettings | ProbeSettings, Field(discriminator="source")]
