"""What the lab's commands have in common: which API, which source of its memory, which language."""

import functools
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from gameshelf_api.lab.client import Client
from gameshelf_api.lab.readings import MemorySource, ProcessMemory, RelayMemory
from gameshelf_api.lab.table import MB
from gameshelf_api.lab.texts import Language, Texts
from gameshelf_api.lab.texts import language as language_of

DEFAULT_URL = "http://127.0.0.1:8081"
Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Api:
    """The API of a step, the source of its real memory, and the language to speak."""

    client: Client
    memory: MemorySource
    texts: Texts

    @classmethod
    def alone(cls, client: Client, texts: Texts) -> "Api":
        """Return an API whose memory is read from itself."""
        return cls(client, ProcessMemory(client), texts)


scale = click.option(
    "--scale",
    type=click.IntRange(1, 1000),
    default=1,
    show_default=True,
    help="Times the document's traffic.",
)
memory_limit = click.option(
    "--memory-limit", type=click.FloatRange(1), default=256, show_default=True, help="The instance's MB."
)


def language(command: Command) -> Callable[..., Any]:
    """Give ``command`` an option for the language, as ``texts``."""

    @click.option("--lang", type=click.Choice([one.value for one in Language]), help="Else the terminal's.")
    @functools.wraps(command)
    def spoken(lang: str | None, **rest: Any) -> Any:
        return command(texts=Texts(Language(lang) if lang else language_of(os.environ)), **rest)

    return spoken


def api(command: Command) -> Callable[..., Any]:
    """Give ``command`` the options that name an API, as ``api``."""

    @click.option("--url", default=DEFAULT_URL, envvar="APP_URL", show_default=True, help="The API.")
    @click.option("--relay", default=None, help="A relay: real memory then comes from its samples.")
    @click.option("--target", default="gameshelf-api", show_default=True, help="The API's name at the relay.")
    @click.option(
        "--relay-limit", type=click.FloatRange(1), default=256, show_default=True, help="MB of its 100 %."
    )
    @language
    @functools.wraps(command)
    def opened(
        texts: Texts, url: str, relay: str | None, target: str, relay_limit: float, **rest: Any
    ) -> Any:
        with client(url, texts) as asked:
            if relay is None:
                return command(api=Api.alone(asked, texts), **rest)
            with _relay_client(relay, texts) as told:
                return command(api=Api(asked, RelayMemory(told, target, relay_limit * MB), texts), **rest)

    return opened


def client(url: str, texts: Texts) -> Client:
    """Return a client of the API, with the password of /metrics when the environment has one."""
    user, password = (os.environ.get(f"CC_METRICS_PROMETHEUS_{name}") for name in ("USER", "PASSWORD"))
    return _opened(texts, url, (user, password) if user and password else None, None)


def _relay_client(url: str, texts: Texts) -> Client:
    """Return a client of the relay, with its own password and not with the API's."""
    return _opened(texts, url, None, os.environ.get("RELAY_PASSWORD"))


def _opened(texts: Texts, url: str, login: tuple[str, str] | None, token: str | None) -> Client:
    try:
        return Client(url, login, token)
    except ValueError as error:
        raise click.ClickException(texts.say("bad_address")) from error
