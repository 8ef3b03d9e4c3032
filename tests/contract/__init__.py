"""Contracts: one suite for every store, and the vendors' own specifications for every channel."""
