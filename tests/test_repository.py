"""The repository: a stranger can set it up, and no file ties it to the machine it was made on."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LOCKS = ("requirements.txt", "requirements-dev.txt", "gameshelf_api/requirements.txt")
# In pieces, so that this file names no host either.
REGISTRIES = tuple(
    ".".join(pieces)
    for pieces in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("nodesource", "com"),
        ("deb", "debian", "org"),
        ("security", "debian", "org"),
        ("crates", "io"),
        ("rubygems", "org"),
        ("proxy", "golang", "org"),
    )
)


def tracked() -> list[Path]:
    """Return every file that git tracks and that stands in the work tree."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [path for name in listing.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def pins(lock: str) -> dict[str, str]:
    """Return the versions that a lock pins, by canonical name."""
    found = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*])?==(\S+)", (ROOT / lock).read_text(), re.M)
    return {canonicalize_name(name): version for name, version in found}


def requirements(lines: list[str]) -> dict[str, Requirement]:
    """Return what the lines of a requirements file or of pyproject ask for, by canonical name."""
    asked = [Requirement(line.split("#")[0]) for line in lines if line.split("#")[0].strip()]
    return {canonicalize_name(one.name): one for one in asked}


def project() -> dict[str, Requirement]:
    """Return the dependencies of pyproject's project table."""
    return requirements(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"])


def test_no_file_names_a_package_registry() -> None:
    """Which registry serves a machine is that machine's setting."""
    hosts = re.compile("|".join(re.escape(host) for host in REGISTRIES).encode())
    assert [str(path.relative_to(ROOT)) for path in tracked() if hosts.search(path.read_bytes())] == []


def test_the_registry_test_would_see_one(tmp_path: Path) -> None:
    """The pattern finds a host inside an address."""
    assert any(host in f"https://registry.{'npmjs'}.org/zod/-/zod.tgz" for host in REGISTRIES)


@pytest.mark.parametrize(
    "lock",
    [*LOCKS, "tests/contract/node/package-lock.json", "tests/contract/clever/package-lock.json"],
)
def test_locks_carry_no_address(lock: str) -> None:
    """Neither an index nor a link to one artefact; npm's funding links are no source of packages."""
    text = re.sub(r'"funding": (\{[^}]*}|\[[^]]*]|"[^"]*")', "", (ROOT / lock).read_text())
    assert "://" not in text
    assert not re.search(r"^--(index|extra|find|trusted)", text, re.M)
    assert '"resolved"' not in text


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_hash(lock: str) -> None:
    """pip checks what it installs against the lock."""
    entries = re.split(r"^(?=[A-Za-z0-9])", (ROOT / lock).read_text(), flags=re.M)[1:]
    assert len(entries) == len(pins(lock)) > 0
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_requirements_ask_for_what_the_package_asks_for() -> None:
    """pyproject's dependencies stand in requirements.in word for word."""
    asked = requirements((ROOT / "requirements.in").read_text().splitlines())
    differing = {name for name, one in project().items() if str(asked.get(name)) != str(one)}
    assert differing == set()


def test_the_lock_satisfies_the_package() -> None:
    """An installed production lock makes `pip install .` a change of nothing."""
    locked = pins("requirements.txt")
    wrong = {name for name, one in project().items() if locked.get(name, "0") not in one.specifier}
    assert wrong == set()


@pytest.mark.parametrize("lock", LOCKS[:1] + LOCKS[2:])
def test_tests_run_on_the_versions_of_production(lock: str) -> None:
    """The development lock holds all of a production lock, at the same versions."""
    assert pins(lock).items() <= pins("requirements-dev.txt").items()


def test_readme_commands_exist() -> None:
    """The two commands of the README are targets of the Makefile."""
    commands = re.findall(r"```sh\nmake (\w+)\n```", (ROOT / "README.md").read_text())
    assert commands == ["run", "test"]
    makefile = (ROOT / "Makefile").read_text()
    assert all(re.search(rf"^{command}:", makefile, re.M) for command in commands)


def test_contributing_names_every_command() -> None:
    """Whatever `make help` lists is explained to contributors."""
    targets = set(re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(), re.M))
    told = set(re.findall(r"`make (\w+)`", (ROOT / "CONTRIBUTING.md").read_text()))
    assert targets - {"help"} <= told


@pytest.mark.parametrize("name", ["CHANGELOG.md", "LICENSE", "CONTRIBUTING.md", "Procfile", ".ci/run"])
def test_expected_files_stand(name: str) -> None:
    """What people look for at the top of a repository is there and says something."""
    assert (ROOT / name).read_text().strip()


def test_the_changelog_has_a_place_for_what_comes_next() -> None:
    """A change writes its line under Unreleased."""
    assert "\n## [Unreleased]\n" in (ROOT / "CHANGELOG.md").read_text()
