"""``${NAME}`` in values, filled from the environment.

The rule: values are filled after the file is parsed, one by one and never twice, so that nothing in the environment can
add a key, a list or another variable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from relay.config.errors import Findings, Place

# Bounded, so that a value full of unclosed variables costs no more than its length.
_VARIABLE = re.compile(r"\$(\$\{)|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]{0,500}))?\}|(\$\{)", re.ASCII)


def fill(content: object, environment: Mapping[str, str], findings: Findings, place: Place = ()) -> object:
    """Return the content with every value filled. ``$${`` is a literal ``${``.

    A variable that is unset or empty is an error, unless it has a default: ``${NAME:-default}``, which may be empty.
    """
    match content:
        case str() if "${" in content:
            return _text(content, place, environment, findings)
        case dict():
            return {key: fill(item, environment, findings, (*place, key)) for key, item in content.items()}
        case list():
            return [fill(item, environment, findings, (*place, index)) for index, item in enumerate(content)]
        case _:
            return content


def _text(written: str, place: Place, environment: Mapping[str, str], findings: Findings) -> str:
    def value(match: re.Match[str]) -> str:
        literal, name, default, malformed = match.groups()
        if literal is not None:
            return "${"
        if malformed is not None:
            findings.error(place, "a variable is written ${NAME} or ${NAME:-default}; $${ is a literal ${")
            return malformed
        found = environment.get(name)
        # As in a shell: with ":-" an empty variable counts as unset.
        if default is not None:
            return found or default
        if not found:
            findings.error(place, _unset(name, place, is_empty=found is not None))
        return found or ""

    return _VARIABLE.sub(value, written)


def _unset(name: str, place: Place, *, is_empty: bool) -> str:
    said = f"the environment variable {name} is {'empty' if is_empty else 'not set'}"
    if len(place) > 1 and place[0] in ("channels", "intakes", "targets", "clever_cloud"):
        return f"{said}; set it, or remove {place[0]}.{place[1]}"
    return f"{said}; set it, or give a default: ${{{name}:-…}}"
