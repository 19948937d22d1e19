"""The form with a field for an audio file."""

from pathlib import Path

from bot.demo.segmind import SegmindStandIn
from bot.demo.slack import Message, Modal
from tests.support.conversations import delivered
from tests.support.files.sounds import open_audio_field, upload_audio
from tests.support.workspace import Workspace


async def own_audio_form(workspace: Workspace) -> Modal:
    await workspace.ada.command("/avatar", "", workspace.marketing)
    return await open_audio_field(await workspace.ada.modal())


async def spoken(workspace: Workspace, audio: Path) -> Message:
    """The card of a video that speaks this file, once it is delivered."""
    form = await own_audio_form(workspace)
    known = workspace.marketing.messages()
    await upload_audio(form, audio)
    assert await form.submit() == {}
    card = await workspace.marketing.wait_for(lambda m: not m.thread_ts and m not in known)
    await delivered(card)
    return card


def uploads(segmind: SegmindStandIn) -> int:
    return sum(call.path == "/upload-asset" for call in segmind.journal)
