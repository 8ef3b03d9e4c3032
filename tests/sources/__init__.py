"""Metric sources over real sockets: whatever the far end does is a reading or a reason, in time."""
