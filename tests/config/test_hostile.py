"""Whatever the file holds: a configuration or a ConfigError, nothing else."""

import json
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relay.config import Config, ConfigError, load
from relay.config.build import build
from relay.config.document import parse
from relay.config.schema import plain
from tests.config.loading import FILE

SEED = (Path(__file__).parents[2] / "config.yaml").read_text()
ENVIRONMENT = {"SLACK_WEBHOOK_URL": "https://h/hunter2", "A": "x"}
KEYS = sorted(
    {key for section in (plain(), *plain()["$defs"].values()) for key in section.get("properties", ())}
)
WORDS = st.sampled_from(
    [
        *KEYS,
        "prometheus",
        "probe",
        "json",
        "slack",
        "discord",
        "generic",
        "clever-cloud",
        "memory",
        "${A}",
        "1m",
    ]
)
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), WORDS, st.text(max_size=20))
CONTENT = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=5), inner, max_size=5)
    ),
    max_leaves=30,
)


def outcome(load: Callable[[], Config]) -> Config | ConfigError:
    """Return what loading gives, also when that is the error."""
    try:
        return load()
    except ConfigError as error:
        return error


def tried(text: str) -> None:
    """Load ``text``; a ConfigError has one line a problem, each with the file's name."""
    result = outcome(lambda: build(FILE, parse(FILE, text), ENVIRONMENT))
    if isinstance(result, ConfigError):
        assert result.problems
        assert all(line.startswith("config.yaml:") for line in str(result).split("\n"))
    # The slack channel's own settings hold it, wrapped.
    assert "hunter2" not in repr(result)


@settings(max_examples=300, deadline=None)
@given(
    st.text(
        alphabet=st.characters(codec="utf-8") | st.sampled_from("{}[]:,-?&*!|>'\"%@`#\n\t \\~.$"),
        max_size=200,
    )
)
def test_any_text(text: str) -> None:
    """Mostly no YAML."""
    tried(text)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_the_documented_file_with_damage(data: st.DataObject) -> None:
    """Cut, and with a few places overwritten."""
    begin = data.draw(st.integers(0, len(SEED) - 1))
    text = SEED[begin : begin + data.draw(st.integers(0, 600))]
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + data.draw(st.text("{}[]:,-?&*!|>'\"%@#\n\t \\~.${}", max_size=3)) + text[at + 1 :]
    tried(text)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(list(plain()["properties"])), CONTENT, max_size=4))
def test_any_content_below_the_known_sections(content: object) -> None:
    """Right keys at wrong places, wrong kinds everywhere. JSON is YAML."""
    tried(json.dumps(content))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_bytes(tmp_path: Path, body: bytes) -> None:
    """Also those that are no text."""
    path = tmp_path / "config.yaml"
    path.write_bytes(body)
    result = outcome(lambda: load(path, {}))
    assert isinstance(result, Config) or result.problems
