"""Variables are filled after parsing, once, and what they hold is never shown."""

import pytest

from relay.config import ConfigError
from tests.config.loading import loaded, problems

URL = "https://hooks.example.org/services/T0/B0/SECRET"
SLACK = "channels: {slack: {kind: slack, webhook_url: '${URL}'}}"


def test_a_variable_is_filled() -> None:
    """And stays wrapped."""
    config = loaded(SLACK, {"URL": URL})
    (_, settings) = config.channels[0]
    assert settings.webhook_url.get_secret_value() == URL
    assert "SECRET" not in repr(config)


@pytest.mark.parametrize(
    ("written", "environment", "host"),
    [
        ("${HOST}", {"HOST": "localhost"}, "localhost"),
        ("${HOST:-127.0.0.1}", {}, "127.0.0.1"),
        ("${HOST:-127.0.0.1}", {"HOST": ""}, "127.0.0.1"),  # as in a shell
        ("${HOST:-127.0.0.1}", {"HOST": "localhost"}, "localhost"),
        ("127.0.0.${LAST}", {"LAST": "3"}, "127.0.0.3"),
    ],
)
def test_defaults_and_parts(written: str, environment: dict[str, str], host: str) -> None:
    """A variable may be a part of a value and may have a default."""
    assert loaded(f"web: {{host: '{written}'}}", environment).web.host == host


def test_numbers_and_truth_values_may_be_variables() -> None:
    """What a variable holds is text, and read as what its key needs."""
    config = loaded("web: {port: '${PORT}', drain: '${DRAIN}'}", {"PORT": "9000", "DRAIN": "1s"})
    assert config.web.port == 9000


@pytest.mark.parametrize(
    "hostile",
    ["x}\nrules: {}", "{a: b}", "[1, 2]", "*a", "&a !!str x", "# no", "${OTHER}", "$${x", "a: b", "~", "'\""],
)
def test_what_a_variable_holds_changes_no_structure(hostile: str) -> None:
    """Whatever stands in it is one text, and is not filled again."""
    config = loaded(
        "silences: [{where: {a: '${V}'}, from: 2026-01-01T00:00Z, to: 2026-01-02T00:00Z}]",
        {"V": hostile, "OTHER": "no"},
    )
    assert config.silences[0].where == (("a", hostile),)


def test_a_literal_is_kept() -> None:
    """Two dollars make one."""
    config = loaded(
        "silences: [{where: {a: '$${V} $x'}, from: 2026-01-01T00:00Z, to: 2026-01-02T00:00Z}]", {"V": "no"}
    )
    assert config.silences[0].where == (("a", "${V} $x"),)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "web: {host: '${HOST}'}",
            "1:13: web.host: the environment variable HOST is not set; set it, or give a default: ${HOST:-…}",
        ),
        (
            SLACK,
            "1:46: channels.slack.webhook_url: the environment variable URL is not set; set it, or remove channels.slack",
        ),
        (
            "web: {host: '${ho st}'}",
            "1:13: web.host: a variable is written ${NAME} or ${NAME:-default}; $${ is a literal ${",
        ),
    ],
)
def test_what_is_missing_is_told(text: str, told: str) -> None:
    """The variable and the key, and what to do."""
    assert problems(text) == [f"config.yaml:{told}"]


def test_an_empty_variable_is_told_as_such() -> None:
    """A secret that is empty is no secret."""
    assert problems(SLACK, {"URL": ""}) == [
        "config.yaml:1:46: channels.slack.webhook_url: the environment variable URL is empty; set it, or remove channels.slack"
    ]


SENSITIVE = """\
store: ${S}
web: {host: "${S}", port: "${S}", public_url: "${S}", password: "${S}", language: "${S}", drain: "${S}"}
intakes:
  a: {format: clever-cloud, secrets: ["${S}"], severities: {X: "${S}"}, path: "${S}"}
  b: {format: "${S}"}
targets:
  t: {source: prometheus, url: "${S}", every: "${S}", memory_limit: "${S}", bearer: "${S}", password: "${S}", absent: {severity: "${S}"}}
  u: {source: probe, url: "http://h/", metrics: {m: {gauge: a, percent_of: "${S}", combine: "${S}"}}, expect_status: ["${S}"]}
rules: {memory: {warning: "${S}", for: "${S}", leave: "${S}", enabled: "${S}"}}
channels:
  c: {kind: slack, webhook_url: "${S}", language: "${S}", api_url: "${S}"}
  d: {kind: discord, webhook_url: "${S}", thread_id: "${S}", username: "${S}"}
  e: {kind: "${S}"}
routes: [{name: r, channels: ["${S}"], at_least: "${S}", quiet: {from: "${S}", to: "${S}", zone: "${S}"}}]
silences: [{where: {}, from: "${S}", to: "${S}"}]
"""


@pytest.mark.parametrize(
    "secret",
    [
        "hunter2-hunter2!",
        "https://hunter2:hunter2@h/hunter2 discord",
        "999hunter2",
        "/hunter2",
        "hunter2\nhunter2",
    ],
)
def test_no_error_shows_what_a_variable_holds(secret: str) -> None:
    """In whatever key it stands, and however wrong it is there."""
    for text in (SENSITIVE, *(f"{SENSITIVE.replace('${S}', 'x', count)}" for count in range(1, 40, 3))):
        with pytest.raises(ConfigError) as caught:
            loaded(text, {"S": secret})
        assert "hunter2" not in str(caught.value)
        assert caught.value.__cause__ is None


def test_thresholds_are_told_as_written() -> None:
    """A number from the environment is named by its variable."""
    assert problems("rules: {cpu: {warning: '${W}'}}", {"W": "123"}) == [
        "config.yaml:1:24: rules.cpu.warning: ${W} is not on the safe side of critical 90: this row warns above its thresholds, critical last"
    ]


def test_no_error_shows_a_secret_of_the_file() -> None:
    """Secrets that stand in the file itself, against all advice."""
    told = problems("""\
        intakes: {a: {format: generic, secrets: ["hunter2", "hunter2 hunter2 hunter2"]}}
        web: {password: hunter2}
        store: hunter2://h
        channels: {c: {kind: slack, webhook_url: hunter2}}
        """)
    assert len(told) == 5
    assert "hunter2" not in "".join(told)


def test_the_store_is_the_add_on_where_nothing_is_said() -> None:
    """Clever Cloud's own variable; its password is in no repr."""
    config = loaded("", {"POSTGRESQL_ADDON_URI": "postgresql://u:hunter2@h:5432/d"})
    assert config.store == "postgresql://u:hunter2@h:5432/d"
    assert "hunter2" not in repr(config)
    assert loaded("").store == "sqlite:///var/relay.db"
    assert (
        loaded("store: sqlite:////tmp/a.db", {"POSTGRESQL_ADDON_URI": "postgresql://h/d"}).store
        == "sqlite:////tmp/a.db"
    )
