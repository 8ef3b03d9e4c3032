"""The watched service: a board-game shop's API, and the lab that finds the leak in its cache.

Nothing here knows the relay, nor the relay this: they meet over HTTP only.
"""

VERSION = "4.0.0"
