"""When an open form is updated: once typing pauses, and no more than once a second."""

import asyncio

from bot.process.clock import Clock

SETTLE_SECONDS = 0.15  # keystrokes closer together than this cause one update
UPDATE_SECONDS = 1.0  # between two updates of one form; nobody types on without one for longer
STEP_SECONDS = 0.05  # between two looks whether a button was pressed meanwhile
VIEWS_REMEMBERED = 1000


class TypingPauses:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._typed_at: dict[str, float] = {}  # view id -> loop time
        self._next_at: dict[str, float] = {}
        self._pressed: set[str] = set()

    def typed(self, view_id: str) -> None:
        self._typed_at[view_id] = _now()

    def pressed(self, view_id: str) -> None:
        """What a button shows doesn't wait."""
        self.typed(view_id)
        self._pressed.add(view_id)

    async def wait(self, view_id: str) -> None:
        """Until the form may be updated with what was typed."""
        began = _now()
        while view_id not in self._pressed:
            paused_at = min(self._typed_at[view_id] + SETTLE_SECONDS, began + UPDATE_SECONDS)
            left = max(paused_at, self._next_at.get(view_id, 0.0)) - _now()
            if left <= 0:
                return
            await asyncio.sleep(min(left, STEP_SECONDS))
        self._pressed.discard(view_id)

    def updated(self, view_id: str) -> None:
        self._next_at.pop(view_id, None)
        self._next_at[view_id] = _now() + self._clock.scaled(UPDATE_SECONDS)
        while len(self._next_at) > VIEWS_REMEMBERED:
            del self._next_at[next(iter(self._next_at))]

    def ended(self, view_id: str) -> None:
        """All that was typed so far is shown."""
        self._typed_at.pop(view_id, None)
        self._pressed.discard(view_id)


def _now() -> float:
    return asyncio.get_running_loop().time()
