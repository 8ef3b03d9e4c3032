"""What stored history says of rules: what another table would have found, and why something was found or not.

The rule: it only reads, in short transactions and in pieces of bounded size, and judges by the engine that polling uses.
"""
