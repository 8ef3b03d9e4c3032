"""A webhook's address in config.yaml: it is the secret itself."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr

_WRITTEN = re.compile(r"[!-~]{1,2048}")


def checked(url: SecretStr) -> SecretStr:
    """Return the address without white space around it; raise ``ValueError``, which never quotes it, for what is none."""
    written = url.get_secret_value().strip()
    if not address(written):
        raise ValueError("must be an address that begins with https:// (or http://), as the service shows it")
    return SecretStr(written)


def address(url: str) -> bool:
    """Whether ``url`` is a plain http or https address."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    plain = parts.scheme in ("http", "https") and parts.hostname and not parts.fragment and not parts.username
    return bool(_WRITTEN.fullmatch(url) and plain and port != 0)


WebhookUrl = Annotated[SecretStr, AfterValidator(checked)]
