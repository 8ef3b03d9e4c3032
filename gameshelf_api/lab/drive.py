"""The ``traffic`` command: a run with a bar, the looks at the cache on the way, and a summary at the end."""

import json

from gameshelf_api.lab import shapes, traffic
from gameshelf_api.lab.client import Client
from gameshelf_api.lab.progress import Bar
from gameshelf_api.lab.shapes import Shape
from gameshelf_api.lab.statistics import quantile
from gameshelf_api.lab.texts import Texts
from gameshelf_api.lab.traffic import Limits, Progress, RouteSummary, Summary


def drive(client: Client, shape: Shape, scale: int, limits: Limits, texts: Texts) -> Summary:
    """Run ``shape`` and print how it goes; return what it did."""
    bar = Bar(texts, texts.say(shape.value))
    looks = 0

    def told(progress: Progress) -> None:
        nonlocal looks
        if progress.path == shapes.LOOK:
            looks += 1
            _show_look(bar, progress, progress.done - looks, texts)
        bar.show(progress.done, progress.total, progress.errors)

    summary = traffic.run(client, shapes.plan(shape, scale), limits, told)
    bar.close()
    return summary


def _show_look(bar: Bar, progress: Progress, requests: int, texts: Texts) -> None:
    """Print what the cache says of itself, in the words of the document's script."""
    try:
        stats = json.loads(progress.answer.body)["cache"]
        entries = stats.get("history_entries", stats.get("entries"))
    except (ValueError, KeyError, TypeError, AttributeError):
        return
    estimate = stats.get("estimated_memory_kb")
    told = texts.say("none") if estimate is None else texts.say("kb", kb=estimate)
    bar.say(texts.say("look", done=requests, entries=entries, estimate=told))


def lines(summary: Summary, texts: Texts) -> list[str]:
    """Return the summary: the whole, then latency and errors of each endpoint."""
    rate = summary.requests / max(summary.seconds, 1e-9)
    whole = texts.say(
        "summary",
        requests=summary.requests,
        planned=summary.planned,
        seconds=summary.seconds,
        rate=rate,
        errors=summary.errors,
    )
    stopped = [texts.say(f"stopped: {summary.stopped}")] if summary.stopped else []
    table = [_route_line(path, told) for path, told in sorted(summary.routes.items())]
    return [whole, *stopped, texts.say("latency_head"), *table]


def _route_line(path: str, told: RouteSummary) -> str:
    milliseconds = [seconds * 1000 for seconds in told.seconds]
    mean = sum(milliseconds) / len(milliseconds)
    parts = "".join(f"{quantile(milliseconds, part):8.1f}" for part in (0.5, 0.95, 0.99, 1.0))
    troubles = ", ".join(f"{name} × {count}" for name, count in told.troubles.most_common(3))
    line = f"{path:<15} {len(milliseconds):>8} {told.troubles.total():>7} {mean:>9.1f}{parts}"
    return f"{line}   {troubles}" if troubles else line
