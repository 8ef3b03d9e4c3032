"""The HTTP side: a protocol that takes webhooks, a small ASGI edge that answers health checks, and Flask pages behind it.

The rule: every body is bounded in size and time before anything else sees it; views hold no decisions.
"""
