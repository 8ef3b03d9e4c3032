"""Rows that somebody wrote on a page, as a table over the configuration that is in force."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from relay.config import ConfigError
from relay.config import document as documents
from relay.config.build import build
from relay.config.document import Document
from relay.hindsight.replaying import Table
from relay.web.site import BadTable

# What a table is made of; anything else stays as the file says.
_SECTIONS = ("rules", "incidents")
_NEEDED = frozenset({*_SECTIONS, "targets"})
PAGE = Path("rules")


def tabled(path: Path, environment: Mapping[str, str], written: str) -> Table:
    """Return the table that ``written`` makes over the file's; raise ``BadTable`` with all that is wrong."""
    try:
        given = documents.parse(PAGE, written)
        whole = _over(documents.read(path), given)
        config = build(PAGE, whole, environment, _NEEDED)
    except ConfigError as error:
        raise BadTable(str(error)) from None
    return Table(config.rules, tuple(target for target, _ in config.targets), config.policy)


def _over(file: Document, given: Document) -> Document:
    """Return the file's content with the given rows in place of those of their name."""
    if not isinstance(given.content, dict) or set(given.content) - set(_SECTIONS):
        raise BadTable(
            f"{PAGE}:1:1: only {' and '.join(_SECTIONS)} can be tried here; relay replay takes a whole file"
        )
    content = dict(file.content) if isinstance(file.content, dict) else {}
    for section in _SECTIONS:
        new, old = given.content.get(section), content.get(section)
        if isinstance(new, dict):
            content[section] = {**(old if isinstance(old, dict) else {}), **new}
        elif new is not None:
            content[section] = new
    return Document(content, given.text, given.keys, given.values)
