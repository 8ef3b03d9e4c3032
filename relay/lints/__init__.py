"""What is allowed in a configuration and yet probably not meant: by the file alone, and by what history says of it.

To add one: yield a ``Finding`` with a code of its own, and name the code in ``docs/replay.md``.
"""
