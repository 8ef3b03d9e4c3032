"""Channels against a far end that misbehaves, on real sockets."""
