"""Write the configuration's reference and its JSON Schema into ``docs/``: ``python -m relay.config``."""

from __future__ import annotations

import json
from pathlib import Path

from relay.config.reference import reference
from relay.config.schema import json_schema


def documents() -> dict[str, str]:
    """Return the generated files by name."""
    return {
        "configuration.md": reference(),
        "config.schema.json": json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n",
    }


if __name__ == "__main__":
    for name, text in documents().items():
        Path("docs", name).write_text(text, encoding="utf-8")
