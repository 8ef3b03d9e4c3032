"""Marks by which the relay knows what is its own."""

from __future__ import annotations

# The source of the canary's events. No intake can be called so: their sources hold no slash.
CANARY = "relay/canary"
# What its target, its channel and its intake are called.
CANARY_INTAKE = "canary"
