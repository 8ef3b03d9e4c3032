"""The demonstration: the shop API with its leak, the relay, and the chat viewer, watched by a person.

It starts the parts as processes of their own, by their command lines, and knows none of them otherwise.
"""
