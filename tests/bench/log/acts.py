"""What a person does, and how long it takes until the bot has called Slack for it."""

import time

from tests.bench.fake_slack import FakeSlack
from tests.bench.servers import Server
from tests.bench.slack.form_events import home_opened, submission, view_of
from tests.bench.slack_requests import connections
from tests.support.waiting import wait_until

WAIT_SECONDS = 60.0  # the first card waits until the job queue has started


class Acts:
    def __init__(self, slack: FakeSlack, bot: Server) -> None:
        self._slack = slack
        self._bot = bot

    async def seconds(self, number: int) -> dict[str, float]:
        """Of each act, by its name. Each time somebody else does it."""
        user_id = f"U{number}"
        form = await self._until("views.open", self._bot.command().http_request)
        view = view_of(
            self._slack.last_views_open, f"V{self._bot.port}N{number}", f"Hello {number}."
        )
        card = await self._until("chat.postMessage", submission(view, user_id))
        home = await self._until("views.publish", home_opened(user_id, number))
        return {"form": form, "card": card, "Home": home}

    async def _until(self, method: str, http_request: bytes) -> float:
        async with connections(self._bot.port, 1) as [connection]:
            with self._slack.recorded() as calls:
                began = time.perf_counter()
                while b"errors" in await connection.request(http_request):
                    began = time.perf_counter()  # the machine was too busy: it is sent again

                def called() -> list[float]:
                    return [call.at for call in calls if call.method == method]

                await wait_until(lambda: bool(called()), WAIT_SECONDS)
                return called()[0] - began
