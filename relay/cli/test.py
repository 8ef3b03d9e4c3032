"""``relay test``: unit tests of rules, without a server, a store or a secret."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from relay.config import ConfigError
from relay.rule_tests.checking import failures


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE.yaml …")
def test(files: tuple[Path, ...]) -> None:
    """Run the unit tests of rules in FILE.yaml …, written as promtool's are.

    Exit codes: 0 all is as expected, 1 something is not, 2 a file is wrong.
    """
    worst = 0
    for file in files:
        try:
            number, found = failures(file, os.environ)
        except ConfigError as error:
            click.echo(str(error), err=True)
            worst = 2
            continue
        for difference in found:
            click.echo(difference)
        click.echo(f"{file}: {number - len(found)} of {number} as expected")
        worst = max(worst, 1 if found else 0)
    sys.exit(worst)
