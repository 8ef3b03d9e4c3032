"""What Discord takes: the zod schemas made from its OpenAPI document, and the rules that are not in it."""

import atexit
import json
import subprocess
import threading
from collections.abc import Iterator
from typing import Any

from tests.contract.packages import installed, programs

# https://docs.discord.com/developers/resources/message#embed-object-embed-limits
MOST_IN_EMBEDS = 6_000
Body = dict[str, Any]


class Specification:
    """One node process for the whole run, a line out and a line in: thousands of bodies a second."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._node: subprocess.Popen[str] | None = None

    def problems(self, kind: str, body: Body) -> list[str]:
        """Return what the schema has against a body; ``kind`` is ``post`` or ``edit``."""
        with self._turn:
            node = self._node = self._node or self._start()
            assert node.stdin is not None
            assert node.stdout is not None
            # ASCII: node's readline would end a line at U+2028 too.
            node.stdin.write(json.dumps({"kind": kind, "body": body}) + "\n")
            node.stdin.flush()
            answer: list[str] = json.loads(node.stdout.readline())
            return answer

    def _start(self) -> subprocess.Popen[str]:
        command = [*programs()[0], str(installed() / "discord.mjs")]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def close(self) -> None:
        """Let node read the end of its input, and wait for it."""
        if self._node is not None:
            self._node.communicate(timeout=10)
            self._node = None


SPECIFICATION = Specification()
atexit.register(SPECIFICATION.close)


def trimmed(value: object) -> str:
    """Return a text as Discord counts it: without white space at its ends."""
    return str(value or "").strip()


def written(embed: Body) -> list[str]:
    """Return every text of an embed that counts toward the total."""
    fields = [part for field in embed.get("fields") or [] for part in (field["name"], field["value"])]
    footer = (embed.get("footer") or {}).get("text")
    author = (embed.get("author") or {}).get("name")
    return [trimmed(text) for text in (embed.get("title"), embed.get("description"), footer, author, *fields)]


def of_embed(embed: Body) -> Iterator[str]:
    """Yield what the schema does not say of one embed."""
    if not any(written(embed)) and not embed.get("image"):
        yield "an embed is empty"
    for field in embed.get("fields") or []:
        if not trimmed(field["name"]) or not trimmed(field["value"]):
            yield "a field needs a name and a value that are not white space"


def of_files(body: Body) -> Iterator[str]:
    """Yield what is wrong with the files beside a message: each is described, and what an embed shows is there."""
    files = body.get("attachments") or []
    if not all(trimmed(file.get("description")) for file in files):
        yield "a picture says nothing to who does not see it"
    names = {file.get("filename") for file in files}
    for embed in body.get("embeds") or []:
        scheme, found, name = str((embed.get("image") or {}).get("url") or "").partition("attachment://")
        if found and not scheme and name not in names:
            yield f"no attachment {name}"


def of_sender(body: Body) -> Iterator[str]:
    """Yield what is wrong with who speaks and who is pinged."""
    if any(word in trimmed(body.get("username")).lower() for word in ("discord", "clyde")):
        yield "username: must not contain discord or clyde"
    if body.get("allowed_mentions") != {"parse": []}:
        yield "allowed_mentions: without an empty parse list a text can ping people"


def by_hand(body: Body) -> Iterator[str]:
    """Yield what the specification does not say."""
    embeds = body.get("embeds") or []
    if not trimmed(body.get("content")) and not embeds and not body.get("components"):
        yield "the message is empty"
    for embed in embeds:
        yield from of_embed(embed)
    # In UTF-16 units, as the schema counts: the larger of the possible counts.
    length = sum(
        len(text.encode("utf-16-le", "surrogatepass")) // 2 for one in embeds for text in written(one)
    )
    if length > MOST_IN_EMBEDS:
        yield f"{length} characters over all embeds, more than {MOST_IN_EMBEDS}"
    urls = [embed["url"] for embed in embeds if embed.get("url")]
    if len(urls) != len(set(urls)):
        yield "two embeds have the same url: only the first is shown"
    yield from of_files(body)
    yield from of_sender(body)


def discord_problems(body: Body, *, edit: bool = False) -> list[str]:
    """Return everything that speaks against sending this to Discord: empty when it would be taken.

    ``edit`` is for PATCH of a message, which knows fewer keys than posting.
    """
    return SPECIFICATION.problems("edit" if edit else "post", body) or list(by_hand(body))
