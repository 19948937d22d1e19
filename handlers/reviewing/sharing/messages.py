"""The message of a share in its channel: it names who has approved the take, says so when that is
withdrawn, and is deleted by *Unshare*.

What could not be done at once is owed (bot/request_log/owed).
"""

import logging
from dataclasses import replace
from functools import partial

from bot.blocks.sharing.share import Credits, said_in, share_comment
from bot.domain.reviews import Decision, ShareRecord
from bot.domain.takes import Take
from bot.errors import ChannelRefused, FileRefused, SlackError
from bot.process.clock import Clock
from bot.process.retry import retry
from bot.request_log.log import RequestLog
from bot.request_log.owed.attempts import show_owed
from bot.request_log.owed.messages import OwedMessage, OwedMessages, Shown
from bot.request_log.reviews import ReviewLog
from bot.request_log.sharing.removals import Removals
from bot.request_log.sharing.shares import BOT, MESSAGE, message_key
from bot.request_log.twins.use import why_not_used
from bot.slack.files import SlackFiles
from bot.slack.messages import SlackMessages
from bot.slack.profiles import Profiles
from bot.slack.redraws import Redraws
from handlers.review_messages import ReviewMessages

log = logging.getLogger(__name__)


class ShareMessages:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        review_log: ReviewLog,
        removals: Removals,
        owed_messages: OwedMessages,
        slack_messages: SlackMessages,
        slack_files: SlackFiles,
        profiles: Profiles,
        redraws: Redraws,
        review_messages: ReviewMessages,
        clock: Clock,
    ) -> None:
        self._request_log = request_log
        self._review_log = review_log
        self._removals = removals
        self._owed_messages = owed_messages
        self._slack_messages = slack_messages
        self._slack_files = slack_files
        self._profiles = profiles
        self._redraws = redraws
        self._review_messages = review_messages
        self._clock = clock

    async def follow(self, share: ShareRecord) -> None:
        """Brings its message up to date. A failure is only logged: it is still owed."""
        key = message_key(share.form_id)
        try:
            await retry(lambda: self.catch_up(key), self._clock)
        except SlackError as error:
            log.warning("take %s: %s is not up to date yet: %s", share.take_id, key, error)

    async def follow_all(self, take_id: str) -> None:
        for share in await self._removals.shares(take_id):
            await self.follow(share)

    async def catch_up(self, key: str) -> None:
        """One attempt to update or delete the message. Raises SlackUnavailable."""
        await self._redraws.redraw(key, partial(show_owed, self._owed_messages, key, self._show))

    async def _show(self, owed: OwedMessage) -> Shown:
        take = await self._request_log.take(owed.take_id)
        form = owed.message_key.removeprefix(f"{MESSAGE}.")
        for share in await self._removals.shares(take.id):
            if share.form_id != form:
                continue
            if share.unshared_by:
                await self._delete(take, share)
            else:
                await self._update(take, share)
        return Shown()

    async def _delete(self, take: Take, share: ShareRecord) -> None:
        """The message first: it is found by its file."""
        ts = await self._ts(share)
        is_gone = not ts or await self._slack_messages.delete(share.channel_id, ts)
        kept = []
        for file_id in filter(None, (share.file_id, share.captions_file_id)):
            try:
                await self._slack_files.delete(file_id)
            except FileRefused as refused:
                kept.append(refused.code)
        await self._review_messages.redraw(take.id)
        said = await self._why_deleted(take, share) if share.unshared_by == BOT else []
        if kept or not is_gone:
            what, them = ("the files", "them") if kept else ("my message", "it")
            said.append(
                f"Slack didn't let me delete {what} of take {take.number} in "
                f"<#{share.channel_id}>. Ask a workspace admin to delete {them} there."
            )
        if said:
            to = share.user_id if share.unshared_by == BOT else share.unshared_by
            await self._send_dm(to, " ".join(said))

    async def _why_deleted(self, take: Take, share: ShareRecord) -> list[str]:
        """For whoever shared it: meanwhile the person shown had withdrawn their consent."""
        what = f"the copy of take {take.number}" if share.to_publish else f"take {take.number}"
        why = await why_not_used(
            self._request_log.store, take.parameters, share.channel_id, to_publish=share.to_publish
        )
        return [f"I'm deleting {what} in <#{share.channel_id}>.", why]

    async def _update(self, take: Take, share: ShareRecord) -> None:
        ts = await self._ts(share)
        if not ts:
            return  # somebody has deleted it
        said = share.said or said_in(await self._slack_messages.text_of(share.channel_id, ts))
        text = await self.comment(take, replace(share, said=said))
        try:
            await self._slack_messages.update(share.channel_id, ts, text)
        except ChannelRefused as refused:
            log.warning("take %s: a share was not corrected: %s", take.id, refused)
            await self._send_dm(
                share.user_id,
                f"Slack didn't let me correct my message with take {take.number} in "
                f"<#{share.channel_id}>, so it may still say that the take is approved. "
                "Press *Unshare* in the thread of the video to delete it.",
            )

    async def comment(self, take: Take, share: ShareRecord) -> str:
        """The text of its message."""
        request = await self._request_log.request(take.request_id)
        reviews = await self._review_log.of_take(take.id)
        approved_by = [one.user_id for one in reviews if one.decision is Decision.APPROVED]
        name = self._profiles.name
        people = Credits(
            await name(take.requester_id),
            await name(share.user_id),
            [await name(user_id) for user_id in approved_by],
        )
        return share_comment(
            take,
            people,
            share.said,
            await self._slack_messages.permalink(request.channel_id, request.card_ts),
            was_approved=take.decision != Decision.APPROVED and request.has_reviewers,
            publish_for=share.user_id if share.to_publish else "",
        )

    async def _ts(self, share: ShareRecord) -> str:
        """Of its message; "" if it is gone. Earlier versions did not keep it."""
        if share.ts or not share.file_id:
            return share.ts
        return await self._slack_files.find_share(share.file_id, share.channel_id) or ""

    async def _send_dm(self, user_id: str, text: str) -> None:
        try:
            await self._slack_messages.send_dm(user_id, text)
        except SlackError as error:
            log.warning("could not notify %s: %s", user_id, error)
