"""A picture in a Slack message by a bot token: uploaded once the message stands, then shown in it.

The rule: the message never waits for its picture, and nothing that goes wrong here is the message's trouble. The file is
shared with nobody else: a block that names it shows it where the message is (scope files:write).
Methods: https://docs.slack.dev/messaging/working-with-files#upload.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

import structlog

from relay.channels import slack_answers, slack_message
from relay.channels.calls import Calls, document
from relay.channels.contents import Content, as_form
from relay.channels.slack_message import AGENT, Body
from relay.channels.trimming import fitted, one_line
from relay.channels.webhook import address
from relay.core.delivery import DeliveryError, Failure
from relay.core.model import Picture
from relay.core.text import Language, Text, say, text
from relay.exchange import Answer, Exchange

log = structlog.get_logger("relay.channels")

DEADLINE = timedelta(seconds=4)
# What is kept of a send's own deadline, so that whoever waits for the send never gives it up.
SPARE = timedelta(seconds=1)
# "Completing" an upload ends before Slack knows the file as a picture; until then a block that names it is refused.
PAUSES = (0.0, 0.3, 0.7, 1.2)
FILE = "chart.png"
LONGEST_ALT = 1_000
UPDATE = "chat.update"


@dataclass(frozen=True, slots=True)
class Upload:
    """The calls that show one picture in a message that is there."""

    exchange: Exchange
    api_url: str
    token: str
    name: str

    async def show(self, living: tuple[str, str], body: Body, picture: Picture, left: timedelta) -> bool:
        """Show the picture in the living message, which says ``body``; return whether it is there."""
        deadline = min(DEADLINE, left - SPARE)
        calls = Calls(self.exchange, "Slack", deadline, {**AGENT, "authorization": f"Bearer {self.token}"})
        try:
            file = await self._uploaded(calls, picture)
            return await self._shown(calls, living, slack_message.pictured_by(body, file, picture))
        except DeliveryError as error:
            self._missed(error.reason)
            return False

    async def _uploaded(self, calls: Calls, picture: Picture) -> str:
        """Upload the picture; return the file's id."""
        asked = {
            "filename": FILE,
            "length": str(len(picture.png)),
            "alt_txt": fitted(one_line(picture.said), LONGEST_ALT),
        }
        answer = await self._call(calls, "files.getUploadURLExternal", as_form(asked))
        match document(answer):
            case {"upload_url": str(url), "file_id": str(file)} if self._is_usable(url) and file.isalnum():
                pass
            case _:
                raise calls.error(Failure.PERMANENT, text("failure.no_id"), answer)
        # Without the token: the address is secret enough, and another host may hold it.
        stored = await Calls(self.exchange, "Slack", calls.left, AGENT).send(
            "POST", url, Content("application/octet-stream", picture.png)
        )
        if stored.status >= 300:
            raise calls.error(Failure.PERMANENT, text("failure.status", status=stored.status), stored)
        files = json.dumps([{"id": file, "title": FILE}])
        await self._call(calls, "files.completeUploadExternal", as_form({"files": files}))
        return file

    async def _shown(self, calls: Calls, living: tuple[str, str], body: Body) -> bool:
        channel, ts = living
        answer: Answer | None = None
        for pause in PAUSES:
            if calls.left.total_seconds() <= pause:
                break
            await asyncio.sleep(pause)
            answer = await calls.send(
                "POST", f"{self.api_url}{UPDATE}", {"channel": channel, "ts": ts, **body}, repeatable=True
            )
            if slack_answers.error(answer) not in slack_answers.REDUCIBLE:
                break
        if answer is not None and slack_answers.done(answer):
            return True
        self._missed(text("failure.no_time") if answer is None else slack_answers.told_by_method(answer))
        return False

    async def _call(self, calls: Calls, method: str, content: Content) -> Answer:
        """Call a method; raise ``DeliveryError`` unless it did what it was asked for."""
        answer = await calls.send("POST", f"{self.api_url}{method}", content)
        if not slack_answers.done(answer):
            raise calls.error(slack_answers.of_method(answer), slack_answers.told_by_method(answer), answer)
        return answer

    def _is_usable(self, url: str) -> bool:
        """Whether an upload may go there: as safely as everything else goes to Slack."""
        return address(url) and (url.startswith("https://") or urlsplit(self.api_url).scheme == "http")

    def _missed(self, why: Text) -> None:
        log.warning("a picture was not taken", channel=self.name, why=say(why, Language.ENGLISH))
