"""Somebody asks for a twin of a colleague, who answers."""

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import httpx

from bot.demo.slack import Channel, Message, Modal, Person
from tests.support.conversations import review_of, told
from tests.support.files.sounds import video
from tests.support.waiting import wait_until
from tests.support.workspace import Workspace, make_anyway, wait_for_text

ASKS = "asks to make a Digital Twin of you"


@cache
def footage(seconds: float = 16.0) -> Path:
    """A real mp4."""
    return video(Path(mkdtemp(prefix="footage-")) / "bob.mp4", seconds)


async def sent_footage(workspace: Workspace) -> bytes:
    """What Segmind got for the first Digital Twin."""
    segmind = workspace.segmind
    await wait_until(lambda: any("video_url" in job.body for job in segmind.bill))
    url = next(job.body["video_url"] for job in segmind.bill if "video_url" in job.body)
    async with httpx.AsyncClient() as client:
        return (await client.get(url)).content


async def twin_form(person: Person, shown: Person, channel: Channel, name: str) -> Modal:
    await person.command("/avatar", "twin", channel)
    form = await person.modal()
    await form.type("Name", name)
    await form.choose("Who does it show?", shown)
    await form.type("What is it for?", "Weekly news")
    await form.attach("Footage", footage())
    return form


async def ask_for_twin(
    workspace: Workspace, shown: Person, name: str = "Bob at his desk"
) -> Message:
    """Ada asks. Returns the question to the person shown, with the footage in its thread."""
    form = await twin_form(workspace.ada, shown, workspace.marketing, name)
    assert await form.submit() == {}
    return await shown.direct().wait_for(
        lambda m: name in m.text() and ASKS in m.text() and bool(m.buttons())
    )


async def allow_in(person: Person, question: Message, *channels: Channel) -> None:
    await person.press("Allow in these channels only", question)
    form = await person.modal()
    await form.choose("Channels", *channels)
    assert await form.submit() == {}


async def ready_twin(workspace: Workspace, shown: Person, *channels: Channel) -> Message:
    """The question, once it was answered and the twin is ready."""
    question = await ask_for_twin(workspace, shown)
    if channels:
        await allow_in(shown, question, *channels)
    else:
        await shown.press("Allow", question)
    await told(workspace.ada, "is ready: choose it")
    return question


async def video_form(
    person: Person, channel: Channel, script: str, avatar: str = "Bob at his desk"
) -> Modal:
    await person.command("/avatar", script, channel)
    form = await person.modal()
    await form.choose("Avatar", f"{avatar} (Digital Twin of Bob)")
    return form


async def make_video(workspace: Workspace, channel: Channel, script: str) -> Message:
    """Ada's card of a video with the twin."""
    form = await video_form(workspace.ada, channel, script)
    known = channel.messages()
    await make_anyway(form)
    return await channel.wait_for(lambda m: not m.thread_ts and m not in known)


async def approved_video(workspace: Workspace, script: str) -> Message:
    """The review of Ada's video with the twin in #marketing, which Carol has approved."""
    review = await review_of(await make_video(workspace, workspace.marketing, script))
    await workspace.slack.person("Carol").press("Approve", review)
    await wait_for_text(review, "@Carol approved")
    return review


async def draft_with_twin(workspace: Workspace) -> tuple[Message, Message]:
    """The question to Bob, who allowed his twin, and the review of Ada's draft with it."""
    question = await ready_twin(workspace, workspace.slack.person("Bob"))
    form = await video_form(workspace.ada, workspace.marketing, "A draft.")
    await form.press("More options")
    await form.wait_for(lambda m: "Resolution" in m.text())
    await form.check("Draft", "Make a 720p draft first")
    await make_anyway(form)
    card = await workspace.marketing.wait_for(lambda m: not m.thread_ts and "@Ada" in m.text())
    return question, await review_of(card)
