"""Whoever allows the footage has seen all that is sent: players show what ffmpeg reads."""

from pathlib import Path

import pytest

from bot.demo.slack import SlackStandIn
from bot.video import probe
from tests.handlers.twins.footage.test_footage import refused
from tests.support.conversations import told
from tests.support.files.videos import broken_off, make, two_in_each_packet
from tests.support.twins.asking import ASKS, sent_footage, twin_form
from tests.support.workspace import StartBot, Workspace


async def test_footage_that_players_show_in_another_way_is_refused(
    workspace: Workspace, tmp_path: Path
) -> None:
    film = two_in_each_packet(tmp_path / "two.mp4", 16)
    await refused(workspace, film, "Export it as one with H.264")


async def test_footage_at_which_players_stop_is_refused(
    workspace: Workspace, tmp_path: Path
) -> None:
    await refused(workspace, broken_off(tmp_path / "broken.mp4", 16), "can't be played to its end")


async def test_footage_that_is_too_long_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    film = make(tmp_path / "long.mp4", "color=red:s=64x64:r=1:d=601", "sine=440:d=601")
    await refused(workspace, film, "10:01 long, but 10:00 is the most")


async def test_footage_in_hevc_of_a_phone_is_shown(workspace: Workspace, tmp_path: Path) -> None:
    bob = workspace.slack.person("Bob")
    form = await twin_form(workspace.ada, bob, workspace.marketing, "B")
    sources = "testsrc=s=320x180:r=10:d=16", "sine=440:d=16", "sine=880:d=16"
    options = ("-c:v", "libx265", "-tag:v", "hvc1", "-metadata", "location=+48.2082+016.3738/")
    film = make(tmp_path / "phone.mp4", *sources, options=options)
    assert b"loci" in film.read_bytes()
    await form.attach("Footage", film)
    assert await form.submit() == {}
    question = await bob.direct().wait_for(lambda m: ASKS in m.text() and bool(m.buttons()))
    shown = await question.thread.wait_for(lambda m: m.files)
    path = shown.files[0].path
    assert b"loci" not in path.read_bytes(), "where it was filmed is nobody's business"
    _, seconds, codec = await probe.look(path, probe.FILMED)
    assert (round(seconds), codec) == (16, "h264")
    assert path.read_bytes().count(b"mp4a") == 1, "the sound that players play"


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_the_limit_of_videos_is_not_that_of_footage(
    start_bot: StartBot, slack: SlackStandIn, tmp_path: Path, http: bool
) -> None:
    bob, grace = slack.person("Bob"), slack.person("Grace")
    workspace = await start_bot(http=http, MAX_VIDEO_MB="1", ADMIN_USER_IDS=grace.id)
    form = await twin_form(workspace.ada, bob, workspace.marketing, "B")
    noise = "nullsrc=s=320x180:r=10:d=16,noise=alls=50:allf=t", "sine=440:d=16"
    await form.attach("Footage", make(tmp_path / "noise.mp4", *noise))
    assert await form.submit() == {}
    question = await bob.direct().wait_for(lambda m: ASKS in m.text() and bool(m.buttons()))
    shown = (await question.thread.wait_for(lambda m: m.files)).files[0]
    assert shown.size > 1024**2
    await bob.press("Allow", question)
    await told(workspace.ada, "B is ready")
    assert await sent_footage(workspace) == shown.path.read_bytes()
    heard = await told(grace, "says that the new Digital Twin B shows them")
    await grace.press("Watch the footage", heard)
    await heard.thread.wait_for(lambda m: m.files)
