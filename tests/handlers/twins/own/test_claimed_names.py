"""Whoever says that an avatar shows themselves keeps nobody from Segmind's own avatars."""

from bot.demo.slack import SlackStandIn
from tests.handlers.access.test_forged_payloads import TRANSPORTS
from tests.support.conversations import fresh_modal, told
from tests.support.twins.asking import twin_form
from tests.support.workspace import ADMIN, StartBot, Workspace, wait_for_text


async def choose_name(workspace: Workspace, script: str) -> dict[str, str]:
    """The form can't list all of Segmind's names: the others are typed."""
    form = await fresh_modal(workspace, script)
    await form.search("Avatar", "Carlotta Business Front")
    await form.choose("Avatar", "Not in the list: try “Carlotta Business Front” anyway")
    return await form.submit()


@TRANSPORTS
async def test_a_name_of_segminds_is_for_everybody_whoever_claims_it_as_an_id(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    mallory, grace = slack.person("Mallory"), slack.person(ADMIN)
    form = await twin_form(mallory, mallory, workspace.marketing, "Me")
    await form.attach("Footage")
    await form.type("Or a HeyGen avatar ID", "Carlotta_Business_Front")
    assert await form.submit() == {}
    notice = await told(grace, "says that the new Digital Twin")
    assert await choose_name(workspace, "Hello.") == {}
    await grace.press("End this twin", notice)
    await wait_for_text(notice, "An admin ended it")
    assert await choose_name(workspace, "Hello again.") == {}
