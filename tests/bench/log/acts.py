"""What a person does, and how long it takes until the bot has called Slack for it."""

import time

from tests.bench.fake_slack import FakeSlack
from tests.bench.servers import Server
from tests.bench.slack.form_events import home_opened, submission, view_of
from tests.bench.slack_requests import connections, slash_command
from tests.support.waiting import wait_until

WAIT_SECONDS = 60.0  # the first card waits until the job queue has started
MANY = 100_000  # so that each event has a number of its own
# Some hundred scripts in the large log are as long, and begin like that.
SCRIPT = "Welcome to the team. " * 15


def reviewer(number: int) -> str:
    """Somebody who is named as reviewer of many videos that nobody has reviewed."""
    return f"UR{number}"


class Acts:
    def __init__(self, slack: FakeSlack, bot: Server) -> None:
        self._slack = slack
        self._bot = bot

    async def seconds(self, number: int) -> dict[str, float]:
        """Of each act, by its name. Each time somebody else does it, with a script that is new."""
        user_id, script = f"U{number}", f"{SCRIPT}N{number:04}"
        newcomer = await self._form(f"UN{number}")  # who has no video that could be found
        form = await self._form(user_id)
        view = view_of(self._slack.last_views_open, f"V{self._bot.port}N{number}", script)
        card = await self._until("chat.postMessage", submission(view, user_id))
        home = await self._until("views.publish", home_opened(user_id, number))
        reviews = home_opened(reviewer(number), number + MANY)
        return {
            "form": form, "form of a newcomer": newcomer, "card": card, "Home": home,
            "Home of a reviewer": await self._until("views.publish", reviews),
        }  # fmt: skip

    async def _form(self, user_id: str) -> float:
        return await self._until("views.open", slash_command(user_id=user_id).http_request)

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
