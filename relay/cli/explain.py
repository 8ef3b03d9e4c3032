"""``relay explain``: why something was found, or was not, on one series in one minute."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from relay import app
from relay.cli.running import CONFIG, RULES, consulted, failing, looking_back
from relay.cli.times import moment, told
from relay.config.errors import suggestion
from relay.core.delivery import Delivery
from relay.core.detectors.threshold import Threshold
from relay.core.provenance import Origin, span
from relay.core.routing import Answer, Silence
from relay.core.text import Language, quantity, say
from relay.hindsight.explaining import Explanation, Judgement, LevelState, explain
from relay.hindsight.gaps import Why
from relay.hindsight.roads import Answers, Known, Prospect, Road
from relay.store.hindsight import Kept

_ENGLISH = Language.ENGLISH
_WHY = {
    Why.NO_DATA: "reads brought nothing",
    Why.PARTLY: "reads brought nothing, or nobody read the target",
    Why.NOT_READ: "nobody read the target: the relay was down, or the target was not configured",
    Why.NOT_KEPT: "what was measured then is not kept (retention.samples, or the metric is newer)",
}


@click.command("explain")
@click.argument("target")
@click.argument("metric")
@CONFIG
@click.option("--at", "when", default="0s", help="A time, or how long ago; now where nothing is said.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def explain_command(target: str, metric: str, path: Path, when: str, as_json: bool) -> None:
    """Say why METRIC of TARGET was an incident in one minute, or why not: value, waits, verdict, silence, route, delivery."""
    now = app.now()
    at = moment(when, now).replace(second=0, microsecond=0)
    if at > now:
        raise click.BadParameter(
            f"{told(at)} UTC is yet to come: it is {told(now)} UTC now", param_hint="--at"
        )
    config = consulted(path, RULES)
    labels = {one.name: one.labels for one, _ in config.targets}
    known = Known(config.rules, config.routes, config.silences, config.policy, labels)
    with failing(), looking_back(config) as reader:
        with reader.read() as tx:
            kept = [one for one in tx.kept_series() if not one.series.metric.startswith("_")]
        chosen = [one for one in kept if (one.series.target, one.series.metric) == (target, metric)]
        if not chosen:
            raise click.UsageError(_unknown(target, metric, kept))
        found = [explain(reader, one, known, at) for one in chosen]
    for one in found:
        click.echo(json.dumps(as_object(one)) if as_json else "\n".join(_as_text(one)))


def _unknown(target: str, metric: str, kept: list[Kept]) -> str:
    names = sorted({f"{one.series.target} {one.series.metric}" for one in kept})
    return f"nothing is kept of {target} {metric}{suggestion(f'{target} {metric}', names)}"


def _as_text(one: Explanation) -> Iterator[str]:
    yield f"{one.series.target} {one.series.metric} at {told(one.at)} UTC"
    if one.sample is None:
        reason = f": {say(one.reason, _ENGLISH)}" if one.reason else ""
        yield f"  no value: {_WHY[one.why] if one.why else 'unknown'}{reason}"
        if one.last is not None:
            last = f"{quantity(one.last.value, one.unit, _ENGLISH)} of {told(one.last.at)}"
            yield f"  the last was {last}: what it came to stands until there is another"
    else:
        yield f"  value {quantity(one.sample.value, one.unit, _ENGLISH)} of {told(one.sample.at)}"
    if not one.judgements:
        yield "  no rule judges it"
    for judgement in one.judgements:
        yield from _judgement(judgement, one.unit)
    if one.silence is not None:
        yield "  no data from the target:"
        yield from _road(one.silence)


def _judgement(one: Judgement, unit: str) -> Iterator[str]:
    place = f" ({one.rule.origin.place})" if one.rule.origin is not None else ""
    yield f"  rule {one.rule.name}{place}: {one.verdict.severity.word}: {one.verdict.reason}"
    for level in one.levels:
        yield f"    {_level(level, one, unit)}"
    if one.verdict.summary is not None and one.verdict.severity:
        yield from (f"    {line}" for line in say(one.verdict.summary, _ENGLISH).splitlines())
    if one.detail is not None:
        yield from (f"    {line}" for line in say(one.detail, _ENGLISH).splitlines())
    if one.road is not None:
        yield from _road(one.road)
        return
    yield "    no incident"
    if one.prospect is not None:
        yield from (f"      {line}" for line in _prospect(one.prospect))


def _level(one: LevelState, judgement: Judgement, unit: str) -> str:
    detector = judgement.rule.detector
    sign = "<" if isinstance(detector, Threshold) and detector.below else ">"
    enter = quantity(one.level.enter, unit, _ENGLISH)
    said = f"{one.level.severity.word} {sign} {enter}, left at {quantity(one.level.leave, unit, _ENGLISH)}"
    if one.since is not None and isinstance(detector, Threshold):
        wait = f"for {span(detector.hold)}" + (f", {detector.times} times" if detector.times > 1 else "")
        return f"{said}: beyond it since {told(one.since)}, {one.times} in a row (waits {wait})"
    if one.calm_since is not None:
        return f"{said}: back within it since {told(one.calm_since)}"
    return f"{said}: {'beyond it' if one.is_beyond else 'not beyond it'}"


def _prospect(one: Prospect) -> Iterator[str]:
    word = one.severity.word
    yield from (f"a {word} one would be {_silenced(silence)}" for silence in one.silences)
    taking = [(route, quiet) for route, answer, quiet in one.answers if answer is Answer.TAKES]
    for route, quiet in taking:
        yield f"a {word} one would go by route {route.name}{_held(quiet)} → {', '.join(route.channels)}"
    if not taking:
        yield f"no route takes a {word} one"


def _silenced(silence: Silence) -> str:
    return f"silenced until {told(silence.ends_at)}{f': {silence.comment}' if silence.comment else ''}"


def _held(quiet: datetime | None) -> str:
    return f", quiet until {told(quiet)}" if quiet is not None else ""


def _road(road: Road) -> Iterator[str]:
    incident = road.incident
    yield f"    incident {incident.id}: {incident.severity.word}, opened {told(incident.opened_at)}"
    kept = dict(road.rule)
    if kept.get("file"):
        line = kept.get("line", "")
        place = Origin(kept["file"], int(line) if line.isdecimal() else None, kept.get("config", "")).place
        yield f"      raised by the rule as it was then: {place}, configuration {kept.get('config', '')[:12]}"
    for silence in road.silences:
        yield f"      {_silenced(silence)}"
    for route, answer, quiet in road.answers:
        channels = f" → {', '.join(route.channels)}" if answer is Answer.TAKES else ""
        yield f"      route {route.name}: {answer.value}{_held(quiet)}{channels}"
    for one in road.deliveries:
        reason = f" ({_reason(one)})" if one.reason else ""
        yield f"      change {one.sequence} on {one.channel}: {one.state.value}{reason}"
    if not road.deliveries:
        yield "      told nobody"


def _reason(one: Delivery) -> str:
    return "" if one.reason is None else say(one.reason, _ENGLISH)


def as_object(one: Explanation) -> dict[str, Any]:
    """Return an explanation for programs."""
    return {
        "target": one.series.target,
        "metric": one.series.metric,
        "labels": dict(one.series.labels),
        "at": one.at.isoformat(),
        "value": None if one.sample is None else one.sample.value,
        "sampled_at": None if one.sample is None else one.sample.at.isoformat(),
        "missing": None if one.why is None else one.why.value,
        "reason": None if one.reason is None else say(one.reason, _ENGLISH),
        "last_value": None if one.last is None else one.last.value,
        "last_at": None if one.last is None else one.last.at.isoformat(),
        "rules": [_judgement_object(judgement) for judgement in one.judgements],
        "no_data": None if one.silence is None else _road_object(one.silence),
    }


def _judgement_object(one: Judgement) -> dict[str, Any]:
    return {
        "rule": dict(one.rule.record()),
        "severity": one.verdict.severity.word,
        "verdict": one.verdict.reason,
        "detail": None if one.detail is None else say(one.detail, _ENGLISH),
        "levels": [
            {
                "severity": level.level.severity.word,
                "enter": level.level.enter,
                "leave": level.level.leave,
                "beyond": level.is_beyond,
                "since": _iso(level.since),
                "times": level.times,
                "calm_since": _iso(level.calm_since),
            }
            for level in one.levels
        ],
        "incident": None if one.road is None else _road_object(one.road),
        "would_be": None if one.prospect is None else _prospect_object(one.prospect),
    }


def _prospect_object(one: Prospect) -> dict[str, Any]:
    return {
        "severity": one.severity.word,
        "silenced_until": [silence.ends_at.isoformat() for silence in one.silences],
        "routes": _answers_object(one.answers),
    }


def _answers_object(answers: Answers) -> list[dict[str, Any]]:
    return [
        {"name": route.name, "answer": answer.value, "quiet_until": _iso(quiet)}
        for route, answer, quiet in answers
    ]


def _road_object(road: Road) -> dict[str, Any]:
    return {
        "id": road.incident.id,
        "severity": road.incident.severity.word,
        "opened_at": road.incident.opened_at.isoformat(),
        "rule": dict(road.rule),
        "silenced_until": [silence.ends_at.isoformat() for silence in road.silences],
        "routes": _answers_object(road.answers),
        "deliveries": [
            {
                "sequence": one.sequence,
                "channel": one.channel,
                "state": one.state.value,
                "reason": _reason(one),
            }
            for one in road.deliveries
        ],
    }


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
