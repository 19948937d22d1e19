"""What the bot answers in Socket Mode, in frames that Slack takes.

Slack closes the connection at a frame of more than 20 KiB ("Max frame length of 20480 has been
exceeded"), and sends the same thing again over the next one. That isn't documented:
https://github.com/slack-go/slack/issues/1196. So what is longer follows by the Web API.
"""

import json
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.text import notice, plain
from bot.domain.text import without_surrogates
from bot.errors import SlackError
from bot.process.clock import Clock
from bot.process.retry import retry
from bot.slack.connection.bolt_requests import Json
from bot.slack.errors import channel_errors, slack_errors

log = logging.getLogger(__name__)

LARGEST_FRAME = 20_000  # bytes
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


def fits(text: str) -> bool:
    return len(text.encode()) <= LARGEST_FRAME


def shortened(
    payload: Json, request: Json, client: AsyncWebClient, clock: Clock
) -> tuple[Json, Work | None]:
    """What fits into a frame, and what is to be done next, if there is anything."""
    if view := payload.get("view"):
        moment = notice(view["title"]["text"], plain("One moment…"))
        view_id = request.get("view", {}).get("id", "")
        return {**payload, "view": moment}, partial(_update, client, view_id, view, clock)
    if "options" in payload:
        options = list(payload["options"])
        while not fits(frame("x" * 100, {"options": options})):
            options.pop()
        return {"options": options}, None
    return {}, partial(_tell, client, request, payload)


async def _update(client: AsyncWebClient, view_id: str, view: Json, clock: Clock) -> None:
    async def update() -> None:
        with slack_errors():
            await client.views_update(view_id=view_id, view=view)

    try:
        await retry(update, clock)
    except SlackError as error:
        log.warning("a form stays empty: %s", error)


async def _tell(client: AsyncWebClient, request: Json, payload: Json) -> None:
    """What a command answers: to its sender alone, in the same place, or in a direct message."""
    user_id, said = request.get("user_id", ""), _said(payload)
    try:
        with channel_errors():
            channel_id = request.get("channel_id", "")
            await client.chat_postEphemeral(channel=channel_id, user=user_id, **said)
    except SlackError:
        try:
            with channel_errors():
                await client.chat_postMessage(channel=user_id, **said)
        except SlackError as error:
            log.warning("%s was not told the answer to a command: %s", user_id, error)


def _said(payload: Json) -> dict[str, Any]:
    return {name: payload[name] for name in ("text", "blocks") if name in payload}
