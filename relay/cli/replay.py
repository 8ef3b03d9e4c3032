"""``relay replay``: which incidents another table would have raised, missed or spared, beside those that happened."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

import click

from relay import app
from relay.cli.running import CONFIG, RULES, consulted, failing, looking_back
from relay.cli.times import moment, told
from relay.core.reruns import Fate, Life, Pair
from relay.core.text import Language, duration, say
from relay.hindsight.gaps import Coverage
from relay.hindsight.replaying import Replay, Replayed, Table
from relay.hindsight.troubles import Judging, Listening

# As text; as JSON there are more.
MOST_GAPS = 3
_SIGNS = {
    Fate.SAME: "=",
    Fate.CHANGED: "~",
    Fate.RAISED: "+",
    Fate.MISSED: "-",
    Fate.SPARED: "-",
    Fate.UNKNOWN: "?",
}


@click.command()
@CONFIG
@click.option("--since", default="30d", show_default=True, help="How far back: an age or a time.")
@click.option("--until", default="0s", help="Up to when: an age or a time; now where nothing is said.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def replay(path: Path, since: str, until: str, as_json: bool) -> None:
    """Run the rules of a configuration over the stored samples, beside the incidents that happened.

    The store is the one that the configuration names; nothing in it is changed, and nobody is told anything. Missing samples
    are said to be missing: what can't be judged is unknown.
    """
    now = app.now()
    begins_at, ends_at = moment(since, now), min(moment(until, now), now)
    if begins_at >= ends_at:
        raise click.UsageError("--since must be before --until")
    config = consulted(path, RULES)
    table = Table(config.rules, tuple(target for target, _ in config.targets), config.policy)
    with failing(), looking_back(config) as reader:
        whole = Replay(reader, table, begins_at, ends_at)
        for trouble in _with_progress(whole.troubles):
            whole.run(trouble)
        found = whole.result()
    lines = [json.dumps(_as_object(found, path))] if as_json else _as_text(found, path)
    for line in lines:
        click.echo(line)


def _with_progress(troubles: list[Judging | Listening]) -> Iterable[Judging | Listening]:
    """Draw a bar on a terminal's error stream."""
    if not sys.stderr.isatty():
        yield from troubles
        return
    with click.progressbar(troubles, label="replaying", file=sys.stderr) as bar:
        yield from bar


def _as_text(found: Replayed, path: Path) -> Iterator[str]:
    yield f"{path} over {told(found.since)} – {told(found.until)} UTC"
    for pair in found.pairs:
        yield _line(pair)
        if pair.fate is Fate.CHANGED:
            yield f"           happened  {_life(pair.happened)}"
            yield f"           would be  {_life(pair.would)}"
    for rule in found.unmeasured:
        if rule.origin is not None and rule.origin.line is not None:
            yield f"no data: {rule.origin.place}: nothing is kept of the metric {rule.metric} (rule {rule.name})"
    for one in found.coverage:
        yield from _missing(one)
    if found.is_cut:
        yield "there are more incidents than are listed: choose a shorter span"
    counts = ", ".join(f"{found.count(fate)} {fate.value}" for fate in Fate)
    yield f"happened {found.happened}, would be {found.would}: {counts}"


def _line(pair: Pair) -> str:
    life = pair.happened or pair.would
    title = "" if life is None else say(life.incident.title, Language.ENGLISH)
    return f"{_SIGNS[pair.fate]} {pair.fate.value:8} {_life(life)}  {' '.join(title.split())}"


def _life(life: Life | None) -> str:
    if life is None:
        return ""
    one = life.incident
    over = (
        "open"
        if one.resolved_at is None
        else f"for {duration(one.resolved_at - one.opened_at, Language.ENGLISH)}"
    )
    return f"{told(one.opened_at)}  {one.peak.word:8}  {over}"


def _missing(one: Coverage) -> Iterator[str]:
    if not one.number_of_gaps:
        return
    name = f"{one.series.target} {one.series.metric}"
    missing = duration(one.missing, Language.ENGLISH)
    gaps = f"{one.number_of_gaps} gap{'s' if one.number_of_gaps > 1 else ''}"
    yield f"no data: {name}: {missing} of the time in {gaps}, {one.samples} samples"
    for gap in sorted(one.gaps, key=lambda gap: gap.length)[-MOST_GAPS:]:
        yield f"    {told(gap.begins_at)} – {told(gap.ends_at)}  {gap.why.value}"


def _as_object(found: Replayed, path: Path) -> dict[str, object]:
    return {
        "config": str(path),
        "since": found.since.isoformat(),
        "until": found.until.isoformat(),
        "happened": found.happened,
        "would_be": found.would,
        "counts": {fate.value: found.count(fate) for fate in Fate},
        "incidents": [_pair_object(pair) for pair in found.pairs],
        "coverage": [_coverage_object(one) for one in found.coverage],
        "unmeasured": [rule.name for rule in found.unmeasured],
        "is_cut": found.is_cut,
    }


def _pair_object(pair: Pair) -> dict[str, object]:
    life = pair.happened or pair.would
    return {
        "fate": pair.fate.value,
        "target": life.incident.target if life else "",
        "rule": life.incident.kind if life else "",
        "title": say(life.incident.title, Language.ENGLISH) if life else "",
        "happened": _life_object(pair.happened),
        "would_be": _life_object(pair.would),
    }


def _life_object(life: Life | None) -> dict[str, object] | None:
    if life is None:
        return None
    return {
        "incident": life.incident.id,
        "opened_at": life.incident.opened_at.isoformat(),
        "resolved_at": _iso(life.incident.resolved_at),
        "peak": life.incident.peak.word,
        "changes": life.changes,
    }


def _coverage_object(one: Coverage) -> dict[str, object]:
    return {
        "target": one.series.target,
        "metric": one.series.metric,
        "labels": dict(one.series.labels),
        "samples": one.samples,
        "missing_seconds": one.missing.total_seconds(),
        "gaps": [
            {"from": gap.begins_at.isoformat(), "to": gap.ends_at.isoformat(), "why": gap.why.value}
            for gap in one.gaps
        ],
    }


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
