"""What a person does with the elements of a view or a message: type, search, choose, press."""

from __future__ import annotations

from typing import Any

from bot.demo.slack.blocks.elements import initial_state, interactive_elements, value_key
from bot.demo.slack.blocks.plain_text import text_of
from bot.demo.slack.blocks.validation import problems_of_options
from bot.demo.slack.people import options
from bot.demo.slack.people.member import Member, SlackShowed
from bot.demo.slack.transport import payloads
from bot.demo.slack.workspace.conversations import Channel, Message
from bot.demo.slack.workspace.views import View

Json = dict[str, Any]
SHORTEST_QUERY = 3  # min_query_length when an external select does not say
# The label or text of an element, or its block_id and action_id.
ElementRef = str | tuple[str, str]


class Surface:
    """The elements of a modal, a home or a message, found by their labels and texts."""

    def __init__(self, member: Member) -> None:
        self.member = member
        self.installation = member.installation
        self._offers: dict[tuple[str, str], list[Json]] = {}

    @property
    def container(self) -> View | Message:
        raise NotImplementedError

    def _blocks(self) -> list[Json]:
        place = self.container
        return place.content["blocks"] if isinstance(place, View) else place.blocks

    def _values(self) -> dict[str, dict[str, Json]]:
        place = self.container
        return place.values if isinstance(place, View) else place.state

    # -- finding ---------------------------------------------------------------------------

    def labels(self) -> list[str]:
        """The first name of each element that `find` knows."""
        return [self._names(b, e)[0] for b, e in interactive_elements(self._blocks())]

    def _names(self, block: Json, element: Json) -> list[str]:
        names = self.installation.workspace.name_of
        texts = [block.get("label"), element.get("text"), element.get("placeholder")]
        if block["type"] == "section":
            texts.append(block.get("text"))
        words = [text_of(text, names) for text in texts if text]
        more = [element.get("accessibility_label"), element["action_id"], block.get("block_id")]
        return [*words, *filter(None, more)]

    def find(self, label: ElementRef) -> tuple[Json, Json]:
        """The block and the element called `label`: by label, text, placeholder or id."""
        known = list(interactive_elements(self._blocks()))
        for block, element in known:
            if label == (block.get("block_id"), element["action_id"]):
                return block, element
            if label in self._names(block, element):
                return block, element
        # Slack gives a block without an id a new one at each update. The person means the
        # element that they saw, so its action_id is enough where it is unique.
        if isinstance(label, tuple):
            same = [each for each in known if each[1]["action_id"] == label[1]]
            if len(same) == 1:
                return same[0]
        raise LookupError(f"Nothing is called {label!r} here, only {self.labels()}")

    def value(self, label: ElementRef) -> Json:
        """The value of an element: its entry in state.values."""
        block, element = self.find(label)
        return self._values().get(block["block_id"], {}).get(element["action_id"], {})

    def _put(self, block: Json, element: Json, content: Any) -> Json:
        key = value_key(element)
        if key is None:
            raise LookupError(f"A {element['type']} holds no value.")
        state = {"type": element["type"], key: content}
        self._values().setdefault(block["block_id"], {})[element["action_id"]] = state
        return state

    # -- actions ---------------------------------------------------------------------------

    async def type(
        self, label: ElementRef, text: str, *, keystrokes: bool = False, enter: bool = False
    ) -> None:
        """Replace the value by `text`, at once (as pasted) or key by key. Each change, and the
        Enter key, is sent to the app if the block asks for it."""
        block, element = self.find(label)
        config = element.get("dispatch_action_config", {})
        events = config.get("trigger_actions_on", ["on_enter_pressed"])
        dispatches = bool(block.get("dispatch_action", block["type"] != "input"))
        steps = [text[: n + 1] for n in range(len(text))] if keystrokes else [text]
        for step in steps:
            state = self._put(block, element, options.typed(element, step))
            if dispatches and "on_character_entered" in events:
                await self._act(block, element, state)
        if dispatches and enter and "on_enter_pressed" in events:
            await self._act(block, element, self.value(label))

    async def search(self, label: ElementRef, text: str) -> list[str]:
        """Type into an external select: the texts of the options that the app offers."""
        return [options.option_text(one) for one in await self.offers(label, text)]

    async def offers(self, label: ElementRef, text: str) -> list[Json]:
        """The same options, as the app sends them."""
        return await self._search(*self.find(label), text)

    async def _search(self, block: Json, element: Json, text: str) -> list[Json]:
        if len(text) < element.get("min_query_length", SHORTEST_QUERY):
            return []
        payload = payloads.block_suggestion(
            self.installation, self.member.user, self.container, block, element, text
        )
        answer = await self.member.send("interactive", "block_suggestion", payload)
        if problems := problems_of_options(answer):
            raise SlackShowed(f"No results (the app's options were refused: {problems})")
        offers = options.options_of(answer)
        self._offers[block["block_id"], element["action_id"]] = offers
        return offers

    async def choose(self, label: ElementRef, *wanted: str | Channel | Member) -> None:
        """Select options by their text, and channels by name or object. Nothing `wanted` clears."""
        block, element = self.find(label)
        picked = [await self._pick(block, element, one) for one in wanted]
        if element["type"] == "overflow":
            return await self._act(block, element, {"selected_option": picked[0]})
        if element["type"] == "feedback_buttons":
            return await self._act(block, element, {"value": picked[0]["value"]})
        many = element["type"].startswith("multi_") or element["type"] == "checkboxes"
        state = self._put(block, element, picked if many else next(iter(picked), None))
        if block["type"] != "input" or block.get("dispatch_action"):
            await self._act(block, element, state)
        return None

    async def _pick(self, block: Json, element: Json, one: str | Channel | Member) -> Any:
        kind = element["type"].removeprefix("multi_")
        if kind in ("users_select", "channels_select", "conversations_select"):
            return options.pick_id(self.installation, self.member.user, element, one)
        if kind != "external_select":
            return options.pick(options.options_of(element), str(one))
        seen = self._offers.get((block["block_id"], element["action_id"]), [])
        if str(one) not in map(options.option_text, seen):
            seen = await self._search(block, element, str(one))
        return options.pick(seen, str(one))

    async def check(self, label: ElementRef, *wanted: str) -> None:
        """Tick these boxes, or all of them."""
        await self._tick(label, wanted, on=True)

    async def uncheck(self, label: ElementRef, *wanted: str) -> None:
        await self._tick(label, wanted, on=False)

    async def _tick(self, label: ElementRef, wanted: tuple[str, ...], *, on: bool) -> None:
        _, element = self.find(label)
        boxes = options.options_of(element)
        named = [options.pick(boxes, one) for one in wanted] or boxes
        before = (self.value(label) or initial_state(element, None) or {})["selected_options"]
        now = [box for box in boxes if (on if box in named else box in before)]
        await self.choose(label, *map(options.option_text, now))

    async def press(self, label: ElementRef, *, confirm: bool = True) -> None:
        """Press a button, or choose that item of an overflow menu.

        `confirm`: the answer to its dialog, if it has one.
        """
        block, element = self._button_or_menu(label)
        if element["type"] == "overflow":
            await self.choose((block["block_id"], element["action_id"]), str(label))
            return
        if "confirm" in element and not confirm:
            return
        await self._act(block, element, {})

    def _button_or_menu(self, label: ElementRef) -> tuple[Json, Json]:
        try:
            return self.find(label)
        except LookupError:
            for block, element in interactive_elements(self._blocks()):
                if element["type"] == "overflow" and label in _item_texts(element):
                    return block, element
            raise

    async def _act(self, block: Json, element: Json, state: Json) -> None:
        if not self.installation.manifest.interactivity:
            raise SlackShowed("This app is not configured to handle interactive responses.")
        kept = ("type", "action_id", "text", "value", "style", "placeholder")
        action = {key: element[key] for key in kept if key in element}
        action |= {"block_id": block["block_id"], **state}
        payload = payloads.block_actions(
            self.installation, self.member.user, self.container, action
        )
        await self.member.send("interactive", "block_actions", payload)


def _item_texts(menu: Json) -> list[str]:
    return [options.option_text(option) for option in options.options_of(menu)]


class MessageSurface(Surface):
    """The elements of a message: `await ada.on(message).choose("Verdict", "Approved")`."""

    def __init__(self, member: Member, message: Message) -> None:
        super().__init__(member)
        self.message = message

    @property
    def container(self) -> Message:
        return self.message
