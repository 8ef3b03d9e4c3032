"""Kills at every step of the path, and power loss: real processes, a far end that records, and what must hold afterwards."""
