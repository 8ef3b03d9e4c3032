"""The command line of the lab."""

import os
import sys

import click

from gameshelf_api.lab import drive
from gameshelf_api.lab.client import Client
from gameshelf_api.lab.shapes import Shape
from gameshelf_api.lab.texts import Language, Texts, language
from gameshelf_api.lab.traffic import Limits

DEFAULT_URL = "http://127.0.0.1:8081"

url_option = click.option("--url", default=DEFAULT_URL, envvar="APP_URL", show_default=True, help="The API.")
scale_option = click.option(
    "--scale",
    type=click.IntRange(1, 1000),
    default=1,
    show_default=True,
    help="Times the document's traffic.",
)
language_option = click.option(
    "--lang", type=click.Choice(["en", "fr"]), default=None, help="Language; else the terminal's."
)


@click.group()
def main() -> None:
    """The lab: find the leak by its metrics."""


@main.command()
@url_option
@click.option(
    "--shape", type=click.Choice([shape.value for shape in Shape]), default="heavy", show_default=True
)
@scale_option
@click.option("--concurrency", type=click.IntRange(1, 64), default=4, show_default=True, help="At once.")
@click.option("--max-seconds", type=click.FloatRange(1, 86_400), default=900, show_default=True)
@click.option("--over", type=click.FloatRange(0, 86_400), default=0, help="Spread over so many seconds.")
@language_option
def traffic(
    url: str, shape: str, scale: int, concurrency: int, max_seconds: float, over: float, lang: str | None
) -> None:
    """Drive traffic at the API: normal, heavy, or a mixed day."""
    texts = _texts(lang)
    with _client(url, texts) as client:
        summary = drive.drive(client, Shape(shape), scale, Limits(concurrency, max_seconds, over), texts)
    for line in drive.lines(summary, texts):
        click.echo(line)
    sys.exit(130 if summary.stopped == "interrupted" else int(summary.errors > 0 or summary.requests == 0))


def _texts(lang: str | None) -> Texts:
    return Texts(Language(lang) if lang else language(os.environ))


def _client(url: str, texts: Texts) -> Client:
    # The platform's scraper and the lab read /metrics with the same password.
    user, password = (os.environ.get(f"CC_METRICS_PROMETHEUS_{name}") for name in ("USER", "PASSWORD"))
    try:
        return Client(url, (user, password) if user and password else None)
    except ValueError as error:
        raise click.ClickException(texts.say("bad_address")) from error


if __name__ == "__main__":
    main(prog_name="python -m gameshelf_api.lab")
