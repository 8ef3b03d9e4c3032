"""The grammar of the Prometheus text format 0.0.4, in pieces of expressions over bytes; none matches beyond its line.

Every repetition is possessive (``*+``), so that a line is read once whatever stands in it. The format:
https://prometheus.io/docs/instrumenting/exposition_formats/ (time stamps and exemplars are passed over).
"""

from __future__ import annotations

# What one series may have.
LABELS = 64
NAME = rb"[a-zA-Z_:][a-zA-Z0-9_:]*+"
# Names that begin with __ are Prometheus' own and never come from a target.
_PAIR = (
    rb'(?!__)[a-zA-Z_][a-zA-Z0-9_]*+[ \t]*+=[ \t]*+"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"[ \t]*+(?:,[ \t]*+|(?=\}))'
)
PAIRS = rb"\{[ \t]*+((?:%b){0,%d}+)\}" % (_PAIR, LABELS)
# What stands between a name and its value: labels, or a space.
BETWEEN = rb"(?:[ \t]*+%b[ \t]*+|[ \t]++)" % PAIRS
VALUE = rb"([^\s#]{1,400}+)"
_TIME = rb"(?:[ \t]++[-+]?+[0-9]++(?:\.[0-9]*+)?+(?:[eE][-+]?+[0-9]++)?+)?+"
END = rb"%b(?:[ \t]++\#.*+)?+[ \t\r]*+" % _TIME
EACH_PAIR = r'([a-zA-Z0-9_]++)[ \t]*+=[ \t]*+"([^"\\]*+(?:\\.[^"\\]*+)*+)"'
