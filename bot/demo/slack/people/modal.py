"""A modal and the App Home as a person sees and uses them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.demo.slack import serializers
from bot.demo.slack.api import views
from bot.demo.slack.blocks import plain_text
from bot.demo.slack.installation import SlackError
from bot.demo.slack.people import uploads
from bot.demo.slack.people.member import SlackShowed
from bot.demo.slack.people.surface import ElementRef, Surface
from bot.demo.slack.transport import payloads
from bot.demo.slack.workspace.changes import NothingCame
from bot.demo.slack.workspace.conversations import StoredFile
from bot.demo.slack.workspace.views import View

Json = dict[str, Any]
TROUBLE = "We had some trouble connecting. Try again?"
_URL = re.compile(r"https?://[^\s/]+\S*$")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+$")


class Modal(Surface):
    """The topmost view of the person's stack, as it is now."""

    @property
    def container(self) -> View:
        view = self.installation.views.top(self.member.id)
        if view is None:
            raise LookupError(f"{self.member.name} has no modal open.")
        return view

    @property
    def is_open(self) -> bool:
        return self.installation.views.top(self.member.id) is not None

    @property
    def view(self) -> Json:
        """As Slack sends it to the app, with its state."""
        return serializers.view(self.installation, self.container)

    @property
    def title(self) -> str:
        return str(self.container.content["title"]["text"])

    @property
    def errors(self) -> dict[str, str]:
        """Label → the error shown under that field."""
        return self._by_label(self.container.errors)

    def text(self) -> str:
        """Everything on show: title, blocks with their values, errors, buttons."""
        view, names = self.container, self.installation.workspace.name_of
        lines = [self.title]
        for block in view.content["blocks"]:
            lines += plain_text.read([block], names, view.values)
            if error := view.errors.get(block["block_id"]):
                lines.append(f"! {error}")
        ends = (view.content.get("close"), view.content.get("submit"))
        lines.append("  ".join(f"[{end['text']}]" for end in ends if end))
        return "\n".join(lines)

    async def wait_for(
        self, check: Callable[[Modal], object], seconds: float | None = None
    ) -> Modal:
        """Until `check` is true: `await modal.wait_for(lambda m: "60 s" in m.text())`."""
        try:
            await self.installation.workspace.until(
                lambda: self.is_open and check(self), seconds, "a change of the modal"
            )
        except NothingCame as late:
            there = self.text() if self.is_open else "(closed)"
            raise NothingCame(f"{late}; there was:\n{there}") from None
        return self

    async def attach(self, label: ElementRef, *paths: Path, name: str = "") -> list[StoredFile]:
        """Put these files into a file_input, in place of what it holds. Raises SlackShowed.

        `name`: of a single file, if it is another one than on the disk.
        """
        block, element = self.find(label)
        uploads.check_for_form(element, list(paths), [name or path.name for path in paths])
        files = [uploads.store(self.installation, self.member.id, p, name) for p in paths]
        self._put(block, element, [serializers.file(self.installation, file) for file in files])
        return files

    async def submit(self) -> dict[str, str]:
        """Label → the error shown under that field; {} when the app accepted it."""
        view = self.container
        if "submit" not in view.content and not self._inputs():
            raise LookupError("This modal has nothing to submit.")
        view.errors = self._validation_errors()
        if view.errors:
            self.installation.workspace.announce("view_updated", view)
            return self.errors
        payload = payloads.view_submission(self.installation, self.member.user, view)
        answer = await self.member.send("interactive", "view_submission", payload)
        self._apply_response(view, answer)
        return self._by_label(view.errors)

    def _apply_response(self, view: View, answer: Any) -> None:
        """https://docs.slack.dev/surfaces/modals#handling_submissions"""
        action = answer.get("response_action") if isinstance(answer, dict) else None
        try:
            match action:
                case None if not answer:
                    self.installation.views.close(view)
                case "clear":
                    self.installation.views.close_all(self.member.id)
                case "update":
                    content = views.checked(self.installation, answer, "modal", instead_of=view)
                    self.installation.views.update(view, content)
                case "push":
                    content = views.checked(self.installation, answer, "modal")
                    views.push_for(self.installation, self.member.id, content)
                case "errors":
                    self._show(view, answer.get("errors"))
                case _:
                    raise SlackShowed(f"{TROUBLE} (the app answered {answer!r})")
        except SlackError as refused:
            raise SlackShowed(f"{TROUBLE} ({refused.code}: {refused.extra})") from refused

    def _show(self, view: View, errors: Any) -> None:
        """Show the errors under their fields. Slack accepts errors for input blocks only."""
        inputs = {block["block_id"] for block in view.content["blocks"] if block["type"] == "input"}
        if not isinstance(errors, dict) or not errors or not inputs.issuperset(errors):
            raise SlackShowed(f"{TROUBLE} (errors {errors!r}, but the input blocks are {inputs})")
        view.errors = errors
        self.installation.workspace.announce("view_updated", view)

    def _inputs(self) -> list[Json]:
        return [block for block in self._blocks() if block["type"] == "input"]

    def _by_label(self, errors: dict[str, str]) -> dict[str, str]:
        blocks = self._blocks() if self.is_open else []
        labels = {b["block_id"]: b["label"]["text"] for b in blocks if b["type"] == "input"}
        return {labels.get(block_id, block_id): text for block_id, text in errors.items()}

    def _validation_errors(self) -> dict[str, str]:
        """What Slack's own client refuses before the app is asked."""
        found: dict[str, str] = {}
        for block in self._inputs():
            element = block["element"]
            state = self._values().get(block["block_id"], {}).get(element["action_id"], {})
            content = next((v for k, v in state.items() if k != "type"), None)
            if content in (None, "", []):
                if not block.get("optional", False):
                    found[block["block_id"]] = "Please complete this required field."
            elif complaint := _validation_error(element, content):
                found[block["block_id"]] = complaint
        return found

    async def close(self, *, everything: bool = False) -> None:
        """Press Cancel, which goes back to the view below; or ✕, which closes `everything`."""
        stack = self.installation.views.stacks.get(self.member.id, [])
        for view in reversed(list(stack) if everything else stack[-1:]):
            payload = payloads.view_closed(self.installation, self.member.user, view, everything)
            self.installation.views.close(view)
            if view.content.get("notify_on_close"):
                await self.member.send("interactive", "view_closed", payload)


def _validation_error(element: Json, content: Any) -> str | None:
    match element["type"]:
        case "plain_text_input":
            if len(content) < element.get("min_length", 0):
                return f"Please enter at least {element['min_length']} characters."
            if len(content) > element.get("max_length", 3000):
                return f"Please enter at most {element.get('max_length', 3000)} characters."
        case "url_text_input" if not _URL.match(content):
            return "Please enter a valid URL."
        case "email_text_input" if not _EMAIL.match(content):
            return "Please enter a valid email address."
        case "number_input":
            return _number_error(element, content)
    return None


def _number_error(element: Json, content: str) -> str | None:
    try:
        number = float(content)
    except ValueError:
        return "Please enter a number."
    if not element["is_decimal_allowed"] and not number.is_integer():
        return "Please enter a whole number."
    if number < float(element.get("min_value", number)):
        return f"Please enter a number of at least {element['min_value']}."
    if number > float(element.get("max_value", number)):
        return f"Please enter a number of at most {element['max_value']}."
    return None


class Home(Surface):
    """The App Home tab of one person."""

    @property
    def container(self) -> View:
        return self.installation.views.homes[self.member.id]

    def text(self) -> str:
        names = self.installation.workspace.name_of
        return "\n".join(plain_text.read(self._blocks(), names, self._values()))

    async def wait_for(self, check: Callable[[Home], object], seconds: float | None = None) -> Home:
        await self.installation.workspace.until(
            lambda: check(self), seconds, "a change of the home"
        )
        return self
