"""The demonstration that `make run` shows: every part on this machine, and the traffic that makes the leak felt."""
