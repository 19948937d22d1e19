"""What the bot answers in Socket Mode, in frames that Slack takes.

Slack closes the connection at a frame of more than 20 KiB ("Max frame length of 20480 has been
exceeded"), and sends the same thing again over the next one. That isn't documented:
https://github.com/slack-go/slack/issues/1196. So what is longer follows by the Web API.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from slack_bolt.response import BoltResponse

from bot.blocks.text import notice, plain
from bot.domain.text import without_surrogates
from bot.errors import SlackError
from bot.process.background import Background
from bot.process.clock import Clock
from bot.process.limit_per_person import who_acts
from bot.process.retry import MESSAGE_TIMEOUT_SECONDS, retry
from bot.slack.connection.bolt_requests import Json
from bot.slack.connection.client import SlackClient
from bot.slack.errors import slack_errors
from bot.slack.messages import SlackMessages
from bot.slack.payloads import part, sender_id, text

log = logging.getLogger(__name__)

LARGEST_FRAME = 20_000  # bytes
SETTLE_SECONDS = 0.5  # Slack doesn't say that it shows a frame's view before a later call's
Work = Callable[[], Awaitable[object]]


def payload_of(answer: BoltResponse) -> Json:
    """Empty for a mere acknowledgement."""
    if not answer.body:
        return {}
    kind = answer.headers.get("content-type", [""])[0]
    return json.loads(answer.body) if kind.startswith("application/json") else {"text": answer.body}


def frame(envelope_id: str, payload: Json) -> str:
    """In UTF-8 most letters take a half or a third of what escaped ones do."""
    answer = {"envelope_id": envelope_id, **({"payload": payload} if payload else {})}
    return without_surrogates(json.dumps(answer, ensure_ascii=False, separators=(",", ":")))


def fits(framed: str) -> bool:
    return len(framed.encode()) <= LARGEST_FRAME


def fitting(options: Sequence[Json]) -> list[Json]:
    """As many of a menu's options as one frame takes."""
    options = list(options)
    while not fits(frame("x" * 100, {"options": options})):
        options.pop()
    return options


class LongAnswers:
    """By the Web API, after the frame, within what one person may cause."""

    def __init__(
        self, client: SlackClient, messages: SlackMessages, background: Background, clock: Clock
    ) -> None:
        self._client = client
        self._messages = messages
        self._background = background
        self._clock = clock

    def shortened(self, payload: Json, request: Json) -> tuple[Json, Work | None]:
        """What fits into a frame, and what is to follow it, if anything is."""
        if view := payload.get("view"):
            moment = notice(view["title"]["text"], plain("One moment…"))
            view_id, user_id = text(part(request, "view"), "id"), sender_id(request)
            return {**payload, "view": moment}, partial(self._update, view_id, user_id, view)
        if "options" in payload:
            return {"options": fitting(payload["options"])}, None
        return {}, partial(self._tell, request, payload)

    def follow(self, work: Work) -> None:
        self._background.start(self._in_time(work))

    async def _in_time(self, work: Work) -> None:
        try:
            async with asyncio.timeout(self._clock.scaled(MESSAGE_TIMEOUT_SECONDS)):
                await work()
        except (SlackError, TimeoutError) as error:
            log.warning("a long answer to %s was not shown: %r", who_acts(), error)

    async def _update(self, view_id: str, user_id: str, view: Json) -> None:
        async def update() -> None:
            await self._client.limits.form_updates.wait(user_id)
            with slack_errors():
                await self._client.views_update(view_id=view_id, view=view)

        await self._clock.sleep(SETTLE_SECONDS)
        await retry(update, self._clock)

    async def _tell(self, request: Json, payload: Json) -> None:
        """What a command answers: to its sender alone."""
        channel_id, user_id = text(request, "channel_id"), text(request, "user_id")
        said, blocks = text(payload, "text"), payload.get("blocks")
        await self._messages.post_ephemeral_or_dm(channel_id, user_id, said, blocks)
