"""The lab's steps as commands: drive traffic, fill the table, diagnose, fix, check.

It meets the API, and a relay if there is one, over HTTP only, so that it works against a local
API as against a deployed one. A new command is a module and a few lines in ``__main__``.
"""
