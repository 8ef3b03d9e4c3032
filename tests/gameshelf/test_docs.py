"""The guides: their commands run and print what they say, and nothing that exists is missing from them."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import httpx
import pytest

from gameshelf_api.__main__ import main as api_command
from gameshelf_api.lab.__main__ import main as lab_command
from tests.gameshelf.conftest import Running

DOCS = Path(__file__).parents[2] / "docs"
GUIDES = {"lab.md": "C.UTF-8", "lab.fr.md": "fr_FR.UTF-8"}
BLOCK = re.compile(r"```console\n\$ (.+)\n((?:.*\n)*?)```")
# What says how far a run is; the guides leave it out.
PROGRESS = re.compile(r" ?: \d+/\d+ (requests|requêtes)")


def blocks() -> Iterator[tuple[str, str, str, str]]:
    """Return guide, locale, command and output of every block."""
    for name, locale in GUIDES.items():
        for command, output in BLOCK.findall((DOCS / name).read_text()):
            yield name, locale, command, output


def masked(output: str) -> list[str]:
    """Return the lines without what differs from run to run: figures, lengths of time, bars and their order."""
    lines = [line for line in output.splitlines() if line.strip() and not PROGRESS.search(line)]
    text = "\n".join(lines)
    text = re.sub(r"http://[\d.:]+", "URL", text)
    text = re.sub(r"-?\d+(?:[.,]\d+)?(?:e[+-]?\d+)?", "#", text)
    text = re.sub(r"# (?:d|j|h|min|s)\b(?: # (?:h|min|s)\b)?", "TIME", text)
    text = re.sub(r"█+", "BAR", text)
    # A trend this sure is told the same way, whatever the machine's noise makes of its last digit.
    return sorted(re.sub(r"\s+", " ", line).strip() for line in text.splitlines())


@pytest.mark.parametrize(("guide", "locale"), GUIDES.items())
def test_every_command_of_a_guide_prints_what_it_says(guide: str, locale: str, leaky_api: Running) -> None:
    """In order, against one fresh API, as a student does it."""
    told = [(command, output) for name, _, command, output in blocks() if name == guide]
    assert len(told) == 7
    environ = {**os.environ, "APP_URL": leaky_api.url, "LC_ALL": locale}
    for command, output in told:
        program, *words = shlex.split(command)
        assert program == "python"
        ran = subprocess.run(
            [sys.executable, *words],
            capture_output=True, text=True, timeout=120, env=environ, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert ran.returncode == 0, f"{command}\n{ran.stdout}{ran.stderr}"
        assert masked(ran.stdout) == masked(output), command


def test_the_guides_say_the_same() -> None:
    """Both languages have the same parts, blocks, tables and names."""
    texts = [(DOCS / name).read_text() for name in GUIDES]
    for pattern in (r"(?m)^#+ ", r"```", r"(?m)^\|", r"(?m)^- ", r"`[A-Z][A-Z_0-9]+`"):
        assert len(re.findall(pattern, texts[0])) == len(re.findall(pattern, texts[1])), pattern


@pytest.mark.parametrize("guide", GUIDES)
def test_the_guides_name_every_variable(guide: str) -> None:
    """Whatever the settings read."""
    code = "".join(path.read_text() for path in (DOCS.parent / "gameshelf_api").glob("*.py"))
    names = set(re.findall(r'environ\.get\("([A-Z_0-9]+)"', code)) | set(
        re.findall(r'envvar="([A-Z_]+)"', code)
    )
    assert len(names) > 8
    text = (DOCS / guide).read_text()
    assert [name for name in names if name not in text] == []


@pytest.mark.parametrize("group", [api_command, lab_command])
def test_the_guide_names_every_command_and_option(group: click.Group) -> None:
    """In one of the two pages; what goes without saying is told by --help."""
    text = (DOCS / "lab.md").read_text()
    usual = {"--help", "--max-seconds", "--target"}
    for name, command in group.commands.items():
        assert re.search(rf"\b{name}\b", text), name
        options = {option for one in command.params for option in one.opts if option.startswith("--")}
        assert [option for option in sorted(options - usual) if option not in text] == []


def test_the_metrics_page_names_every_series(leaky_api: Running) -> None:
    """And no series that is not there."""
    httpx.get(f"{leaky_api.url}/games").raise_for_status()
    told = set(re.findall(r"# TYPE (\w+) ", httpx.get(f"{leaky_api.url}/metrics").text))
    text = (DOCS / "gameshelf-metrics.md").read_text()
    named = set(re.findall(r"(?<![.\w])((?:gameshelf|process)_\w+)\b", text))
    assert told - named == set()
    derived = {f"{name}{suffix}" for name in told for suffix in ("_bucket", "_sum", "_count")}
    assert named - told - derived == set()
