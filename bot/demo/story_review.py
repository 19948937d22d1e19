"""The second half of the story: the review, from a note to a share."""

from collections.abc import Callable, Iterator
from pathlib import Path

from bot.demo.slack import Channel, Message, Person, SlackStandIn
from bot.demo.slack.blocks.plain_text import plain

GOODBYE = " See you soon!"
CHANGE = "Say goodbye at the end"
SECONDS = 40.0
Say = Callable[[str], None]


class ReviewStory:
    """Bob and Carol review Ada's video in `channel`. `say` prints what happens."""

    def __init__(self, slack: SlackStandIn, channel: Channel, card: Message, say: Say) -> None:
        self.slack = slack
        self.channel = channel
        self.card = card
        self.say = say
        self.ada, self.bob, self.carol = (slack.person(name) for name in ("Ada", "Bob", "Carol"))
        self.news = slack.channel("news")

    async def play(self, script: str) -> None:
        first = await self._review(1)
        await self._note(first, "0:02 too fast" if len(script) > 60 else "0:00 too fast")
        await self._request_changes(self.carol, first)
        await self._new_take(script)
        second = await self._review(2)
        self.say("Bob presses Approve")
        await self.bob.press("approve", second)  # says how many notes are open
        await self._until(second, lambda m: "Share" in m.buttons())
        await self._share(second)

    async def _review(self, number: int) -> Message:
        review = await self.card.thread.wait_for(
            lambda m: m.fallback.startswith(f"Take {number}: "), SECONDS
        )
        await self._until(self.card, lambda m: f"Take {number} ·" in m.text())
        return review

    async def _note(self, review: Message, note: str) -> None:
        self.say(f"Bob replies in the thread: {note}")
        await self.bob.reply(self.card, note)
        answer = await self.card.thread.wait_for(lambda m: "Noted." in m.text())
        self.say(f"bot: {' '.join(answer.text().split())}")
        await self._until(review, lambda m: "1 open note" in m.text())

    async def _request_changes(self, person: Person, review: Message) -> None:
        self.say(f"{person.name} presses Request changes: {CHANGE}")
        await person.press("Request changes", review)
        form = await person.modal()
        await form.type("note", CHANGE)
        await form.submit()
        await self._until(review, lambda m: "changes requested" in m.text())

    async def _new_take(self, script: str) -> None:
        await self.ada.press("New take", self.card)
        form = await self.ada.modal()
        boxes, name_of = form.find("notes")[1]["options"], self.slack.workspace.name_of
        notes = [plain(box["text"]["text"], name_of) for box in boxes]
        self.say(f"Ada presses New take, and sees the open notes: {'; '.join(notes)}")
        await form.type("Script", script + GOODBYE)
        await form.check("notes", CHANGE)
        await form.uncheck("Sign-off")  # she adds only what Carol has asked for
        await form.submit()

    async def _share(self, review: Message) -> None:
        self.say(f"Ada presses Share, and chooses #{self.news.name}\n")
        await self.ada.press("Share", review)
        form = await self.ada.modal()
        await form.choose("Channel", self.news)
        await form.submit()
        await self.news.wait_for(lambda m: m.files, SECONDS)
        await self._until(review, lambda m: f"Shared in #{self.news.name}" in m.text())

    async def _until(self, message: Message, check: Callable[[Message], object]) -> None:
        await self.channel.wait_for(lambda m: m.ts == message.ts and check(m), SECONDS)

    def missing(self) -> Iterator[str]:
        """What should be there at the end and is not."""
        said = "\n".join(m.text() for m in self.card.thread.replies())
        promised = {
            "the sentence at Bob's timecode is not quoted": "Noted. At 0:0",
            "Carol's request for changes is not there": f"> {CHANGE}",
            "take 2 does not say what it replaces": "Replaces take 1",
            "take 2 does not say what it answers": f"Fixed: {CHANGE}",
            "Bob's approval is not there": "@Bob approved",
        }
        yield from (fault for fault, words in promised.items() if words not in said)
        video = next(m for m in self.card.thread.replies() if "take 2 is ready" in m.text())
        # In a short script that is so much that it says “New script”, and shows all of it.
        if GOODBYE.strip() not in video.fallback:
            yield "take 2 does not show its new words"
        shared = [m for m in self.news.messages() if m.files]
        if len(shared) != 1 or "approved by Bob" not in shared[0].text():
            yield f"{len(shared)} messages with files were shared, not 1"
        elif [Path(f.name).suffix for f in shared[0].files] != [".mp4", ".srt"]:
            yield "the shared message does not have a video and its captions"
        elif shared[0].files[0].path.read_bytes() != video.files[0].path.read_bytes():
            yield "the shared video is not the approved one"
