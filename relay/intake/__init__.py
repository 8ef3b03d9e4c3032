"""Intakes: one module a webhook format, each with ``Settings`` and ``Settings.build``.

To add one: write a module with a pydantic ``Settings`` whose ``format`` is a literal of its name and whose ``build`` returns
an ``Intake``; add it to ``SettingsOfAny`` below. An intake reads a body; it never touches the store.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from relay.intake import alertmanager, clever_cloud, generic
from relay.intake.protocol import BodyError, Intake, Parsed

SettingsOfAny = Annotated[
    alertmanager.Settings | clever_cloud.Settings | generic.Settings,
    Field(discriminator="format"),
]

__all__ = ["BodyError", "Intake", "Parsed", "SettingsOfAny"]
