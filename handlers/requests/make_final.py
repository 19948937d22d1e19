"""*Make the final*: a new take with the draft's settings, in the resolution that was asked for."""

from datetime import UTC, datetime

from bot.blocks import card
from bot.domain.parameters import problem_again
from bot.domain.reviewing.due_dates import still_ahead
from bot.domain.rights import Act
from bot.domain.takes import State
from bot.errors import NotPossible
from bot.request_log.log import RequestLog
from handlers.access import Listeners
from handlers.buttons import ButtonPress, Buttons
from handlers.enqueue import RenderQueue
from handlers.requests.new_take import NextTakes


class MakeFinal:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        next_takes: NextTakes,
        buttons: Buttons,
        render_queue: RenderQueue,
    ) -> None:
        self._request_log = request_log
        self._next_takes = next_takes
        self._buttons = buttons
        self._render_queue = render_queue

    def register(self, app: Listeners) -> None:
        app.action(card.MAKE_FINAL, Act.NEW_TAKE, self._buttons.handler(self._make))

    async def _make(self, press: ButtonPress) -> None:
        """One final, even if the button is pressed twice. Over a limit, it asks for approval."""
        draft = await self._request_log.take(press.value)
        request = await self._request_log.request(draft.request_id)
        latest = await self._request_log.latest_take(request.id)
        if not draft.is_draft:
            raise NotPossible(f"Take {draft.number} isn't a draft. Press *New take* instead.")
        if draft.taken_down_by:
            raise NotPossible(f"Take {draft.number} was taken down. Press *New take* on the card.")
        if latest.id != draft.id:
            raise NotPossible(
                f"Take {latest.number} is newer than this draft. Press *New take* there instead."
            )
        if draft.state is not State.DELIVERED:
            raise NotPossible(f"Take {draft.number} isn't ready yet. Follow progress on the card.")
        if why := problem_again(draft.final_parameters, "New take"):
            raise NotPossible(why)
        take = await self._render_queue.new_take(
            request.id, draft.number + 1, draft.final_parameters, requester_id=press.user_id,
            audio=draft.audio, due_at=still_ahead(draft.due_at, datetime.now(UTC)),
        )  # fmt: skip
        await self._next_takes.check_and_announce(request, take, by=press.user_id, asks=True)
        await self._next_takes.add(take, by=press.user_id, asks=True)
