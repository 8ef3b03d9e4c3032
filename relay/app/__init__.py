"""The composition root: builds the relay from its configuration and runs it until it is told to stop."""

from __future__ import annotations

from relay.app.service import run
from relay.app.start import Options, Role, StartError, backend_of, configured, now

__all__ = ["Options", "Role", "StartError", "backend_of", "configured", "now", "run"]
