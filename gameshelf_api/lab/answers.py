"""The six answers of the diagnosis in words. Pure."""

from itertools import pairwise

from gameshelf_api.lab.diagnosis import POINTS, WORTH_BYTES, Findings
from gameshelf_api.lab.table import MB
from gameshelf_api.lab.texts import Texts


def lines(found: Findings, limit_bytes: float, visitors_per_second: float, texts: Texts) -> list[str]:
    """Return questions and answers; ``visitors_per_second`` is the calm rate the limit is told for."""
    return [
        texts.say("q_resource"),
        *_indented(_resource(found, texts), _others(found, texts)),
        texts.say("q_trend"),
        *_indented(_trend(found, texts)),
        texts.say("q_correlation"),
        *_indented(texts.say("a_correlation", r=found.correlation, part=found.correlation**2 * 100)),
        texts.say("q_falls"),
        *_indented(_falls(found, texts)),
        texts.say("q_limit"),
        *_indented(_limit(found, limit_bytes, visitors_per_second, texts)),
        texts.say("q_endpoint"),
        *_indented(_endpoint(found, texts), *_endpoints(found, texts)),
        "",
        _verdict(found, texts),
    ]


def _indented(*answers: str) -> list[str]:
    return [f"   {answer}" for answer in answers]


def _resource(found: Findings, texts: Texts) -> str:
    key = "a_resource_memory" if found.leaks else "a_resource_none"
    return texts.say(key, start=found.start / MB, end=found.end / MB, rest=found.rest / MB)


def _others(found: Findings, texts: Texts) -> str:
    return texts.say(
        "a_resource_others",
        cpu_load=found.under_load.cpu * 100,
        cpu_rest=found.at_rest.cpu * 100,
        net_load=found.under_load.sent / 1024,
        net_rest=found.at_rest.sent / 1024,
    )


def _trend(found: Findings, texts: Texts) -> str:
    shown = found.trend
    return texts.say(
        "a_trend_growing" if found.grows else "a_trend_steady",
        kb=shown.slope / 1024,
        low=shown.low / 1024,
        high=shown.high / 1024,
        points=POINTS + 1,
        p=shown.p_value,
    )


def _falls(found: Findings, texts: Texts) -> str:
    if not found.grows:
        return texts.say("a_falls_nothing")
    key = "a_falls_no" if found.leaks else "a_falls_yes"
    return texts.say(key, back=found.given_back * 100, seconds=found.rest_seconds)


def _limit(found: Findings, limit_bytes: float, visitors_per_second: float, texts: Texts) -> str:
    left = found.requests_until(limit_bytes)
    if left is None:
        return texts.say("a_limit_never", limit=limit_bytes / MB)
    if left <= 0:
        return texts.say("a_limit_passed", limit=limit_bytes / MB)
    return texts.say(
        "a_limit",
        limit=limit_bytes / MB,
        requests=left,
        rate=found.requests_per_second,
        fast=duration(left / found.requests_per_second, texts),
        visitors=visitors_per_second,
        slow=duration(left / visitors_per_second, texts),
    )


def _endpoint(found: Findings, texts: Texts) -> str:
    worst = max(found.endpoints, key=lambda usage: usage.bytes_kept)
    if worst.bytes_kept < WORTH_BYTES:
        return texts.say("a_endpoint_none", kb=WORTH_BYTES / 1024)
    whole = sum(usage.bytes_kept for usage in found.endpoints)
    share = worst.bytes_kept / whole * 100
    return texts.say("a_endpoint", path=worst.path, kb=worst.bytes_kept / 1024, share=share)


def _endpoints(found: Findings, texts: Texts) -> list[str]:
    ranked = sorted(found.endpoints, key=lambda usage: -usage.bytes_kept)
    rows = [f"{one.path:<17} {one.bytes_kept / 1024:>12.1f} {one.history_entries:>16.1f}" for one in ranked]
    return [texts.say("endpoint_head"), *rows]


def _verdict(found: Findings, texts: Texts) -> str:
    if not found.leaks:
        return texts.say("verdict_sound")
    entries = max(usage.history_entries for usage in found.endpoints)
    return texts.say("verdict_leak" if entries >= 1 else "verdict_unknown_leak", entries=entries)


def duration(seconds: float, texts: Texts) -> str:
    """Return a length of time in two units at most.

    >>> from gameshelf_api.lab.texts import Language
    >>> [duration(length, Texts(Language.EN)) for length in (42, 3700, 200_000)]
    ['42 s', '1 h 1 min', '2 d 7 h']
    """
    units = ((86_400, texts.say("day")), (3600, "h"), (60, "min"), (1, "s"))
    for (size, name), (small_size, small_name) in pairwise(units):
        if seconds >= size:
            return f"{seconds // size:.0f} {name} {seconds % size // small_size:.0f} {small_name}"
    return f"{seconds:.0f} s"
