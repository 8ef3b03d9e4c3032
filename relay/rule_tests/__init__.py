"""Unit tests of rules, in the shape of promtool's: input series, a time, and the alerts that are expected then.

The rule: series mean what promtool takes them to mean, and the engine that judges live samples judges these.
"""
