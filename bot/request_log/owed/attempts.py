"""One attempt to post or update an owed message, such as the answer to a note."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from bot.errors import ChannelRefused, SlackUnavailable
from bot.request_log.owed.messages import OwedMessage, OwedMessages, Shown

log = logging.getLogger(__name__)

Show = Callable[[OwedMessage], Awaitable[Shown]]
RedrawSoon = Callable[[str, Callable[[], Awaitable[bool]], str], None]


async def show_in_turn(
    owed_messages: OwedMessages, message_key: str, show: Show, redraw_soon: RedrawSoon
) -> None:
    """`show_owed`; but what is there already is updated when its turn comes, within Slack's limit.

    One press may update many messages. When the bot makes up for it, they come in the turn of
    whoever asked for that take or twin. `redraw_soon`: of `Redraws`, which logs a failure.
    """
    attempt = partial(show_owed, owed_messages, message_key, show)
    if await owed_messages.is_there(message_key) or await attempt():  # it changed meanwhile
        redraw_soon(message_key, attempt, await owed_messages.requester_of(message_key))


async def show_owed(owed_messages: OwedMessages, message_key: str, show: Show) -> bool:
    """Calls `show`, unless nothing is owed or another process is at work on it.

    Returns whether the message has changed meanwhile, so that it is owed again. Raises
    SlackUnavailable, and whatever else `show` raises; then the next attempt may follow at once.
    """
    owed = await owed_messages.claim(message_key)
    if owed is None:
        return False
    try:
        async with asyncio.timeout(owed_messages.timeout.total_seconds()):
            shown = await show(owed)
    except ChannelRefused as refused:  # the thread shows what it can
        log.warning("take %s: %s was not posted: %s", owed.take_id, message_key, refused)
        shown = Shown(ts=owed.ts)
    except TimeoutError:
        await owed_messages.release(owed)
        raise SlackUnavailable("timeout") from None
    except Exception:
        await owed_messages.release(owed)
        raise
    return await owed_messages.settle(owed, shown)
