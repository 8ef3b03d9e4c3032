"""Every mistake is told with its place and what to do, all of them at once, in one line each."""

from collections.abc import Callable
from pathlib import Path

import pytest

from relay.config import ConfigError, load
from tests.config.loading import problems

MAKE_ONE = "make one: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
NAME = "is no name: letters, digits, dots, dashes and underscores, 64 at most"
DURATION = "a duration is needed: a number and its unit, as in 90s, 2m, 1h30m or 7d"


def target(rest: str) -> str:
    """Return a file with one target in flow style."""
    return f"targets: {{t: {{source: prometheus, url: 'http://h/', {rest}}}}}"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        # Keys
        ("stor: x", '1:1: stor: unknown key, did you mean "store"?'),
        (
            "rules:\n  memory: {warning: 70, criticl: 3}",
            '2:25: rules.memory.criticl: unknown key, did you mean "critical"?',
        ),
        ("log: {zzz: 1}", "1:7: log.zzz: unknown key (known here: format, level)"),
        (
            "rules: {cpu: {leave: {warn: 1}}}",
            '1:23: rules.cpu.leave.warn: unknown key, did you mean "warning"?',
        ),
        (target("urll: x"), '1:53: targets.t.urll: unknown key, did you mean "url"?'),
        (target("absent: {aftr: 1}"), '1:62: targets.t.absent.aftr: unknown key, did you mean "after"?'),
        (
            target("metrics: {m: {gaug: x}}"),
            '1:67: targets.t.metrics.m.gaug: unknown key, did you mean "gauge"?',
        ),
        ("targets: {'a b': {source: probe, url: 'http://h/'}}", f"1:11: targets.a b: {NAME}"),
        ("targets: {t: {source: probe}}", "1:11: targets.t.url: is missing"),
        ("log: {level: }", "1:13: log.level: has no value"),
        # Kinds
        (
            "targets: {t: {url: 'http://h/'}}",
            "1:14: targets.t: source is missing: one of clever-cloud, json, probe, prometheus",
        ),
        (
            "targets: {t: {source: prob}}",
            '1:14: targets.t: source must be one of clever-cloud, json, probe, prometheus, did you mean "probe"?',
        ),
        ("channels: {c: {kind: irc}}", "1:15: channels.c: kind must be one of discord, slack"),
        (
            "intakes: {i: {format: [x]}}",
            "1:14: intakes.i: format must be one of alertmanager, clever-cloud, generic",
        ),
        # Values
        ("web: {port: many}", "1:13: web.port: a whole number is needed"),
        ("web: {port: 0}", "1:13: web.port: should be greater than or equal to 1"),
        ("web: {host: 1}", "1:13: web.host: text is needed; a number or a truth value is text within quotes"),
        ("web: 5", "1:6: web: keys and values are needed here"),
        ("[]", "keys and values are needed here"),
        ("routes: {}", "1:9: routes: a list is needed"),
        (
            "log: {level: inof}",
            '1:14: log.level: one of debug, info, warning, error is needed, did you mean "info"?',
        ),
        ("web: {drain: 2}", f"1:14: web.drain: {DURATION}"),
        ("web: {drain: 2 s}", f"1:14: web.drain: {DURATION}"),
        ("web: {drain: 99999d}", "1:14: web.drain: a duration of at most 3650d is needed"),
        ("rules: {cpu: {warning: .nan}}", "1:24: rules.cpu.warning: a finite number is needed"),
        ("rules: {cpu: {warning: true}}", "1:24: rules.cpu.warning: a number is needed, not true or false"),
        (
            target("labels: {a: 1}"),
            "1:65: targets.t.labels.a: text is needed; a number or a truth value is text within quotes",
        ),
        (
            "targets: {t: {source: probe, url: nonsense}}",
            "1:35: targets.t.url: should be a valid URL, relative URL without a base",
        ),
        (
            target("memory_limit: 256M"),
            "1:67: targets.t.memory_limit: a size is needed: 256MB (millions of bytes), 256MiB (of 1,048,576) or a number of bytes",
        ),
        # Thresholds
        ("rules: {new: {for: 2m}}", "1:14: rules.new: needs a threshold: warning, critical or both"),
        (
            "rules: {memory: {warning: 120}}",
            "1:27: rules.memory.warning: 120 is not on the safe side of critical 85: this row warns above its thresholds, critical last",
        ),
        (
            "rules: {free: {below: true, warning: 5, critical: 10}}",
            "1:38: rules.free.warning: 5 is not on the safe side of critical 10: this row warns below its thresholds, critical last",
        ),
        (
            "rules: {cpu: {leave: 75}}",
            "1:22: rules.cpu.leave: warning can't be left at 75, beyond its threshold 70",
        ),
        (
            target("rules: {memory: {critical: 60}}"),
            "1:61: targets.t.rules.memory.warning: 70 is not on the safe side of critical 60: this row warns above its thresholds, critical last",
        ),
        # Measures
        (
            target("metrics: {m: {gauge: a, rate: b}}"),
            "1:66: targets.t.metrics.m: needs exactly one of gauge, rate, histogram, mean, ratio, share, above, not gauge and rate",
        ),
        (
            target("metrics: {m: {gauge: a, quantile: 0.5}}"),
            "1:87: targets.t.metrics.m.quantile: does not go with gauge, only with histogram",
        ),
        (
            target("metrics: {m: {gauge: a, percent_of: memory_limit}}"),
            "1:89: targets.t.metrics.m.percent_of: the target has no memory_limit; give it one, as in memory_limit: 256MB",
        ),
        (
            target("metrics: {m: {gauge: a, percent_of: 0}}"),
            "1:89: targets.t.metrics.m.percent_of: memory_limit or a number other than 0 is needed",
        ),
        (
            target("metrics: {m: {share: a}}"),
            "1:63: targets.t.metrics.m.total: is missing: share needs to know of what",
        ),
        (
            target("metrics: {m: {ratio: a}}"),
            "1:66: targets.t.metrics.m: a ratio needs where (which part) or total (of what), or it is always 100 %",
        ),
        # Intakes
        (
            "intakes: {i: {format: generic}}",
            f"1:14: intakes.i: needs secrets ({MAKE_ONE}), or open: true if anybody may post",
        ),
        (
            "intakes: {i: {format: generic, secrets: [short]}}",
            f"1:42: intakes.i.secrets.0: a secret has at least 16 characters; {MAKE_ONE}",
        ),
        (
            "intakes: {i: {format: generic, secrets: [0123456789abcde/]}}",
            f"1:42: intakes.i.secrets.0: a secret has letters, digits and . _ ~ - only, since it is part of an address; {MAKE_ONE}",
        ),
        (
            "intakes: {i: {format: generic, secrets: [0123456789abcdef], open: true}}",
            "1:67: intakes.i.open: secrets protect nothing where anybody may post; remove open or secrets",
        ),
        (
            "intakes: {i: {format: generic, secrets: [0123456789abcdef], path: /a}}",
            "1:67: intakes.i.path: a fixed path has no secret in it; say open: true if anybody may post there",
        ),
        (
            "intakes: {i: {format: generic, open: true, path: /metrics}}",
            "1:50: intakes.i.path: is a path that the relay answers itself; choose another",
        ),
        (
            "intakes: {i: {format: generic, open: true, path: /api/v1/incidents}}",
            "1:50: intakes.i.path: is a path that the relay answers itself; choose another",
        ),
        (
            "intakes: {i: {format: generic, open: true, path: /webhooks/j}}",
            "1:50: intakes.i.path: is a path that the relay answers itself; choose another",
        ),
        (
            "intakes:\n  i: {format: generic, open: true, path: /a}\n  j: {format: generic, open: true, path: /a}",
            "3:42: intakes.j.path: is the path of intakes.i already",
        ),
        # The pages
        (
            "web: {host: 0.0.0.0}",
            "1:13: web.host: others can reach this address: give web.password, or listen on 127.0.0.1",
        ),
        ("web: {password: short}", "1:17: web.password: a password has at least 8 characters"),
        (
            "store: mysql://h",
            "1:8: store: must be sqlite:///relative/path, sqlite:////path or postgresql://…",
        ),
        (
            "store: sqlite://",
            "1:8: store: must be sqlite:///relative/path, sqlite:////path or postgresql://…",
        ),
        # Routes and silences
        (
            "routes: [{name: r, channels: [slack]}]",
            "1:31: routes.0.channels.0: unknown channel; there are no channels",
        ),
        (
            "routes: [{name: r, channels: []}]",
            "1:30: routes.0.channels: Tuple should have at least 1 item after validation, not 0",
        ),
        (
            "silences: [{where: {}, from: 2026-12-01T10:00:00Z, to: 2026-12-01T10:00:00Z}]",
            "1:56: silences.0.to: must be after from",
        ),
        (
            "silences: [{where: {}, from: 2026-12-01 10:00, to: 2026-12-01T10:00:00Z}]",
            "1:30: silences.0.from: a date and time with its offset is needed, as in 2026-12-01T22:00:00+01:00",
        ),
    ],
)
def test_a_mistake_is_told(text: str, told: str) -> None:
    """One mistake, one line."""
    assert problems(text) == [f"config.yaml:{told}" if told[0].isdigit() else f"config.yaml: {told}"]


CHANNELS = "channels:\n  slack: {kind: slack, webhook_url: 'https://h/x'}\n"


@pytest.mark.parametrize(
    ("routes", "told"),
    [
        (
            "[{name: r, channels: [slakc]}]",
            '3:31: routes.0.channels.0: unknown channel, did you mean "slack"?',
        ),
        ("[{name: r, channels: [slack, slack]}]", "3:38: routes.0.channels.1: stands here twice"),
        (
            "[{name: r, channels: [slack]}, {name: r, channels: [slack]}]",
            "3:47: routes.1.name: is the name of another route already",
        ),
        (
            "[{name: r, channels: [slack], quiet: {from: 22:00, to: 22:00, zone: UTC}}]",
            "3:64: routes.0.quiet.to: is the same as from: quiet hours of no length, or of a whole day?",
        ),
        (
            "[{name: r, channels: [slack], quiet: {from: 22:00, to: 25:00, zone: UTC}}]",
            '3:64: routes.0.quiet.to: a time of day is needed, as in "22:00"',
        ),
        (
            "[{name: r, channels: [slack], quiet: {from: 22:00, to: 07:00, zone: ../etc/passwd}}]",
            "3:77: routes.0.quiet.zone: a time zone is needed by its name, as in Europe/Paris or UTC",
        ),
        (
            "[{name: r, channels: [slack], quiet: {from: 22:00, to: 07:00, zone: Europe/Pari}}]",
            "3:77: routes.0.quiet.zone: a time zone is needed by its name, as in Europe/Paris or UTC",
        ),
    ],
)
def test_a_mistaken_route_is_told(routes: str, told: str) -> None:
    """Routes are held against the channels that there are."""
    assert problems(f"{CHANNELS}routes: {routes}") == [f"config.yaml:{told}"]


@pytest.mark.parametrize(
    ("fallback", "told"),
    [
        (
            "{channel: slack}",
            "4:25: channels.slack.fallback.channel: is this channel itself: name another one",
        ),
        ("{channel: slakc}", '4:25: channels.slack.fallback.channel: unknown channel, did you mean "slack"?'),
        (
            "{channel: t, after: 1s}",
            "4:35: channels.slack.fallback.after: should be greater than or equal to 30 seconds",
        ),
        ("{after: 5m}", "4:15: channels.slack.fallback.channel: is missing"),
    ],
)
def test_a_mistaken_fallback_is_told(fallback: str, told: str) -> None:
    written = f"{CHANNELS.rstrip()[:-1]},\n    fallback: {fallback}}}\n"
    [problem] = [line for line in problems(written) if "fallback" in line]
    assert problem.startswith("config.yaml:")
    assert problem.split(": ", 1)[1] == told.split(": ", 1)[1]


def test_all_mistakes_are_told_at_once() -> None:
    """Also those between entries, when other entries have faults of their own."""
    assert problems("""\
        web: {port: x}
        channels: {a: {kind: slack, webhook_url: "${NONE}"}, b: {kind: nope}}
        rules: {cpu: {warning: 95}, memory: {warnin: 1}}
        routes: [{name: r, channels: [a, c]}]
        """) == [
        "config.yaml:1:13: web.port: a whole number is needed",
        "config.yaml:2:42: channels.a.webhook_url: the environment variable NONE is not set; set it, or remove channels.a",
        "config.yaml:2:57: channels.b: kind must be one of discord, slack",
        "config.yaml:3:24: rules.cpu.warning: 95 is not on the safe side of critical 90: this row warns above its thresholds, critical last",
        'config.yaml:3:38: rules.memory.warnin: unknown key, did you mean "warning"?',
        "config.yaml:4:34: routes.0.channels.1: unknown channel (known here: a, b)",
    ]


def test_a_flood_of_mistakes_is_cut() -> None:
    """Nobody reads a thousand lines."""
    told = problems("".join(f"k{number}: 1\n" for number in range(1000)))
    assert len(told) == 51
    assert told[-1] == "config.yaml: and 950 more problems"


def test_keys_cannot_break_the_line() -> None:
    """A key comes from the file: no line end and no escape sequence of it reaches a terminal, and no novel either."""
    told = problems('"a\\n\\e[31mb": 1\n' + "x" * 200 + ": 1")
    assert told[0].startswith("config.yaml:1:1: a\ufffd\ufffd[31mb: unknown key")
    assert told[1].startswith("config.yaml:2:1: " + "x" * 60 + ": unknown key")


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda path: None, "there is no such file"),
        (lambda path: path.mkdir(), "is a directory; name the file in it"),
        (
            lambda path: path.write_bytes(b"a: 1\n" * 2_200_000),
            "is larger than 1024 KiB, which no configuration is",
        ),
    ],
)
def test_what_is_no_file_is_told(tmp_path: Path, make: Callable[[Path], object], told: str) -> None:
    """Missing, a directory, and 10 MB that are not read."""
    path = tmp_path / "config.yaml"
    make(path)
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    assert str(caught.value) == f"{path}: {told}"


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    """Where the first of them is."""
    path = tmp_path / "config.yaml"
    path.write_bytes(b"web:\n  \xff\xfe\x00")
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    assert str(caught.value) == f"{path}:2:3: is not text in UTF-8"
