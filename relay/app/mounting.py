"""The Flask pages, mounted beside the ASGI edge."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from hashlib import scrypt
from secrets import token_bytes

from flask import Flask

from relay import __version__
from relay.app.page_threads import PageThreads
from relay.config import Config
from relay.pipeline import Relay
from relay.store import StoreUnavailable
from relay.web.asgi import Application
from relay.web.site import Redeliver, Site, Tabled, unread

PAGE_THREADS = 4
# How long a page waits for the writer; the step may still be done after, which does no harm.
PATIENCE_SECONDS = 10.0


def mounted(pages: Flask) -> Application:
    """Return the pages as an ASGI application with a few threads."""
    return PageThreads(pages, PAGE_THREADS)


def gateway(relay: Relay) -> Redeliver:
    """Return how a page's thread has deliveries tried again: by a step of the one writer, on the loop that runs now."""
    loop = asyncio.get_running_loop()

    def redeliver(ids: Collection[str]) -> int:
        asked = asyncio.run_coroutine_threadsafe(relay.redeliver(ids), loop)
        try:
            return asked.result(PATIENCE_SECONDS)
        except TimeoutError as cause:
            raise StoreUnavailable("the store is not keeping up") from cause

    return redeliver


def site_of(config: Config, table: Tabled = unread) -> Site:
    """Return what the pages are told of the configuration."""
    password = password_of(config)
    return Site(
        password=password,
        open_without_password=config.web.is_local,
        secret_key=token_bytes(32) if password is None else _session_key(password),
        language=config.web.language,
        rules=config.rules,
        targets=(
            *(target for target, _ in config.targets),
            *(account.target for account in config.accounts),
        ),
        routes=config.routes,
        silences=config.silences,
        policy=config.policy,
        version=__version__,
        public_url=config.web.public_url,
        table=table,
    )


def _session_key(password: str) -> bytes:
    """Derive the key from the password, so that instances share it and a new password ends old sessions."""
    return scrypt(password.encode(), salt=b"relay session", n=2**14, r=8, p=1)


def password_of(config: Config) -> str | None:
    """Return the password of the pages in clear, or None where none is set."""
    return None if config.web.password is None else config.web.password.get_secret_value()
