"""The account that the API key belongs to: its credits, and whether the key works."""

from bot.errors import KeyRefused, Refused, SegmindError, SegmindUnavailable
from bot.monitoring.metrics import counts_errors
from bot.segmind.outcomes import json_or_raise
from bot.segmind.rate_limit import Turn
from bot.segmind.responses import finite_number
from bot.segmind.transport import Transport

MAX_BALANCE_USD = 1e9
NOT_ALLOWED = (
    "Segmind didn't allow this{said}, though it takes the bot's API key. Nothing was charged. "
    "Change the text or the settings. If it's the same for all, an admin has to ask Segmind."
)


class Account:
    def __init__(self, transport: Transport, api_url: str) -> None:
        self._transport = transport
        self._api_url = api_url

    @counts_errors
    async def balance(self) -> float:
        """The remaining credits in USD, including free ones.

        Raises SegmindUnavailable, RateLimited, KeyRefused.
        """
        url = f"{self._api_url}/v1/get-user-credits"
        body = json_or_raise(await self._transport.get(url, turn=Turn.BALANCE))
        keys = ("credits", "free-credits") if isinstance(body, dict) else ()
        numbers = [finite_number(body.get(key) or 0) for key in keys]
        if not numbers or any(n is None or abs(n) > MAX_BALANCE_USD for n in numbers):
            raise SegmindUnavailable("the balance could not be read")
        return sum(filter(None, numbers))

    async def not_allowed(self, refused: KeyRefused) -> Refused | None:
        """What a submission failed with, if the key works: a 401 or 403 isn't about it then.

        A firewall before Segmind answers so to some texts, and Segmind might to a model. The queue
        would stop for everybody because of one person's video.
        """
        if not await self.takes_key():
            return None
        not_allowed = Refused(refused.said)
        not_allowed.sentence = NOT_ALLOWED.format(said=refused.quoted)
        not_allowed.for_admin = True
        return not_allowed

    async def takes_key(self) -> bool:
        """False if that isn't certain."""
        try:
            await self.balance()
        except SegmindError:
            return False
        return True
