"""``relay redeliver``: the dead-letter view on the command line, and having them tried again."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

import click

from relay import app
from relay.cli.running import CONFIG, changed, configured, failing, reader_of
from relay.core.text import Language, say
from relay.store.ledger import UNTOLD, Letter, Wanted
from relay.store.transactions import ReadTransaction

STATES = {state.value.replace(" ", "-"): state for state in UNTOLD}
# At once; asking again takes the next ones.
MOST = 1_000


@click.command()
@click.argument("ids", nargs=-1, metavar="[ID]...")
@CONFIG
@click.option("--channel", default="", help="Only what is for this channel.")
@click.option(
    "--state",
    "states",
    type=click.Choice(list(STATES)),
    multiple=True,
    help="Only what stands so; parked and given-up where nothing is said.",
)
@click.option("--yes", is_flag=True, help="Do it; without it, and without an ID, they are only listed.")
def redeliver(ids: tuple[str, ...], path: Path, channel: str, states: tuple[str, ...], yes: bool) -> None:
    """Try deliveries again that were given up, are parked, or wait for their next try.

    Safe to repeat: what is told, or being sent, is not told twice. A parked channel is tried again. An ID is the beginning
    of a delivery's id, as listed; what is named so is tried at once.
    """
    config = configured(path)
    chosen = tuple(STATES[state] for state in states) or (UNTOLD if ids else UNTOLD[1:])
    with failing(), closing(reader_of(config)) as reader, reader.read() as tx:
        letters = _all(tx, Wanted(chosen, channel))
        found = list(islice((one for one in letters if _is_named(one, ids)), MOST))
    for letter in found:
        click.echo(_as_line(letter))
    unknown = [name for name in ids if not any(letter.delivery.id.startswith(name) for letter in found)]
    if unknown:
        click.echo(f"nothing untold has an id that begins with {', '.join(unknown)}", err=True)
        sys.exit(1)
    if not found:
        click.echo("nothing to try again")
    elif ids or yes:
        with failing():
            number = changed(config, lambda tx: tx.redeliver([one.delivery.id for one in found], app.now()))
        rest = "" if number == len(found) else "; the rest is told, being sent or due already"
        click.echo(f"tried again: {number} of {len(found)}{rest}")
    else:
        click.echo(f"{len(found)} would be tried again: add --yes, or name some by their id")


def _all(tx: ReadTransaction, which: Wanted) -> Iterator[Letter]:
    part = tx.letters(which, None, MOST)
    while part:
        yield from part
        part = tx.letters(which, part[-1].place, MOST)


def _is_named(letter: Letter, ids: tuple[str, ...]) -> bool:
    return not ids or any(letter.delivery.id.startswith(name) for name in ids)


def _as_line(letter: Letter) -> str:
    one = letter.delivery
    created = one.created_at.isoformat(sep=" ", timespec="seconds")
    title = " ".join(say(letter.incident.title, Language.ENGLISH).split())
    why = f"  ({say(one.reason, Language.ENGLISH)})" if one.reason else ""
    return f"{created}  {one.id[:16]}  {one.state.value:8}  {one.channel}  tried {letter.attempts}x  {title}{why}"
