"""What config.yaml says, as core values."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from relay.config import Config, load
from relay.core.detectors.absent import Absent
from relay.core.detectors.threshold import Level
from relay.core.fallback import Fallback
from relay.core.incidents import Policy
from relay.core.measures import Combine, Gauge, Mean, Metric, Quantile, Rate, Ratio, Selector, Share
from relay.core.model import Series, Severity
from relay.core.routing import QuietHours, Route
from relay.core.rules import Rule
from relay.core.text import Language
from relay.intake.clever_cloud import Settings as CleverCloud
from relay.sources import JsonSettings, PrometheusSettings
from tests.config.loading import loaded

DEFAULT = Path(__file__).parents[2] / "config.yaml"
ENVIRONMENT = {
    "CLEVER_WEBHOOK_SECRET": "0123456789abcdef",
    "SLACK_WEBHOOK_URL": "https://hooks.slack.com/services/T0/B0/x",
    "DISCORD_WEBHOOK_URL": "https://discord.com/api/webhooks/1/x",
}
W, C = Severity.WARNING, Severity.CRITICAL
PROMETHEUS = "source: prometheus, url: 'http://h/metrics'"


def rule(config: Config, name: str, target: str, metric: str | None = None) -> Rule | None:
    """Return the one rule of a name that judges a target; more than one is a fault."""
    series = Series(target, metric or name)
    found = [rule for rule in config.rules if rule.name == name and rule.judges(series)]
    assert len(found) <= 1
    return found[0] if found else None


def judged(config: Config, name: str, target: str) -> Rule:
    """Return the rule of a name that judges a target."""
    found = rule(config, name, target)
    assert found is not None
    return found


def test_the_documented_file_loads() -> None:
    """With the three variables that it names, and without a warning."""
    config = load(DEFAULT, ENVIRONMENT)
    assert config.warnings == ()
    assert [name for name, _ in config.channels] == ["slack", "discord"]
    assert [(entry.name, entry.path) for entry in config.intakes] == [
        ("clever-cloud", None),
        ("student", "/webhook"),
    ]
    assert [target.name for target, _ in config.targets] == ["gameshelf-api"]
    assert config.web.public_url == "http://127.0.0.1:8080"


def test_the_documented_table_is_the_default_table() -> None:
    """What config.yaml writes of the table is what holds without it."""
    # A leak has a rule for each target, as each has its own limit.
    written = tuple(rule for rule in load(DEFAULT, ENVIRONMENT).rules if rule.target is None)
    table = loaded("").rules
    assert written == table


def test_the_document_s_thresholds_are_the_default() -> None:
    """Also when nothing is said."""
    rules = {rule.name: rule for rule in loaded("").rules}
    levels = {
        name: [(level.severity, level.enter) for level in rule.detector.levels]
        for name, rule in rules.items()
    }
    assert levels == {
        "memory": [(W, 70), (C, 85)],
        "cpu": [(W, 70), (C, 90)],
        "response_time": [(W, 1), (C, 5)],
        "error_rate": [(W, 1), (C, 5)],
        "error_rate_hourly": [(W, 1), (C, 5)],
        "disk": [(W, 80), (C, 90)],
        "up": [(C, 1)],
    }
    assert rules["memory"].detector.levels == (Level(W, 70, 65), Level(C, 85, 80))
    assert rules["cpu"].detector.levels == (Level(W, 70, 66.5), Level(C, 90, 85.5))  # 5 % by default
    assert rules["up"].detector.below
    assert rules["up"].detector.times == 3


def test_an_empty_file_is_all_defaults() -> None:
    """And says that nothing comes in and nobody is told."""
    config = loaded("")
    assert config.web.is_guarded
    assert config.policy == Policy()
    assert config.warnings == (
        "config.yaml: there is neither an intake nor a target: nothing comes in",
        "config.yaml:1:1: channels: there is no channel: incidents are kept, and nobody is told",
    )


def test_a_section_without_lines_is_not_there() -> None:
    """All of its lines may be commented out."""
    assert loaded("targets:\nchannels:\nroutes:\nweb:\n").rules == loaded("").rules


@pytest.mark.parametrize(
    ("row", "levels"),
    [
        ("{warning: 60}", (Level(W, 60, 57), Level(C, 85, 80))),  # its leave value went with its threshold
        ("{for: 5m}", (Level(W, 70, 65), Level(C, 85, 80))),
        ("{critical: null}", (Level(W, 70, 65),)),
        ("{leave: 50}", (Level(W, 70, 50), Level(C, 85, 50))),
        ("{leave: {critical: 75}}", (Level(W, 70, 66.5), Level(C, 85, 75))),
        ("{warning: -10, critical: 0}", (Level(W, -10, -10.5), Level(C, 0, 0))),
        ("{below: true, warning: 20, critical: 10}", (Level(W, 20, 21), Level(C, 10, 10.5))),
    ],
)
def test_a_row_is_merged_over_its_default(row: str, levels: tuple[Level, ...]) -> None:
    """Key by key; a leave value belongs to its threshold."""
    (memory,) = (rule for rule in loaded(f"rules: {{memory: {row}}}").rules if rule.name == "memory")
    assert memory.detector.levels == levels


TWO = f"""\
targets:
  one: {{{PROMETHEUS}, metrics: {{memory: {{gauge: m, unit: "%"}}}}, rules: {{memory: {{warning: 60}}}}}}
  two: {{{PROMETHEUS}, metrics: {{memory: {{gauge: m, unit: "%"}}}}}}
  off: {{{PROMETHEUS}, metrics: {{memory: {{gauge: m, unit: "%"}}}}, rules: {{memory: {{enabled: false}}}}}}
  slow: {{{PROMETHEUS}, every: 10m, metrics: {{memory: {{gauge: m, unit: "%"}}}}}}
"""


def test_a_target_s_row_takes_the_place_of_the_table_s() -> None:
    """Exactly one row of a name judges a target."""
    config = loaded(TWO)
    assert judged(config, "memory", "one").detector.levels[0] == Level(W, 60, 57)
    assert judged(config, "memory", "one").detector.hold == timedelta(minutes=2)
    assert judged(config, "memory", "two").detector.levels[0] == Level(W, 70, 65)
    assert rule(config, "memory", "off") is None
    assert judged(config, "cpu", "one") == judged(config, "cpu", "two")


def test_a_slow_target_s_gap_is_its_own() -> None:
    """Three pauses between samples, or five minutes, and no other target's gap grows by it."""
    config = loaded(TWO)
    assert judged(config, "memory", "slow").detector.gap == timedelta(minutes=30)
    assert judged(config, "memory", "two").detector.gap == timedelta(minutes=5)
    assert (
        replace(judged(config, "memory", "slow").detector, gap=timedelta(minutes=5))
        == judged(config, "memory", "two").detector
    )


def test_a_row_may_be_off_and_on_for_one_target() -> None:
    """`enabled` is merged as any other key."""
    config = loaded(
        f"rules: {{cpu: {{enabled: false}}}}\ntargets: {{t: {{{PROMETHEUS}, rules: {{cpu: {{enabled: true}}}}}}}}"
    )
    assert rule(config, "cpu", "other") is None
    assert judged(config, "cpu", "t").detector.levels[0].enter == 70


def test_a_row_judges_the_metric_that_it_names() -> None:
    """Several rows may judge one metric."""
    config = loaded(
        "rules: {memory-high: {metric: memory, critical: 95, labels: {b: '2', a: '1'}, title: RAM, unit: MB}}"
    )
    found = rule(config, "memory-high", "t", "memory")
    assert found is not None
    assert (found.labels, found.title, found.unit) == ((("a", "1"), ("b", "2")), "RAM", "MB")


@pytest.mark.parametrize(
    ("written", "metric"),
    [
        ("{gauge: g}", Metric("m", Gauge(Selector("g")))),
        ("{gauge: g, percent_of: memory_limit}", Metric("m", Gauge(Selector("g"), scale=100 / 256e6), "%")),
        (
            "{gauge: g, percent_of: 50, combine: max}",
            Metric("m", Gauge(Selector("g"), Combine.MAX, 2.0), "%"),
        ),
        ("{rate: c, scale: 100, unit: '%'}", Metric("m", Rate(Selector("c"), 100.0), "%")),
        (
            "{histogram: h, where: {route: /games}}",
            Metric("m", Quantile(Selector("h", (("route", "/games"),)), 0.95), "s"),
        ),
        ("{mean: h}", Metric("m", Mean(Selector("h")), "s")),
        (
            "{ratio: c, where: {status: 5*}}",
            Metric("m", Ratio(Selector("c", (("status", "5*"),)), Selector("c")), "%"),
        ),
        ("{ratio: c, total: d}", Metric("m", Ratio(Selector("c"), Selector("d")), "%")),
        (
            "{share: g, total: {of: h, where: {a: b}}}",
            Metric("m", Share(Selector("g"), Selector("h", (("a", "b"),))), "%"),
        ),
    ],
)
def test_measures(written: str, metric: Metric) -> None:
    """Each kind, with its defaults."""
    config = loaded(f"targets: {{t: {{{PROMETHEUS}, memory_limit: 256MB, metrics: {{m: {written}}}}}}}")
    assert config.targets[0][0].metrics == (metric,)


def test_a_probe_has_metrics_of_its_own() -> None:
    """So that the table's rows for up and response_time judge it; what is given takes their place."""
    config = loaded(
        "targets: {p: {source: probe, url: 'http://h/', metrics: {response_time: {gauge: response_time, scale: 1000, unit: ms}}}}"
    )
    up, response_time = config.targets[0][0].metrics
    assert up == Metric("up", Gauge(Selector("up"), Combine.MIN))
    assert (response_time.unit, response_time.name) == ("ms", "response_time")


def test_a_target_and_its_source_part() -> None:
    """The target is a core value; the source's settings are what its own module reads."""
    config = loaded(f"""\
        targets:
          a: {{{PROMETHEUS}, every: 1m, deadline: 900ms, labels: {{z: '1', a: '2'}}, memory_limit: 1GiB, request_counter: c, cap: 5,
              absent: {{after: 5, severity: critical}}, metrics: {{x: {{gauge: g}}}}}}
          b: {{source: json, url: 'http://h/', paths: {{n: a.b}}, metrics: {{n: {{gauge: n}}}}}}
        """)
    (target, settings), (_, json) = config.targets
    assert (target.every, target.deadline) == (timedelta(minutes=1), timedelta(milliseconds=900))
    assert (target.labels, target.memory_limit) == ((("a", "2"), ("z", "1")), 2.0**30)
    assert target.absent == Absent(5, C)
    assert target.names == {"g", "c"}
    assert settings == PrometheusSettings(source="prometheus", url="http://h/metrics", cap=5)
    assert json == JsonSettings(source="json", url="http://h/", paths={"n": "a.b"})


def test_an_intake_and_its_format_part() -> None:
    """Open ones have a path, others secrets; durations of a format are written as all others."""
    config = loaded("""\
        intakes:
          a: {format: clever-cloud, secrets: [0123456789abcdef, fedcba9876543210], severities: {X: ignore}}
          b: {format: generic, open: true}
          c: {format: alertmanager, open: true, path: /api/v2/alerts, resolve_timeout: 90s}
        """)
    a, b, c = config.intakes
    assert a.settings == CleverCloud(format="clever-cloud", severities={"X": "ignore"})
    assert [secret.get_secret_value() for secret in a.secrets] == ["0123456789abcdef", "fedcba9876543210"]
    assert (a.path, a.open, b.path, b.open, b.secrets) == (None, False, "/webhooks/b", True, ())
    assert (c.path, c.settings.resolve_timeout) == ("/api/v2/alerts", timedelta(seconds=90))


CHANNELS = (
    "channels: {s: {kind: slack, webhook_url: 'https://h/x'}, t: {kind: slack, webhook_url: 'https://h/y'}}\n"
)


def test_without_routes_every_channel_is_told_of_warnings() -> None:
    """One route, all channels; another for the one line that each deployment gets."""
    assert loaded(CHANNELS).routes == (
        Route("all", ("s", "t"), (), W),
        Route("deployments", ("s", "t"), (("kind", "deployment-verdict"),), Severity.INFO),
    )


def test_routes() -> None:
    """With conditions and quiet hours."""
    config = loaded(
        CHANNELS
        + """\
routes:
  - name: night
    channels: [s, t]
    at_least: info
    where: {target: shop-*, a: b}
    quiet: {from: 22:00, to: "07:00", zone: Europe/Paris, except_from: warning}
"""
    )
    quiet = QuietHours(time(22), time(7), ZoneInfo("Europe/Paris"), W)
    assert config.routes == (
        Route("night", ("s", "t"), (("a", "b"), ("target", "shop-*")), Severity.INFO, quiet),
    )


def test_a_silence_s_times_are_utc() -> None:
    """Whatever offset they are written with."""
    (silence,) = loaded(
        "silences: [{where: {target: a}, from: 2026-12-01T22:00:00+01:00, to: 2026-12-02T00:00:00Z, comment: c}]"
    ).silences
    assert silence.begins_at == datetime(2026, 12, 1, 21, tzinfo=UTC)
    assert silence.begins_at.tzinfo is UTC
    assert (silence.ends_at, silence.comment) == (datetime(2026, 12, 2, tzinfo=UTC), "c")


@pytest.mark.parametrize(
    ("web", "url", "is_guarded"),
    [
        ("{}", "http://127.0.0.1:8080", True),
        ("{host: localhost, port: 1}", "http://localhost:1", True),
        ("{host: '::1'}", "http://[::1]:8080", True),
        ("{host: 0.0.0.0, password: a-password}", "http://127.0.0.1:8080", True),
        (
            "{host: example.org, password: a-password, public_url: 'https://r.example.org/'}",
            "https://r.example.org",
            True,
        ),
    ],
)
def test_the_pages_address(web: str, url: str, is_guarded: bool) -> None:
    """Links lead to the public address, else to where it listens."""
    config = loaded(f"web: {web}")
    assert (config.web.public_url, config.web.is_guarded) == (url, is_guarded)


def test_an_option_that_opens_the_pages_can_be_noticed() -> None:
    """What check-config refuses must not come by --host either."""
    assert not replace(loaded("").web, host="0.0.0.0").is_guarded


def test_the_rest() -> None:
    """Policy, retention, log, language, drain."""
    config = loaded("""\
        incidents: {reopen_within: 1h, late_after: 1m}
        retention: {samples: 7d, five_minutes: 8d, hours: 9d, history: 100d}
        log: {level: debug, format: json}
        web: {language: fr, drain: 500ms}
        """)
    assert config.policy == Policy(timedelta(hours=1), timedelta(minutes=1))
    assert (config.retention.samples, config.retention.history) == (timedelta(days=7), timedelta(days=100))
    assert (config.retention.five_minutes, config.retention.hours) == (timedelta(days=8), timedelta(days=9))
    assert (config.log.level, config.log.format) == ("debug", "json")
    assert (config.web.language, config.web.drain) == (Language.FRENCH, timedelta(milliseconds=500))


def test_the_digest_is_of_the_text() -> None:
    """Variables unfilled, so that it tells nothing of a secret."""
    text = "store: ${STORE:-sqlite:///a}"
    assert (
        loaded(text).digest
        == loaded(text, {"STORE": "sqlite:///b"}).digest
        == hashlib.sha256(text.encode()).hexdigest()
    )


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("rules: {disk: {warning: 80}}", "1:9: rules.disk: judges nothing: no target takes the metric disk"),
        (
            f"targets: {{t: {{{PROMETHEUS}, metrics: {{a: {{gauge: b}}}}, rules: {{cpu: {{warning: 1}}}}}}}}",
            "1:94: targets.t.rules.cpu: judges nothing: this target does not take the metric cpu",
        ),
        (
            f"targets: {{t: {{{PROMETHEUS}, metrics: {{memory: {{gauge: b}}}}}}}}",
            "1:70: targets.t.metrics.memory: is judged as a percentage; give it percent_of or unit, or the row of the table another unit",
        ),
        (
            f"targets: {{t: {{{PROMETHEUS}}}}}",
            "1:11: targets.t: takes no metric: only its silence is noticed; give it metrics",
        ),
        (
            f"targets: {{t: {{{PROMETHEUS}, deadline: 20s, metrics: {{a: {{gauge: b}}}}}}}}",
            "1:60: targets.t.deadline: is longer than every: a slow read delays the next one",
        ),
        (
            CHANNELS + "routes: [{name: r, channels: [s]}]",
            "1:58: channels.t: no route leads here: it is told of nothing but its own test",
        ),
        (
            "web: {host: 0.0.0.0, password: a-password}",
            "1:1: web.public_url: is missing: links in messages lead to http://127.0.0.1:8080",
        ),
    ],
)
def test_what_is_probably_not_meant_is_a_warning(text: str, warning: str) -> None:
    """It is said, and yet the relay starts."""
    told = [
        line
        for line in loaded(text).warnings
        if "nobody is told" not in line and "nothing comes in" not in line
    ]
    assert told == [f"config.yaml:{warning}"]


def test_a_file_as_store_is_warned_of_where_it_is_lost() -> None:
    """An instance of Clever Cloud has no disk that lasts."""
    warnings = loaded("", {"CC_DEPLOYMENT_ID": "d"}).warnings
    assert any("a file is lost with its instance" in warning for warning in warnings)


def test_channels_have_a_fallback_and_a_limit() -> None:
    """A channel that only stands in for another one needs no route; the rest has the defaults."""
    config = loaded(
        "channels:\n"
        "  s: {kind: slack, webhook_url: 'https://h/x', fallback: {channel: t}, digest_above: 5}\n"
        "  t: {kind: slack, webhook_url: 'https://h/y'}\n"
        "routes: [{name: r, channels: [s]}]\n"
    )
    assert config.fallbacks == {"s": Fallback("t", timedelta(minutes=10))}
    assert config.digest_above == {"s": 5, "t": 20}
    assert not [line for line in config.warnings if "no route" in line]


def test_a_rule_knows_where_it_is_written() -> None:
    """The row of a target counts before the table's; a row that stands without a word has no line; each names the file."""
    config = loaded(
        "targets:\n  api: {source: prometheus, url: 'http://h/m', metrics: {memory: {gauge: m}}, rules: {memory: {warning: 60}}}\n"
        "  b: {source: prometheus, url: 'http://h/m', metrics: {memory: {gauge: m}, cpu: {gauge: c}}}\n"
        "rules:\n  memory: {warning: 50}\n"
    )
    lines = {
        (name, target): found.origin.line
        for name, target in (("memory", "api"), ("memory", "b"), ("cpu", "b"))
        if (found := judged(config, name, target)).origin is not None
    }
    assert lines == {("memory", "api"): 2, ("memory", "b"): 5, ("cpu", "b"): None}
    [target, _] = [target for target, _ in config.targets]
    assert target.origin is not None
    assert (target.origin.line, target.origin.digest) == (2, config.digest)


def test_samples_that_a_detector_wants_back_are_to_be_kept() -> None:
    """What compares with the last week looks back a week at every start."""
    rules = f"rules: {{odd: {{kind: anomaly, metric: m}}}}\ntargets: {{t: {{{PROMETHEUS}, metrics: {{m: {{gauge: m}}}}}}}}\n"
    (warning,) = [said for said in loaded(rules + "retention: {samples: 2d}").warnings if "retention" in said]
    assert "looks back 7 days: keep as much" in warning
    assert not any("retention" in said for said in loaded(rules).warnings)


def test_channels_show_charts_unless_they_are_told_not_to() -> None:
    config = loaded(
        "channels:\n"
        "  s: {kind: slack, webhook_url: 'https://h/x'}\n"
        "  t: {kind: discord, webhook_url: 'https://h/y', charts: false}\n"
    )
    assert config.charts == {"s"}
