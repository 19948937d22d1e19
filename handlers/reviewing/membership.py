"""Whether somebody is in a take's conversation: whoever approves it or sends a form must be."""

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

        Raises ChannelRefused if they aren't in the conversation, or left it while the form was
        open, and NotPossible if they were sent too many messages already to find out.
        """
        request = await self._request_log.request(take.request_id)
        await check_member(
            self._slack_messages, request.channel_id, user_id, text, thread_ts=request.card_ts
        )
