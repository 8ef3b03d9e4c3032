"""The HTTP side: a small ASGI edge that takes webhooks and answers health checks, and Flask pages behind it.

The rule: the edge bounds every body in size and time before anything else sees it; views hold no decisions.
"""
