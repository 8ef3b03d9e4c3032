"""A stand-in for Slack and Discord: it takes their webhook calls and shows the messages roughly as they would.

No part of the relay. ``slack`` and ``discord`` know one vendor's calls and bodies each; both draw a message as
the same few parts (``drawing``) of text (``spans``), which become a page or plain text.
"""
