"""Whether somebody is in the conversation of a take: who approves it or sends a form has to be."""

from bot.domain.takes import Take
from bot.request_log.log import RequestLog
from bot.slack.can_post import check_member
from bot.slack.messages import SlackMessages


class Membership:
    def __init__(self, *, request_log: RequestLog, slack_messages: SlackMessages) -> None:
        self._request_log = request_log
        self._slack_messages = slack_messages

    async def check(self, take: Take, user_id: str, text: str) -> None:
        """Finds out by telling the person `text` in the thread.

        Raises ChannelRefused for who is not in the conversation, or has left it while the form was
        open, and NotPossible for who was told too much to find out.
        """
        request = await self._request_log.request(take.request_id)
        await check_member(
            self._slack_messages, request.channel_id, user_id, text, thread_ts=request.card_ts
        )
