"""What a person does in the page, through the same methods as in the tests.

An action that the bot has to acknowledge (typing, a choice, a button) does not block the page, as
in Slack's own client. If it fails, the page gets a notice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

from bot.demo.slack import Channel, Message, Modal, Person, SlackShowed, SlackStandIn
from bot.demo.slack.people import options
from bot.demo.slack.people.modal import Home
from bot.demo.slack.people.surface import ElementRef, MessageSurface, Surface

Json = dict[str, Any]
Notice = Callable[[Person, str], None]


class Gone(LookupError):
    """The message or form that the action is for is no longer there."""


class Actions:
    """`notice` shows a person the failure of an earlier action."""

    def __init__(self, slack: SlackStandIn, notice: Notice) -> None:
        self._slack = slack
        self._notice = notice
        self._modals: dict[
            str, Modal
        ] = {}  # one per person, because it remembers the offered options
        self._on: dict[tuple[str, str], MessageSurface] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._known: dict[str, Callable[[Person, Json], Awaitable[Json]]] = {
            "command": self._command,
            "say": self._say,
            "invite": self._invite,
            "edit": self._edit,
            "delete": self._delete,
            "shortcut": self._shortcut,
            "home": self._home,
            "type": self._type,
            "choose": self._choose,
            "press": self._press,
            "search": self._search,
            "submit": self._submit,
            "close": self._close,
        }

        self._with_file: dict[str, Callable[[Person, Json, Path], Awaitable[None]]] = {
            "attach": self._attach,
            "send_file": self._send_file,
        }

    async def upload(self, name: str, person: Person, given: Json, path: Path) -> None:
        """With a file that the page has sent. Raises what `run` raises."""
        await self._with_file[name](person, given, path)

    async def run(self, name: str, person: Person, given: Json) -> Json:
        """Raises SlackShowed, or LookupError for an unknown action or something that is gone."""
        return await self._known[name](person, given)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # -- messages and forms ------------------------------------------------------------------

    def _channel(self, given: Json) -> Channel:
        return self._slack.workspace.channels[given["channel"]]

    def _message(self, person: Person, container: Json) -> Message:
        channel = self._channel(container)
        hidden = (m for m in channel.ephemerals(person.id) if m.ts == container["ts"])
        message = channel.message(container["ts"]) or next(hidden, None)
        if message is None:
            raise Gone("This message was deleted.")
        return message

    def _surface(self, person: Person, given: Json) -> Surface:
        """Where an element is: {"view": id}, {"home": true}, or {"channel", "ts"}."""
        container = given["container"]
        if "home" in container:
            return Home(person)
        if "view" not in container:
            message = self._message(person, container)
            return self._on.setdefault((person.id, message.ts), person.on(message))
        modal = self._modals.setdefault(person.id, Modal(person))
        if not modal.is_open or modal.container.id != container["view"]:
            raise Gone("This form was closed.")
        return modal

    def _in_background(self, person: Person, action: Coroutine[Any, Any, Any]) -> Json:
        async def run() -> None:
            try:
                await action
            except SlackShowed as shown:
                self._notice(person, str(shown))
            except LookupError:
                self._notice(person, "The message has changed. That button is no longer there.")

        task = asyncio.create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return {}

    # -- in conversations ------------------------------------------------------------------

    async def _command(self, person: Person, given: Json) -> Json:
        await person.command(given["command"], given["text"], self._channel(given))
        return {}

    async def _say(self, person: Person, given: Json) -> Json:
        message = person.say(self._channel(given), given["text"], given.get("thread_ts"))
        return {"ts": message.ts}

    async def _invite(self, person: Person, given: Json) -> Json:
        channel = self._channel(given)
        if channel.kind == "im":
            raise SlackShowed("Nobody can be invited to a direct message.")
        if channel.has(self._slack.installation.bot.id):
            raise SlackShowed(f"@{self._slack.installation.bot.name} is already in this channel.")
        person.invite_bot(channel)
        return {}

    async def _edit(self, person: Person, given: Json) -> Json:
        person.edit(self._message(person, given["container"]), given["text"])
        return {}

    async def _delete(self, person: Person, given: Json) -> Json:
        person.delete(self._message(person, given["container"]))
        return {}

    async def _shortcut(self, person: Person, given: Json) -> Json:
        container = given.get("container")
        await person.shortcut(
            given["name"], self._message(person, container) if container else None
        )
        return {}

    async def _home(self, person: Person, given: Json) -> Json:
        await person.open_home()
        return {}

    async def _send_file(self, person: Person, given: Json, path: Path) -> None:
        """What is recorded in a browser is a message, as in Slack's own client."""
        voice = given["name"].startswith(("audio_message", "video_message"))
        person.send_file(
            self._channel(given), path, name=given["name"], voice=voice,
            thread_ts=given.get("thread_ts"),
        )  # fmt: skip

    async def _attach(self, person: Person, given: Json, path: Path) -> None:
        surface = self._surface(person, given)
        assert isinstance(surface, Modal)
        await surface.attach(_where(given), path, name=given["name"])
        self._slack.workspace.announce("view_updated", surface.container)

    # -- with elements ---------------------------------------------------------------------

    async def _type(self, person: Person, given: Json) -> Json:
        surface = self._surface(person, given)
        typed = surface.type(_where(given), given["text"], enter=bool(given.get("enter")))
        return self._in_background(person, typed)

    async def _choose(self, person: Person, given: Json) -> Json:
        surface = self._surface(person, given)
        return self._in_background(person, surface.choose(_where(given), *given["wanted"]))

    async def _press(self, person: Person, given: Json) -> Json:
        """A confirm dialog, if it has one, has been answered in the page."""
        return self._in_background(person, self._surface(person, given).press(_where(given)))

    async def _search(self, person: Person, given: Json) -> Json:
        """What a select offers for some text: the app's options, or people and conversations.
        `id` is what `choose` accepts, `about` what the app says of it."""
        surface, text = self._surface(person, given), given["text"]
        _, element = surface.find(_where(given))
        kind = element["type"].removeprefix("multi_")
        if kind == "external_select":
            found = await surface.offers(_where(given), text)
            return {"offers": [{"id": options.option_text(one), "about": _about(one)}
                               for one in found]}  # fmt: skip
        if kind == "users_select":
            ids = [u.id for u in self._slack.workspace.users.values() if text in u.name.casefold()]
        else:
            ids = [
                c.id
                for c in options.selectable_conversations(
                    self._slack.installation, person.user, element
                )
            ]
        return {"offers": [{"id": one} for one in ids]}

    # -- modals ----------------------------------------------------------------------------

    async def _submit(self, person: Person, given: Json) -> Json:
        surface = self._surface(person, given)
        assert isinstance(surface, Modal)
        return {"errors": await surface.submit()}

    async def _close(self, person: Person, given: Json) -> Json:
        surface = self._surface(person, given)
        assert isinstance(surface, Modal)
        await surface.close(everything=bool(given.get("everything")))
        return {}


def _where(given: Json) -> ElementRef:
    return given["block_id"], given["action_id"]


def _about(option: Json) -> str:
    description: Json = option.get("description", {})
    return str(description.get("text", ""))
