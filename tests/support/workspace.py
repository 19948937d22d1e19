"""The workspace that the tests play in: both stand-ins on the wire, and the real bot."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from bot.app import Bot
from bot.demo.segmind import SegmindStandIn
from bot.demo.slack import Channel, Message, Modal, Person, SlackStandIn
from bot.process.clock import Clock
from bot.settings.table import Settings
from bot.slack import can_post
from handlers.access import checks, files, people_shown
from handlers.requests import new_video, review_choices, same_video
from handlers.requests.audio import own_audio
from handlers.reviewing.sharing import share_form
from handlers.twins import form as twin_form

FAST = 0.004  # the bot's clock in the tests: every wait is 250 times as short
OFTEN = 5.0  # seconds between two looks at what may have changed: the shortest that chores wait
LOOK = 0.06  # what is left of them in the tests: looks would take a tenth of the CPU time else
# Polls begin a little before a render could be finished, so the usual one is short here.
QUIET = {
    "SEGMIND_REQUESTS_PER_MINUTE": "60000",
    "TYPICAL_RENDER_SECONDS": "20",
    "LOG_LEVEL": "WARNING",
}
METRICS_TOKEN = "metrics-token-of-the-tests"
ADMIN = "Grace"
# To acknowledge, and to open a form: https://docs.slack.dev/interactivity/handling-user-interaction
SLACKS_DEADLINE = 3.0  # seconds
PATIENCE = 60.0  # seconds that a test waits for what must come, also on a busy machine
# The bot's own, of these three.
DEADLINES = {
    (module, name): getattr(module, name)
    for module, name in (
        (can_post, "LOOKUP_SECONDS"),
        (can_post, "TIMEOUT_SECONDS"),
        (checks, "DECISION_SECONDS"),
        (files, "LOOK_SECONDS"),
        (new_video, "CARD_SECONDS"),
        (own_audio, "LOOK_SECONDS"),
        (people_shown, "LOOK_SECONDS"),
        (review_choices, "LOOKUP_SECONDS"),
        (same_video, "LOOK_SECONDS"),
        (share_form, "LINK_SECONDS"),
        (twin_form, "LOOK_SECONDS"),
    )
}


class FastClock(Clock):
    """As fast as tests need it, and no faster where it would only cost CPU time."""

    def __init__(self) -> None:
        super().__init__(FAST)

    def scaled(self, seconds: float) -> float:
        return super().scaled(seconds) if seconds < OFTEN else max(LOOK, super().scaled(seconds))


StartBot = Callable[..., Awaitable["Workspace"]]

# Neither depends on the other, so both pairs are enough.
EACH_STORE_AND_TRANSPORT = pytest.mark.parametrize(
    ("each_store", "http"),
    [("SQLite", False), ("Postgres", True)],
    indirect=["each_store"],
    ids=["SQLite-Socket Mode", "Postgres-HTTP"],
)


@dataclass
class Workspace:
    """A workspace with a bot in it: what a test drives and reads."""

    slack: SlackStandIn
    segmind: SegmindStandIn
    bot: Bot
    settings: Settings
    ada: Person
    marketing: Channel

    async def ask(self, script: str = "Hello team.", **choices: str) -> Message:
        """Ada asks for a video in #marketing. Returns its card."""
        await self.ada.command("/avatar", script, self.marketing)
        modal = await self.ada.modal()
        for label, choice in choices.items():
            await modal.choose(label.replace("_", " "), choice)
        known = {message.ts for message in self.marketing.messages()}
        await make_anyway(modal)
        return await self.marketing.wait_for(lambda m: not m.thread_ts and m.ts not in known)


async def make_anyway(form: Modal) -> None:
    """Sends the form, also if the same video is there already and could be used again."""
    assert await form.submit() == {}
    if form.is_open and "made exactly this video" in form.text():
        assert await form.submit() == {}


async def wait_for_text(message: Message, *words: str, seconds: float | None = None) -> Message:
    """The message, once it says all of that."""
    return await message.channel.wait_for(
        lambda m: m.ts == message.ts and all(part in m.text() for part in words), seconds
    )


def be_patient(slack: SlackStandIn) -> None:
    """For all tests but those that `keep_slacks_deadline`: on a busy machine a bot is slow."""
    slack.workspace.patience = PATIENCE
    slack.installation.trigger_seconds = slack.installation.ack_seconds = PATIENCE


def keep_slacks_deadline(slack: SlackStandIn) -> None:
    slack.installation.trigger_seconds = slack.installation.ack_seconds = SLACKS_DEADLINE


def wait_for_slack(monkeypatch: pytest.MonkeyPatch) -> None:
    """For all tests but those that `keep_deadlines`."""
    for module, name in DEADLINES:
        monkeypatch.setattr(module, name, PATIENCE)
    # Its ffmpeg is no faster than anybody's.
    monkeypatch.setattr("handlers.twins.MAKING_SECONDS", PATIENCE / FAST)


def keep_deadlines(monkeypatch: pytest.MonkeyPatch) -> None:
    for (module, name), seconds in DEADLINES.items():
        monkeypatch.setattr(module, name, seconds)


async def in_real_time(start_bot: StartBot, workspace: Workspace, *, http: bool = False) -> None:
    """Starts the bot again, whose waits and limits are from now on as long as in production."""
    await workspace.bot.__aexit__(None, None, None)
    workspace.bot = (await start_bot(http=http, clock=Clock(1.0))).bot
