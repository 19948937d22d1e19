"""The message with the video of a take. It says what has changed since the take that it replaces,
but no longer what that one said once it is taken down.

An update that could not be done at once is owed (bot/request_log/owed).
"""

import logging
from functools import partial

from bot.blocks.changes import since_last_take
from bot.blocks.delivery import comment, links
from bot.domain.captions import Captions, read_captions
from bot.domain.scripts.changes import is_rewritten, script_changes, settings_changes
from bot.domain.takes import Request, State, Take
from bot.errors import ChannelRefused, SlackError
from bot.process.clock import Clock
from bot.process.retry import retry
from bot.request_log.log import RequestLog
from bot.request_log.owed import later_takes
from bot.request_log.owed.attempts import show_owed
from bot.request_log.owed.messages import OwedMessage, OwedMessages, Shown
from bot.request_log.twins.use import named
from bot.slack.files import SlackFiles
from bot.slack.messages import SlackMessages
from bot.slack.redraws import Redraws
from handlers.review_messages import ReviewMessages

log = logging.getLogger(__name__)


class VideoMessages:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        owed_messages: OwedMessages,
        slack_messages: SlackMessages,
        slack_files: SlackFiles,
        redraws: Redraws,
        review_messages: ReviewMessages,
        clock: Clock,
    ) -> None:
        self._request_log = request_log
        self._owed_messages = owed_messages
        self._slack_messages = slack_messages
        self._slack_files = slack_files
        self._redraws = redraws
        self._review_messages = review_messages
        self._clock = clock

    async def comment(
        self, request: Request, take: Take, captions: Captions | None, changes: str, link: str = ""
    ) -> str:
        """Its text. `changes`: from `changes`; `link`: as in `blocks.delivery.comment`."""
        owner = await self._review_messages.owner_to_tell(request, take)
        return comment(take, captions, link=link, changes=changes, owner=owner)

    async def changes(self, request: Request, take: Take) -> str:
        """What changed since the take that it replaces; "" if it replaces none."""
        takes = await self._request_log.takes(take.request_id)
        shown = [
            t
            for t in takes
            if t.number < take.number and t.state is State.DELIVERED and not t.taken_down_by
        ]
        return await self._since(request, shown[-1], take) if shown else ""

    async def _since(self, request: Request, last: Take, take: Take) -> str:
        old, new = [(await named(self._request_log.store, one)).shown for one in (last, take)]
        script = script_changes(old.prompt, new.prompt)
        rewritten = bool(new.prompt.strip()) and is_rewritten(script)
        ts = last.review_ts
        link = ts and await self._slack_messages.permalink(request.channel_id, ts)
        return since_last_take(
            last, script, settings_changes(old, new),
            await self._review_messages.fixed_notes(take),
            new_script=new.prompt if rewritten else "", link=link,
        )  # fmt: skip

    async def follow_later(self, take: Take) -> None:
        """The take was taken down. A failure is only logged: it is still owed."""
        for later in await self._request_log.takes(take.request_id):
            try:
                if later.number > take.number:
                    key = later_takes.key(later.id)
                    await retry(partial(self.catch_up, key), self._clock)
            except SlackError as error:
                log.warning("take %s: its message is not up to date yet: %s", later.id, error)

    async def catch_up(self, key: str) -> None:
        """One attempt to update the message. Raises SlackUnavailable."""
        await self._redraws.redraw(key, partial(show_owed, self._owed_messages, key, self._show))

    async def _show(self, owed: OwedMessage) -> Shown:
        take = await self._request_log.take(owed.take_id)
        takes = {one.id: one for one in await self._request_log.takes(take.request_id)}
        names = (await later_takes.named(self._request_log.store, take.request_id)).get(take.id, [])
        gone = [one for name in names if (one := takes.get(name)) and one.taken_down_by]
        if not gone or take.taken_down_by:
            return Shown()
        request = await self._request_log.request(take.request_id)
        last = takes.get(names[-1])
        changes = await self._since(request, last, take) if last else ""
        captions, texts = read_captions(take.captions), {}
        if take.message_ts:
            link = links(take, take.error)
            texts[take.message_ts] = await self.comment(request, take, captions, changes, link)
        if take.video_file_id and (ts := await self._ts(request, take)):
            texts[ts] = await self.comment(request, take, captions, changes)
        for ts, text in texts.items():
            await self._update(request, take, gone[-1], ts, text)
        return Shown()

    async def _ts(self, request: Request, take: Take) -> str:
        """Of its message with the file; "" if there is none. Slack may show it late."""
        if take.state is State.DELIVERING:  # then it is owed again
            return await self._slack_files.find_share(take.video_file_id, request.channel_id) or ""
        return await self._slack_files.wait_for_share(take.video_file_id, request.channel_id)

    async def _update(self, request: Request, take: Take, gone: Take, ts: str, text: str) -> None:
        try:
            await self._slack_messages.update(request.channel_id, ts, text)
        except ChannelRefused as refused:
            log.warning("take %s: its message was not updated: %s", take.id, refused)
            said = (
                f"Slack didn't let me correct my message with take {take.number}, so it may still "
                f"say what take {gone.number} said. To delete it, press *Take it down* for take "
                f"{take.number}, too."
            )
            try:
                await self._slack_messages.send_dm(gone.taken_down_by, said)
            except SlackError as error:
                log.warning("could not notify %s: %s", gone.taken_down_by, error)
