"""Clever Cloud's own API: what the platform knows of applications and add-ons, the relay reads here.

The rule: one client an account (``client.Client``), through ``relay.exchange``; whatever fails is a ``ClientError`` whose
reason is fit for an incident and never holds an address, a header or a body.
"""

from __future__ import annotations

from relay.clever.account import AccountSettings
from relay.clever.client import Client, ClientError, Fault
from relay.clever.source import Settings

__all__ = ["AccountSettings", "Client", "ClientError", "Fault", "Settings"]
