"""Faces: made of delivered takes, shown in the form, forgotten when Slack has them no more."""

from pathlib import Path

import pytest

from bot.demo.slack import Message, Modal, SlackStandIn
from bot.demo.slack.workspace.conversations import StoredFile
from handlers import shared
from tests.support.casting.sheet import (
    close_forms,
    faces,
    have_had_sheet,
    hears,
    open_sheet,
    order_sheet,
)
from tests.support.conversations import delivered, fresh_modal, review_of
from tests.support.reviewing.shares import take_down_form
from tests.support.twins.stock import mark_as_stock
from tests.support.waiting import wait_until
from tests.support.workspace import ADMIN, StartBot, Workspace, make_anyway

ANN, ANJA = "Ann Doctor Sitting", "Anja Office Front"
PNG = b"\x89PNG\r\n\x1a\n"


async def make(workspace: Workspace, script: str, **fields: str) -> Message:
    """A delivered video by Ada. `fields`: by block id."""
    have_had_sheet(workspace)
    form = await fresh_form(workspace, script)
    await form.press("More options")
    await form.wait_for(lambda m: "Resolution" in m.text())
    for name, value in fields.items():
        if name in ("avatar", "voice"):
            await form.choose((name, name), value)
        else:
            await form.type((name, name), value)
    known = workspace.marketing.messages()
    await make_anyway(form)
    card = await workspace.marketing.wait_for(lambda m: not m.thread_ts and m not in known)
    await delivered(card)
    return card


async def fresh_form(workspace: Workspace, script: str = "") -> Modal:
    await close_forms(workspace.ada)
    return await fresh_modal(workspace, script)


async def face_of(workspace: Workspace, avatar: str) -> StoredFile:
    await wait_until(lambda: avatar in faces(workspace))
    return workspace.slack.workspace.files[faces(workspace)[avatar]]


def says_face(avatar: str) -> str:
    return f"{avatar}: the avatar's face"


def size(picture: Path) -> tuple[int, int]:
    """Of a PNG: https://www.w3.org/TR/png-3/#11IHDR"""
    head = picture.read_bytes()[:24]
    return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")


async def gone(workspace: Workspace, avatar: str) -> None:
    """Somebody has deleted the face of this avatar from Slack, and no other can be made of it."""
    (await face_of(workspace, avatar)).deleted = True
    for file in workspace.slack.workspace.files.values():
        file.deleted = True


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_any_video_gives_its_avatar_a_face_and_the_form_shows_it(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    form = await fresh_form(workspace)
    assert "face" not in form.text()
    await make(workspace, "Hello.", avatar=ANN)
    face = await face_of(workspace, ANN)
    assert face.path.read_bytes().startswith(PNG)
    assert max(size(face.path)) == 240
    assert face.shares == [], "nobody sees it in a channel"
    form = await fresh_form(workspace, "Hello again")
    assert says_face(ANN) in form.text()
    # It follows the choice, and what was typed stays.
    await form.type("Script", "Hello once more")
    await form.choose("Avatar", ANJA)
    await form.wait_for(lambda m: "face" not in m.text())
    await form.choose("Avatar", ANN)
    await form.wait_for(lambda m: says_face(ANN) in m.text())
    assert form.value("Script")["value"] == "Hello once more"
    await form.press("More options")
    await form.wait_for(lambda m: "HeyGen avatar ID" in m.text())
    await form.type("HeyGen avatar ID", "a1b2")
    await form.wait_for(lambda m: "face" not in m.text())


@pytest.mark.parametrize(
    "fields",
    [
        {"avatar_id": "a1b2"},
        {"avatar": ANN, "background": "https://example.com/wall.png"},
    ],
    ids=["a HeyGen ID", "a picture behind it"],
)
async def test_what_does_not_show_the_avatar_as_it_is_gives_no_face(
    start_bot: StartBot, tmp_path: Path, fields: dict[str, str]
) -> None:
    mark_as_stock(tmp_path / "data", "a1b2")
    workspace = await start_bot()
    await make(workspace, "Hello.", **fields)
    await workspace.bot.render_schedule.run("faces")
    assert faces(workspace) == {}


async def test_a_video_that_cannot_be_read_costs_only_its_face(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    card = await make(workspace, "Hello.", avatar=ANN)
    await face_of(workspace, ANN)
    video = (await delivered(card)).files[0]
    face = await face_of(workspace, ANN)
    face.deleted = True
    video.path.write_bytes(b"no video")
    form = await fresh_form(workspace)
    assert "face" not in form.text()
    await wait_until(lambda: faces(workspace) == {})
    for _ in range(3):
        await workspace.bot.render_schedule.run("faces")
    assert faces(workspace) == {}
    uploads = len(slack.journal.calls("files.getUploadURLExternal"))
    assert uploads == 3, "the video, its captions and the first face"
    video.path.unlink()
    await make(workspace, "Hello again.", avatar=ANN)
    await face_of(workspace, ANN)


async def test_a_face_that_slack_has_no_more_is_left_out_and_forgotten(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    await make(workspace, "Hello.", avatar=ANN)
    await gone(workspace, ANN)
    form = await fresh_form(workspace, "Hello again")
    assert form.title == "Make an avatar video"
    assert "face" not in form.text()
    assert form.value("Script")["value"] == "Hello again"
    await wait_until(lambda: faces(workspace) == {})


async def test_an_open_form_survives_a_face_that_slack_has_no_more(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    await make(workspace, "Hello.", avatar=ANN)
    await face_of(workspace, ANN)
    form = await fresh_form(workspace, "Hello again")
    await form.choose("Avatar", ANJA)
    await form.wait_for(lambda m: "face" not in m.text())
    await gone(workspace, ANN)
    await form.choose("Avatar", ANN)
    await wait_until(lambda: faces(workspace) == {})
    await form.type("Script", "Hello again, everybody")
    await form.wait_for(lambda m: "22 of 3,000 characters" in m.text())


async def test_the_sheet_opens_without_the_pictures_that_slack_has_no_more(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    await make(workspace, "Hello.", avatar=ANN)
    await make(workspace, "Hello.", avatar=ANJA)
    await face_of(workspace, ANJA)
    lost = await face_of(workspace, ANN)
    lost.deleted = True
    sheet = await open_sheet(workspace.ada)
    assert ANN in sheet.text()
    assert "the face" not in sheet.text()
    # The lost one is made again; nobody noticed, but for that one time.
    await wait_until(lambda: faces(workspace).get(ANN, lost.id) != lost.id)
    assert (await open_sheet(workspace.ada)).text().count(": the face") == 2


async def test_links_are_only_to_what_a_person_can_see(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    """Ada's video is in a private channel. Whoever isn't there sees the face, and no link."""
    have_had_sheet(workspace)
    bob = slack.person("Bob")
    leads = slack.channel("leads", private=True, people=[workspace.ada])
    await workspace.ada.command("/avatar", "Hello, leads.", leads)
    form = await workspace.ada.modal()
    await form.choose("Avatar", ANN)
    assert await form.submit() == {}
    await face_of(workspace, ANN)
    assert "Watch it" in (await open_sheet(workspace.ada)).text()
    sheet = await open_sheet(bob)
    assert "the face" in sheet.text()
    assert "Watch it" not in sheet.text()


async def test_an_empty_sheet_says_how_it_fills(workspace: Workspace) -> None:
    assert (
        "There is no casting sheet yet. An admin can make one in Home"
        in (await open_sheet(workspace.ada)).text()
    )


async def test_guests_have_no_sheet(workspace: Workspace, slack: SlackStandIn) -> None:
    home = await slack.guest("Gus").open_home()
    assert "Casting sheet" not in home.text()


async def test_the_type_ahead_says_what_is_known(
    start_bot: StartBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "USES_SECONDS", 0)
    workspace = await start_bot()
    await make(workspace, "Hello.", avatar=ANN, voice="Daniel")
    await make(workspace, "Hello again.", avatar=ANN, voice="Daniel")
    await face_of(workspace, ANN)
    form = await fresh_form(workspace)

    async def offered(label: str, name: str) -> str:
        await form.search(label, name)
        [option] = [o for offers in form._offers.values() for o in offers
                    if o["text"]["text"] == name]  # fmt: skip
        return str(option.get("description", {}).get("text", ""))

    assert await offered("Voice", "Daniel") == f"Used in 2 videos, heard with {ANN}"
    assert await offered("Avatar", ANN) == "Used in 2 videos, with Daniel"
    assert await offered("Voice", "Elio") == ""


async def test_faces_do_not_wait_for_the_sheet(workspace: Workspace, slack: SlackStandIn) -> None:
    """An avatar that has a face needs no clip."""
    await make(workspace, "Hello.", avatar=ANN)
    await face_of(workspace, ANN)
    await order_sheet(workspace)
    await hears(slack.person(ADMIN), "The casting sheet is ready: 9 clips")
    assert len(workspace.segmind.bill) == 10


async def test_the_face_of_a_take_that_was_taken_down_goes_with_it(workspace: Workspace) -> None:
    card = await make(workspace, "Hello.", avatar=ANN)
    face = await face_of(workspace, ANN)
    form = await take_down_form(workspace.ada, await review_of(card))
    assert await form.submit() == {}
    await wait_until(lambda: face.deleted)
    await wait_until(lambda: ANN not in faces(workspace))
