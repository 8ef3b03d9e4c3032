"""The command line of the lab."""

import sys
from contextlib import ExitStack
from pathlib import Path

import click

from gameshelf_api.lab import answers, check, diagnosis, drive, fix, local, options, plot, table
from gameshelf_api.lab.options import Api
from gameshelf_api.lab.progress import Bar
from gameshelf_api.lab.readings import ReadingError
from gameshelf_api.lab.shapes import Shape
from gameshelf_api.lab.table import MB, Row
from gameshelf_api.lab.texts import Texts
from gameshelf_api.lab.traffic import Limits

INTERRUPTED = 130
svg_option = click.option(
    "--svg", type=click.Path(dir_okay=False, path_type=Path), default=None, help="Write the plot here."
)


@click.group()
def main() -> None:
    """The lab: find the leak by its metrics."""


@main.command()
@options.api
@click.option(
    "--shape", type=click.Choice([shape.value for shape in Shape]), default="heavy", show_default=True
)
@options.scale
@click.option("--concurrency", type=click.IntRange(1, 64), default=4, show_default=True, help="At once.")
@click.option("--max-seconds", type=click.FloatRange(1, 86_400), default=900, show_default=True)
@click.option("--over", type=click.FloatRange(0, 86_400), default=0, help="Spread over so many seconds.")
def traffic(api: Api, shape: str, scale: int, concurrency: int, max_seconds: float, over: float) -> None:
    """Drive traffic at the API: normal, heavy, or a mixed day."""
    limits = Limits(concurrency, max_seconds, over)
    summary = drive.drive(api.client, Shape(shape), scale, limits, api.texts)
    _print(drive.lines(summary, api.texts))
    failed = summary.errors > 0 or summary.requests == 0
    sys.exit(INTERRUPTED if summary.stopped == "interrupted" else int(failed))


@main.command("table")
@options.api
@options.scale
@click.option(
    "--csv", type=click.Path(dir_okay=False, path_type=Path), default=None, help="Write the table here."
)
@svg_option
def table_command(api: Api, scale: int, csv: Path | None, svg: Path | None) -> None:
    """Run the heavy traffic and fill the table at 0, 20 … 100 times the scale."""
    rows = _measured(api, scale, "heavy")
    _print(table.lines(rows, api.texts))
    _print(["", *table.bars(rows, table.top(rows), api.texts)])
    if csv is not None:
        _write(csv, table.as_csv(rows), api.texts)
    if svg is not None:
        _write(svg, plot.svg(table.picture(rows, api.texts)), api.texts)


@main.command()
@options.api
@options.scale
@options.memory_limit
@click.option(
    "--rest", type=click.FloatRange(1, 3600), default=10, show_default=True, help="Seconds of rest."
)
@click.option(
    "--rate", type=click.FloatRange(0.001), default=1, show_default=True, help="Calm /popular a second."
)
def diagnose(api: Api, scale: int, memory_limit: float, rest: float, rate: float) -> None:
    """Answer the six questions of the document with figures."""
    _print([api.texts.say("diagnosis", url=api.client.url), ""])
    bars: dict[str, Bar] = {}

    def told(stage: str, done: int, total: int) -> None:
        bar = bars.setdefault(stage, Bar(api.texts, api.texts.say(stage), sys.stderr))
        bar.show_steps(done, total)
        if done == total:
            bar.close()

    found = diagnosis.diagnose(api.client, api.memory, scale, rest, told)
    _print(["", *answers.lines(found, memory_limit * MB, rate, api.texts)])


@main.command("fix")
@options.language
@options.scale
@click.option("--leaky-url", default=None, help="A running API with the leaky cache; else one is started.")
@click.option(
    "--bounded-url", default=None, help="A running API with the bounded cache; else one is started."
)
@click.option("--url", default=None, help="One deployed API, whose cache you change in between.")
@svg_option
def fix_command(
    texts: Texts,
    scale: int,
    leaky_url: str | None,
    bounded_url: str | None,
    url: str | None,
    svg: Path | None,
) -> None:
    """Repeat the table with the bounded cache and show both curves."""
    if url is not None and not sys.stdin.isatty():
        raise click.ClickException(texts.say("no_terminal"))
    leaky = _table_of(leaky_url or url, "leaky", scale, texts)
    if url is not None:
        click.prompt(texts.say("fix_swap"), default="", show_default=False, prompt_suffix=" ")
    bounded = _table_of(bounded_url or url, "bounded", scale, texts)
    _print(fix.lines(leaky, bounded, texts))
    for name, rows in (("curve_leaky", leaky), ("curve_bounded", bounded)):
        _print(
            [
                "",
                texts.say(name),
                *table.bars(rows, table.top(leaky, bounded), texts),
            ]
        )
    if svg is not None:
        _write(svg, plot.svg(fix.picture(leaky, bounded, texts)), texts)
    sys.exit(not fix.is_fixed(leaky, bounded))


@main.command("check")
@options.api
@click.option(
    "--answer", "given", multiple=True, metavar="QUESTION=ANSWER", help="Answer without being asked."
)
def check_command(api: Api, given: tuple[str, ...]) -> None:
    """Walk the validation list, and print the flag when every step holds."""
    ready = dict(one.partition("=")[::2] for one in given)
    if unknown := ready.keys() - check.QUESTIONS.keys():
        raise click.UsageError(f"--answer: {', '.join(sorted(unknown))}; known: {', '.join(check.QUESTIONS)}")

    def ask(key: str) -> str | None:
        if key in ready or not sys.stdin.isatty():
            return ready.get(key)
        return str(click.prompt(api.texts.say(f"ask_{key}")))

    _print([api.texts.say("check_title", url=api.client.url), ""])
    steps, flag = check.walk(api.client, api.memory, ask, api.texts)
    _print(check.lines(steps, flag, api.texts))
    sys.exit(flag is None)


def _table_of(url: str | None, cache: str, scale: int, texts: Texts) -> list[Row]:
    """Measure the API at ``url``, or one that is started with ``cache``."""
    with ExitStack() as stack:
        address = url or stack.enter_context(local.api(cache))
        client = stack.enter_context(options.client(address, texts))
        click.echo(texts.say("fix_run", cache=texts.say(f"curve_{cache}"), url=client.url))
        return _measured(Api.alone(client, texts), scale, "heavy")


def _measured(api: Api, scale: int, title: str) -> list[Row]:
    # Beside the table, not in it: what is printed may be kept in a file.
    bar = Bar(api.texts, api.texts.say(title), sys.stderr)
    try:
        return list(
            table.measure(
                api.client, api.memory, scale, lambda told: bar.show(told.done, told.total, told.errors)
            )
        )
    finally:
        bar.close()


def _write(path: Path, text: str, texts: Texts) -> None:
    path.write_text(text, encoding="utf-8")
    click.echo(texts.say("written", path=path))


def _print(lines: list[str]) -> None:
    for line in lines:
        click.echo(line)


def run() -> None:
    """Run the command line; troubles with the API are told in one line."""
    try:
        main(prog_name="python -m gameshelf_api.lab")
    except (ReadingError, TimeoutError, OSError) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    run()
