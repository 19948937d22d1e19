"""A stand-in for Slack: a real server with Slack's Web API for the bot, and people who type
commands, fill in modals and press buttons.

    async with SlackStandIn(Path("app_manifest.yml")) as slack:
        # point a bot at slack.api_url with slack.bot_token and slack.app_token
        ada, marketing = slack.person("Ada"), slack.channel("marketing")
        await slack.connected()
        await ada.command("/avatar", "Hello", marketing)
        modal = await ada.modal()
        assert await modal.submit() == {}
        card = await marketing.wait_for(lambda m: "Hello" in m.text())
"""

from bot.demo.slack.faults import Fault, Faults
from bot.demo.slack.journal import Call, Journal
from bot.demo.slack.people.member import SlackShowed
from bot.demo.slack.people.modal import Home, Modal
from bot.demo.slack.people.person import Person, Reply
from bot.demo.slack.stand_in import SlackStandIn
from bot.demo.slack.workspace.changes import Change, NothingCame
from bot.demo.slack.workspace.conversations import Channel, Message, StoredFile, Thread

__all__ = [
    "Call",
    "Change",
    "Channel",
    "Fault",
    "Faults",
    "Home",
    "Journal",
    "Message",
    "Modal",
    "NothingCame",
    "Person",
    "Reply",
    "SlackShowed",
    "SlackStandIn",
    "StoredFile",
    "Thread",
]
