"""The HTTP face, made of small factories: each takes the parts it needs and returns a blueprint.

A new page is a module with a ``blueprint(…)`` and one line in ``web.service``.
"""
