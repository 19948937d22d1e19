"""`python -m bot demo --once`: one video, from the command to the thread, through its review to a
share, with no account at all.

The stand-ins answer for Slack and Segmind, and the video is a real one; the bot is the real bot,
as a process of its own. Whatever falls short is named, and the exit code says so.
"""

import asyncio
import re
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from bot.demo.segmind import AfterSeconds, SegmindStandIn
from bot.demo.slack import Channel, Message, Person, SlackStandIn
from bot.demo.stage import MANIFEST, RENDER_SECONDS, Stage, free_port, quick, settings_for
from bot.demo.story_review import ReviewStory

FOLDER = Path("demo-output/once")
SCRIPT = (
    "Welcome to the team! I am your avatar. "
    "This video was asked for, rendered and delivered right here in Slack."
)
STORY_SECONDS = 40.0
TAKES = 2
CARD = "Avatar video: "  # how what a card says to a screen reader begins


async def once(script: str = SCRIPT, *, http: bool = False) -> int:
    """Plays the story; 0 when everything that was promised is there."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    print(
        "Slack and Segmind are stand-ins on this machine, and Segmind's two minutes are "
        f"{RENDER_SECONDS:g} seconds here.\nThe bot is the real one, and so are the video and the "
        "captions.\n"
    )
    settings = {**quick(RENDER_SECONDS), "PORT": str(free_port())}
    async with Stage(FOLDER, http=http, **settings) as stage:
        stage.segmind.pace = AfterSeconds(RENDER_SECONDS)
        began = time.monotonic()
        ada, channel = stage.slack.person("Ada"), stage.slack.channel("marketing")
        teller = Teller(stage.slack, began)
        try:
            await _ask(ada, channel, script, teller)
            await channel.wait_for(lambda m: m.thread_ts and m.files, STORY_SECONDS)
            card = await channel.wait_for(
                lambda m: "Ready" in m.text() and "cost $" in m.text(), STORY_SECONDS
            )
            review = ReviewStory(stage.slack, channel, card, teller.say)
            await review.play(script)
            await channel.wait_for(lambda m: m is card and "cost $" in m.text(), STORY_SECONDS)
        finally:
            teller.stop()
        print("\n--- the thread, read aloud ---------------------------------------------")
        print(_plain(card.thread.read_aloud()))
        print(
            f"\n--- #{review.news.name} ---------------------------------------------------------"
        )
        print(_plain("\n".join(m.read_aloud() for m in review.news.messages())))
        print("\n--- python -m bot log --------------------------------------------------")
        print(await stage.bot.command("log"))
        print("--- python -m bot log --review -----------------------------------------")
        print(await stage.bot.command("log", "--review"))
        exit_code = await stage.bot.stop()
        short = [*_short(stage, card, exit_code), *review.short()]
        _leave(stage, card)
    for fault in short:
        print(f"FELL SHORT: {fault}", file=sys.stderr)
    return 1 if short else 0


async def _ask(ada: Person, channel: Channel, script: str, teller: "Teller") -> None:
    teller.say(f"Ada types /avatar in #{channel.name}")
    await ada.command("/avatar", "", channel)
    modal = await ada.modal()
    teller.say(f"A form opens: {modal.title}")
    await modal.type("Script", script)
    found = await modal.search("Avatar", "office")
    teller.say(f"She types “office” under Avatar and is offered: {', '.join(found[:3])} …")
    await modal.choose("Avatar", found[0])
    await modal.choose("Voice", "Allison")
    await modal.choose("Reviewers", ada.slack.person("Bob"))
    await modal.wait_for(lambda m: "about $" in m.text())
    hint = next(line for line in modal.text().splitlines() if "characters" in line)
    teller.say(f"The form says: {hint}")
    teller.say("She sends it")
    if errors := await modal.submit():
        teller.say(f"She is told: {errors}")


class Teller:
    """Prints the channel as it changes: each new state of a card once."""

    def __init__(self, slack: SlackStandIn, began: float) -> None:
        self._began = began
        self._told = ""
        self.stop = slack.workspace.listen(lambda change: self._heed(change.subject))

    def say(self, text: str) -> None:
        print(f"{time.monotonic() - self._began:5.1f} s  {text}", flush=True)

    def _heed(self, subject: object) -> None:
        if not isinstance(subject, Message) or subject.thread_ts:
            return
        if not subject.fallback.startswith(CARD):
            return
        state = _plain(subject.fallback).removeprefix(CARD).replace("\n", ", ")
        name = state.partition("  ")[0]  # a bar that moves is told once
        if name != self._told:
            self._told = name
            self.say(f"card: {state}")


def _plain(text: str) -> str:
    """Slack draws `:clapper:` as a picture; a terminal does not."""
    return re.sub(r":[a-z_]+: ?", "", text)


def _short(stage: Stage, card: Message, exit_code: int) -> Iterator[str]:
    """What was promised and is not there."""
    replies = card.thread.replies()
    videos = [m for m in replies if m.files]
    if len(videos) != TAKES:
        yield f"there are {len(videos)} messages with files in the thread, not {TAKES}"
        return
    files = {Path(file.name).suffix: file for file in videos[0].files}
    if set(files) != {".mp4", ".srt"}:
        yield f"the files are {sorted(files)}"
        return
    if b"ftyp" not in files[".mp4"].path.read_bytes()[:16]:
        yield "the video is no mp4"
    if " --> " not in files[".srt"].path.read_text():
        yield "the captions are no SRT"
    if not all(file.alt_txt for file in files.values()):
        yield "a file has no alt text"
    if "Transcript" not in videos[0].text():
        yield "there is no transcript"
    if len(stage.segmind.bill) != TAKES:
        yield f"Segmind was asked {len(stage.segmind.bill)} times"
    charged = stage.segmind.bill[-1].charged_usd
    if f"cost ${charged:.2f}" not in card.text():
        yield f"the card does not say what Segmind charged (${charged:.2f})"
    if exit_code:
        yield f"the bot ended with exit code {exit_code}"


def _leave(stage: Stage, card: Message) -> None:
    """Video, captions and log stay in the folder, by names a person understands."""
    print(f"Left in {stage.folder}/:")
    for message in card.thread.replies():
        for file in message.files:
            shutil.copyfile(file.path, stage.folder / file.name)
            print(f"  {file.name}  ({file.size:,} bytes)")
    command = f".venv/bin/sqlite-utils rows {stage.folder}/avatar.db request_log"
    print(f"  avatar.db  (the request log: {command})")
    print("  bot.log    (what the bot printed)")


async def stand_ins() -> int:
    """Both servers alone, for anybody's own client, until Ctrl-C."""
    async with SlackStandIn(MANIFEST) as slack, SegmindStandIn() as segmind:
        segmind.pace = AfterSeconds(RENDER_SECONDS)
        ada = slack.person("Ada")
        print("Stand-ins for Slack and Segmind, on this machine only. Put these lines into .env;")
        print("then, in a second terminal: .venv/bin/python -m bot check\n")
        settings = settings_for(slack, segmind, FOLDER.with_name("stand-ins"))
        for name, value in {**settings, "ADMIN_USER_IDS": ada.id}.items():
            print(f"{name}={value}")
        print(f"SLACK_SIGNING_SECRET={slack.signing_secret}")
        print(f"\nA channel: {slack.channel('marketing').id}, a person: {ada.id}. Ctrl-C ends it.")
        sys.stdout.flush()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
    return 0
