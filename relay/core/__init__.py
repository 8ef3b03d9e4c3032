"""What alerting means: pure values and decisions.

The rule of this folder: standard library only; no clock, no I/O, no logging, no randomness. Time comes in as ``at``;
a function that decides returns what should happen as a value with a name.
"""
