"""What is counted of polls, in the words of the text format."""

from __future__ import annotations

from prometheus_client.exposition import generate_latest

from relay.pipeline import Meter
from relay.sources.exposition import parse


def test_polls_are_counted_by_outcome_and_time():
    meter = Meter()
    for outcome, seconds in (("read", 0.005), ("read", 0.3), ("no data", 99.0)):
        meter.polls.count("api", outcome, seconds)
    page = generate_latest(meter.registry)
    found = {
        (one.name, *(value for name, value in one.labels if name != "target")): one.value
        for one in parse(
            page, frozenset({"relay_polls_total", "relay_poll_seconds_sum", "relay_poll_seconds_bucket"})
        )
        if ("target", "api") in one.labels
    }
    assert found["relay_polls_total", "read"] == 2
    assert found["relay_polls_total", "no data"] == 1
    assert found["relay_poll_seconds_sum",] == 0.005 + 0.3 + 99.0
    within = {
        bound: found["relay_poll_seconds_bucket", bound] for bound in ("0.005", "0.1", "0.5", "10.0", "+Inf")
    }
    assert within == {"0.005": 1, "0.1": 1, "0.5": 2, "10.0": 2, "+Inf": 3}
