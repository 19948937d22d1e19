"""The casting sheet: ordered in Home, made clip by clip through the queue, told of once."""

import asyncio

import pytest

from bot.demo.slack import SlackStandIn
from bot.video import ffmpeg
from tests.support.casting.sheet import (
    AVATARS,
    casts,
    faces,
    hears,
    open_sheet,
    order_sheet,
    sheet_form,
)
from tests.support.conversations import logged
from tests.support.limits import limit
from tests.support.waiting import wait_until
from tests.support.workspace import ADMIN, StartBot, Workspace, wait_for_text

READY = f"The casting sheet is ready: {AVATARS} clips in #marketing."


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_an_admin_makes_the_sheet_and_everybody_chooses_from_it(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    grace = slack.person(ADMIN)
    form = await sheet_form(workspace)
    price = form.view["submit"]["text"]
    assert price.startswith(f"Make {AVATARS} clips for $")
    assert (
        f"I'll make {AVATARS} clips for about ${price.partition('$')[2]}: one of each"
        in form.text()
    )
    await form.choose("Where to post them", workspace.marketing)
    assert await form.submit() == {}
    message = await hears(grace, READY)
    takes = logged(workspace)
    assert [take["state"] for take in takes] == ["delivered"] * AVATARS
    assert len({take["avatar"] for take in takes}) == len({take["voice"] for take in takes}) == 10
    assert {(take["resolution"], take["captions"]) for take in takes} == {("720p", 0)}
    assert all(take["script"] == f"{take['avatar']}, {take['voice']}." for take in takes)
    # One message to the admin, and no mention in the channel.
    direct = [m.text() for m in grace.direct().messages()]
    assert direct == [message.text()]
    said = [m.text() for m in workspace.marketing.every_message()]
    assert not [text for text in said if f"@{ADMIN}" in text or "for review" in text]
    await wait_until(lambda: len(faces(workspace)) == AVATARS)
    sheet = await open_sheet(workspace.ada)
    ann = next(take for take in takes if take["avatar"] == "Ann Doctor Sitting")
    assert f"Voice: {ann['voice']}" in sheet.text()
    assert "Ann Doctor Sitting: the face" in sheet.text()
    await sheet.press(("use.Ann Doctor Sitting", "use_cast"))
    form = await sheet.wait_for(lambda m: m.title == "Make an avatar video")
    assert "Ann Doctor Sitting: the avatar's face" in form.text()
    assert form.value("Avatar")["selected_option"]["value"] == "name:Ann Doctor Sitting"
    assert form.value("Voice")["selected_option"]["value"] == f"name:{ann['voice']}"
    # The clips' scripts are names: nobody looks for these.
    found = await workspace.ada.command("/avatar", "find Ann Doctor Sitting", workspace.marketing)
    assert "No video that you can see has" in found.text
    known = await sheet_form(workspace)
    assert "is in the casting sheet already" in known.text()


async def test_pressed_twice_it_is_made_once(workspace: Workspace, slack: SlackStandIn) -> None:
    grace = slack.person(ADMIN)
    first = await sheet_form(workspace)
    await first.choose("Where to post them", workspace.marketing)
    assert await first.submit() == {}
    again = await sheet_form(workspace)
    assert "The casting sheet is already being made." in again.text()
    await hears(grace, READY)
    assert len(workspace.segmind.bill) == AVATARS


async def test_of_two_admins_at_once_one_is_told_that_it_is_made_for_them(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    admins = slack.person(ADMIN), slack.person("Bob")
    workspace = await start_bot(ADMIN_USER_IDS=",".join(admin.id for admin in admins))
    forms = [await sheet_form(workspace, admin) for admin in admins]
    for form in forms:
        await form.choose("Where to post them", workspace.marketing)
    await asyncio.gather(*(form.submit() for form in forms))
    told = sorted(form.text() for form in forms)
    assert "Got it. I'll post the clips there, and write to you when" in told[0]
    assert "The casting sheet is already being made." in told[1]
    for admin in admins:  # nobody knew yet who was faster
        assert "Got it" not in str([m.text() for m in admin.ephemerals(workspace.marketing)])


async def test_a_clip_that_fails_leaves_the_rest_and_can_be_made_again(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    """Segmind knows one of the avatars no longer."""
    grace, service = slack.person(ADMIN), workspace.segmind._service
    known = service.avatars
    service.avatars = [name for name in known if name != "Anja Office Front"]
    await order_sheet(workspace)
    message = await hears(grace, "The casting sheet has 9 clips in #marketing.")
    assert "Not made: Anja Office Front. Their cards say why." in message.text()
    [failed] = [take for take in logged(workspace) if take["state"] == "failed"]
    assert "Segmind has no avatar called “Anja Office Front”" in failed["error"]
    said = [m.text() for m in workspace.marketing.every_message()]
    assert not [text for text in said if f"@{ADMIN}" in text]
    service.avatars = known
    await wait_until(lambda: len(faces(workspace)) == 9)
    form = await sheet_form(workspace)
    assert form.view["submit"]["text"].startswith("Make 1 clip for $0.")
    await form.choose("Where to post them", workspace.marketing)
    assert await form.submit() == {}
    await hears(grace, "The casting sheet is ready: 1 clip in #marketing.")
    await wait_until(lambda: len(faces(workspace)) == 10)
    assert len(workspace.segmind.bill) == 10


async def test_over_a_budget_it_stops_and_the_admin_hears_once(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    grace = slack.person(ADMIN)
    await limit(workspace, "workspace", 0.1)
    form = await sheet_form(workspace)
    assert "$0.10 of $0.10 left this month for this workspace" in form.text()
    assert "The budget won't pay for all of them: I'll stop when it's used up." in form.text()
    await form.choose("Where to post them", workspace.marketing)
    refused = (await form.submit())["Where to post them"]
    assert "but only $0.10 of this workspace's $0.10 for" in refused
    assert refused.endswith("You can change the limits in Home.")
    assert casts(workspace) == []
    await limit(workspace, "workspace", 0.5)
    await order_sheet(workspace)
    message = await hears(grace, "The casting sheet stopped after 2 of 10 clips. ")
    assert "of this workspace's $0.50 for" in message.text()
    assert "You can change the limits in Home. Then press" in message.text()
    assert "script" not in message.text()
    await slack.until(lambda: {t["state"] for t in logged(workspace)} == {"delivered"})
    await workspace.bot.render_schedule.run("casting clips")
    assert len(workspace.segmind.bill) == 2
    assert len([m for m in grace.direct().messages() if "casting sheet" in m.text()]) == 1
    await limit(workspace, "workspace", 50)
    form = await sheet_form(workspace)
    assert form.view["submit"]["text"].startswith("Make 8 clips for $")
    await form.choose("Where to post them", workspace.marketing)
    assert await form.submit() == {}
    await hears(grace, "The casting sheet is ready: 8 clips in #marketing.")
    assert len(workspace.segmind.bill) == 10


async def test_without_credits_it_waits_in_the_queue(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    grace = slack.person(ADMIN)
    workspace.segmind.balance = 0
    await order_sheet(workspace)
    message = await hears(grace, "out of credits")
    assert len(logged(workspace)) == 3, "the others are not asked for yet"
    assert workspace.segmind.bill == []
    again = await sheet_form(workspace)
    assert "The casting sheet is already being made." in again.text()
    workspace.segmind.balance = 50
    await grace.press("I've topped up: resume", message)
    await hears(grace, READY)
    assert len(workspace.segmind.bill) == 10


async def test_the_form_says_that_the_queue_is_paused(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    workspace.segmind.balance = 0
    await wait_for_text(await workspace.ask(), "out of credits")
    form = await sheet_form(workspace)
    assert "The queue is paused. The Segmind account is out of credits." in form.text()


async def test_a_limit_of_one_unfinished_video_holds(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    workspace = await start_bot(MAX_UNFINISHED_TAKES="1")
    most = 0

    def count(_: object) -> None:
        nonlocal most
        waiting = [t for t in logged(workspace) if t["state"] not in ("delivered", "failed")]
        most = max(most, len(waiting))

    workspace.segmind.listen(count)
    await order_sheet(workspace)
    await hears(slack.person(ADMIN), READY)
    assert most == 1


async def test_without_ffmpeg_there_are_clips_and_the_form_says_how_to_get_faces(
    workspace: Workspace, slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ffmpeg, "is_there", lambda: False)
    form = await sheet_form(workspace)
    assert "pip install imageio-ffmpeg" in form.text()
    await form.choose("Where to post them", workspace.marketing)
    assert await form.submit() == {}
    await hears(slack.person(ADMIN), READY)
    assert faces(workspace) == {}
    assert "is in the casting sheet already" in (await sheet_form(workspace)).text()
    sheet = await open_sheet(workspace.ada)
    assert sheet.text().count("Watch it") == 10
    monkeypatch.undo()
    await wait_until(lambda: len(faces(workspace)) == 10)
    assert len(workspace.segmind.bill) == 10


async def test_a_channel_that_the_bot_is_not_in_is_refused_in_the_form(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    secret = slack.channel("secret", private=True, people=[slack.person(ADMIN)])
    secret.members.discard(slack.installation.bot.id)
    form = await sheet_form(workspace)
    await form.choose("Where to post them", secret)
    assert "/invite @avatar" in (await form.submit())["Where to post them"]
    assert casts(workspace) == []


async def test_a_channel_that_the_bot_leaves_stops_it(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    grace = slack.person(ADMIN)
    workspace.segmind.balance = 0
    await order_sheet(workspace)
    message = await hears(grace, "out of credits")
    await slack.until(lambda: len(workspace.marketing.messages()) == 3)
    workspace.marketing.members.discard(slack.installation.bot.id)
    workspace.marketing.archived = True
    workspace.segmind.balance = 50
    await grace.press("I've topped up: resume", message)
    stopped = await hears(grace, "The casting sheet stopped after 3 of 10 clips.")
    assert "press Make the casting sheet in Home again for the rest" in stopped.text()


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_only_admins_make_it(start_bot: StartBot, slack: SlackStandIn, http: bool) -> None:
    """A press, or a form, that no client of theirs offers."""
    workspace = await start_bot(http=http)
    home = await workspace.ada.open_home()
    assert "Make the casting sheet" not in home.text()
    mallory = slack.person("Mallory")
    sender = {
        "team": {"id": mallory.installation.team_id},
        "user": {"id": mallory.id, "team_id": mallory.installation.team_id},
    }
    values = {"channel_id": {"channel_id": {"type": "conversations_select",
              "selected_conversation": workspace.marketing.id}}}  # fmt: skip
    block = {"type": "input", "block_id": "channel_id", "element": {}}
    view = {"id": "V1", "type": "modal", "callback_id": "make_casting_sheet", "blocks": [block],
            "state": {"values": values}}  # fmt: skip
    answer = await mallory.send(
        "interactive", "view_submission", {"type": "view_submission", **sender, "view": view}
    )
    assert "Only an admin can make the casting sheet." in str(answer)
    pressed = {"type": "button", "action_id": "make_casting_sheet", "block_id": "b"}
    await mallory.send("interactive", "block_actions", {
        "type": "block_actions", **sender, "trigger_id": "1.2", "actions": [pressed],
        "view": {"id": "V1", "type": "home"}, "container": {"type": "view"},
    })  # fmt: skip
    await hears(mallory, "Only an admin can make the casting sheet.")
    assert casts(workspace) == []


async def test_clips_are_nobodys_last_settings_and_in_nobodys_list(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    grace = slack.person(ADMIN)
    await order_sheet(workspace)
    await hears(grace, READY)
    home = await grace.open_home()
    assert "You have none yet." in home.text()
    await home.press("Make a video")
    form = await grace.modal()
    assert form.value("Avatar")["selected_option"]["value"] == "name:Abigail Sofa Front"
    assert form.value("Captions")["selected_options"]
