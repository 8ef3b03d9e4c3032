"""``relay detect``: a detector on files, without a server, a store or a configuration."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from math import isfinite

import click

from relay.core.text import Language, duration
from relay.detecting.leaks import Line, Report, reports


@click.group()
def detect() -> None:
    """Judge series from files by the relay's own detectors, as if they came in live."""


@detect.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE.csv …")
@click.option(
    "--limit-mb", type=float, required=True, help="The memory limit of the process, in MB (2^20 bytes)."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def leak(files: tuple[str, ...], limit_mb: float, as_json: bool) -> None:
    """Say when memory began to leak, and when it runs out: every change of verdict, file by file.

    A file holds seconds,memory_mb[,requests] or is a CSV export of Grafana or Prometheus. The exit code is 1 when a file
    could not be read; the others are judged all the same.
    """
    if not (isfinite(limit_mb) and limit_mb > 0):
        raise click.BadParameter("the limit must be a number above 0", param_hint="--limit-mb")
    failed = False
    for file, report in zip(files, _with_progress(files, reports(files, limit_mb)), strict=True):
        for line in report.lines:
            click.echo(json.dumps(line) if as_json else _as_line(line))
        if report.bad:
            click.echo(f"{file}: left out {report.bad} rows without a usable time and memory", err=True)
        if report.problem:
            click.echo(f"{file}: {report.problem}", err=True)
            failed = True
    sys.exit(1 if failed else 0)


def _with_progress(files: Sequence[str], found: Iterator[Report]) -> Iterator[Report]:
    """Draw a bar on a terminal's error stream; lines that go to the same terminal come after it."""
    if not sys.stderr.isatty() or len(files) < 2:
        yield from found
        return
    with click.progressbar(found, length=len(files), label="judging", file=sys.stderr) as bar:
        if not sys.stdout.isatty():
            yield from bar
            return
        yield from list(bar)


def _as_line(line: Line) -> str:
    at, verdict, reason = line["at"], line["verdict"], line["reason"]
    figures = []
    if isinstance(line["mb_per_hour"], float):
        figures.append(f"{line['mb_per_hour']:+.3g} MB/h")
    if isinstance(line["kb_per_request"], float):
        figures.append(f"{line['kb_per_request']:.3g} KB a request")
    if isinstance(line["limit_in_seconds"], float):
        figures.append(
            f"the limit in {duration(timedelta(seconds=line['limit_in_seconds']), Language.ENGLISH)}"
        )
    when = f"{at:.0f} s" if isinstance(at, float) else "-"
    return f"{line['file']}  {when:>12}  {verdict:9}  {reason}" + (
        f" ({', '.join(figures)})" if figures else ""
    )
