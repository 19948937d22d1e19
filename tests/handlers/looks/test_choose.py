"""The select at the top of the form, and the look that it opens with."""

import sqlite3
from contextlib import closing
from copy import deepcopy

import pytest

from bot.demo.segmind import Outcome
from bot.demo.slack import Modal, SlackStandIn
from bot.demo.slack.transport import payloads
from bot.domain.parameters import Parameters
from tests.support.conversations import logged, new_take, review_of
from tests.support.forms.looks import add_look, chosen, finished, form_of, looks_of, save
from tests.support.workspace import ADMIN, StartBot, Workspace, wait_for_text

TRANSPORTS = pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
SCRIPT = " ".join(["Hello team."] * 10)
NEWS = Parameters(
    avatar="Anja Office Front", voice="Camden", resolution="4k", aspect_ratio="9:16",
    fit="contain", background="#112233", caption=False,
)  # fmt: skip
PLAIN = Parameters(avatar="Artur Office Front", voice="Elio")


def shows_news(form: Modal) -> bool:
    return "Resolution" in form.labels() and (
        chosen(form, "Avatar"), chosen(form, "Voice"), chosen(form, "Resolution"),
        chosen(form, "Aspect ratio"), chosen(form, "Fit"), form.value("Background").get("value"),
        form.value("Captions")["selected_options"],
    ) == ("Anja Office Front", "Camden", "4k", "9:16", "contain", "#112233", [])  # fmt: skip


@TRANSPORTS
async def test_a_look_fills_the_form_at_once_and_again(start_bot: StartBot, http: bool) -> None:
    workspace = await start_bot(http=http)
    assert "Look" not in (await form_of(workspace)).labels(), "there is none to choose"
    await add_look(workspace, "News", NEWS, workspace.ada)
    await add_look(workspace, "Brand", PLAIN)
    form = await form_of(workspace, SCRIPT)
    assert chosen(form, "Look") == "No look"
    await form.choose("Avatar", "Ann Doctor Sitting")  # what was chosen by hand is overwritten
    await form.uncheck("Captions")
    await form.choose("Look", "News")
    await form.wait_for(shows_news)
    assert "about $0.83" in form.text(), "the estimate follows"
    assert form.value("Script")["value"] == SCRIPT
    await form.type("HeyGen voice ID", "mine")
    await form.choose("Look", "Brand")
    await form.wait_for(lambda m: chosen(m, "Avatar") == "Artur Office Front")
    assert chosen(form, "Resolution") == "1080p"
    assert not form.value("HeyGen voice ID").get("value"), "it would replace the look's voice"
    assert "about $0.6" in form.text()
    await form.choose("Voice", "Aaron")  # what is changed after that stays
    await form.type("Script", f"{SCRIPT} Bye.", keystrokes=True)
    await form.wait_for(lambda m: f"{len(SCRIPT) + 5} of 3,000" in m.text())
    assert (chosen(form, "Look"), chosen(form, "Voice")) == ("Brand", "Aaron")
    await form.choose("Look", "News")
    await form.wait_for(shows_news)
    await form.choose("Look", "No look")
    await form.wait_for(lambda m: chosen(m, "Avatar") == "Abigail Sofa Front")
    assert form.value("Captions")["selected_options"]
    await form.choose("Look", "News")
    await form.wait_for(shows_news)
    assert await form.submit() == {}
    await workspace.slack.until(lambda: len(workspace.segmind.bill) == 1)
    body = workspace.segmind.bill[0].body
    assert (body["avatar"], body["voice"], body["caption"]) == (
        "Anja Office Front",
        "Camden",
        False,
    )
    assert (body["resolution"], body["background"]) == ("4k", "#112233")


async def filling_slowly(slack: SlackStandIn, form: Modal, look: str) -> None:
    """Chooses the look. Slack has got what it fills in, but doesn't show it yet."""
    before = len(slack.journal.calls("views.update"))
    slack.faults.add("views.update", slow=0.5)
    await form.choose("Look", look)
    await slack.until(lambda: len(slack.journal.calls("views.update")) > before)


async def test_what_is_typed_while_a_look_fills_the_form_stays(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    await add_look(workspace, "News", NEWS, workspace.ada)
    form = await form_of(workspace)
    await filling_slowly(slack, form, "News")
    assert not shows_news(form)
    await form.type("Script", "Hello team, hello.", keystrokes=True)
    assert not shows_news(form)
    await form.wait_for(shows_news)
    assert form.value("Script")["value"] == "Hello team, hello."
    await form.wait_for(lambda m: shows_news(m) and "18 of 3,000" in m.text())
    assert form.value("Script")["value"] == "Hello team, hello."


async def test_another_look_that_is_chosen_while_one_fills_the_form_fills_it(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    await add_look(workspace, "News", NEWS, workspace.ada)
    await add_look(workspace, "Brand", PLAIN)
    form = await form_of(workspace, SCRIPT)
    await filling_slowly(slack, form, "News")
    await form.choose("Look", "Brand")
    assert not shows_news(form)
    await form.wait_for(lambda m: chosen(m, "Avatar") == "Artur Office Front")
    assert (chosen(form, "Look"), chosen(form, "Voice")) == ("Brand", "Elio")
    assert await form.submit() == {}
    await slack.until(lambda: len(logged(workspace)) == 1)
    row = logged(workspace)[0]
    assert (row["avatar"], row["resolution"]) == ("Artur Office Front", "1080p")


async def test_a_form_that_is_sent_before_a_look_has_filled_it_shows_it_first(
    workspace: Workspace,
) -> None:
    """Nobody pays for 4k that the form didn't show."""
    await add_look(workspace, "News", NEWS, workspace.ada)
    form = await form_of(workspace, SCRIPT)
    payload = deepcopy(
        payloads.view_submission(form.installation, form.member.user, form.container)
    )
    option = {"text": {"type": "plain_text", "text": "News"}, "value": "News"}
    payload["view"]["state"]["values"]["look"]["look"]["selected_option"] = option
    answer = await workspace.ada.send("interactive", "view_submission", payload)
    assert answer["response_action"] == "update"
    assert "about $0.83" in str(answer["view"])
    assert logged(workspace) == []


async def test_errors_stay_at_fields_that_a_look_has_filled(workspace: Workspace) -> None:
    clear = Parameters(remove_background=True, output_format="webm")
    await add_look(workspace, "Clear", clear, workspace.ada)
    form = await form_of(workspace, SCRIPT)
    await form.choose("Look", "Clear")
    await form.wait_for(lambda m: "Resolution" in m.labels())
    await form.choose("Output format", "mp4")
    assert "An mp4 can't be transparent." in (await form.submit())["Output format"]
    await form.type("Background", "blue")
    assert "Use a color like" in (await form.submit())["Background"]


@TRANSPORTS
async def test_a_default_look_is_what_the_form_opens_with(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    card = await finished(workspace, Avatar="Ann Doctor Sitting")
    assert chosen(await form_of(workspace), "Avatar") == "Ann Doctor Sitting"
    await add_look(workspace, "Brand", PLAIN, is_default=True)
    form = await form_of(workspace, SCRIPT)
    assert (chosen(form, "Look"), chosen(form, "Avatar")) == ("Brand", "Artur Office Front")
    assert form.value("Script")["value"] == SCRIPT
    await form.close()
    await save(workspace.ada, card, "Doctor", is_default=True)
    form = await form_of(workspace)
    assert (chosen(form, "Look"), chosen(form, "Avatar")) == ("Doctor", "Ann Doctor Sitting")
    bob = slack.person("Bob")
    await bob.command("/avatar", "", workspace.marketing)
    form = await bob.modal()
    assert (chosen(form, "Look"), chosen(form, "Avatar")) == ("Brand", "Artur Office Front")
    with pytest.raises(LookupError):
        await form.choose("Look", "Doctor")  # it is Ada's own


async def test_a_deleted_default_is_told_once(workspace: Workspace, slack: SlackStandIn) -> None:
    await add_look(workspace, "Old", NEWS)
    await add_look(workspace, "Brand", PLAIN)
    async with looks_of(workspace) as log:
        [brand, old] = (await log.looks("UADMIN")).team
        await log.set_default(old, whose=workspace.ada.id, by=workspace.ada.id)
        await log.delete(old, by="UADMIN")
        form = await form_of(workspace)
        words = "Your default look was deleted, so the form has your last choices instead."
        assert words in form.text()
        assert words not in (await form_of(workspace)).text()
        await log.set_default(brand, whose="", by="UADMIN")
        await log.set_default(brand, whose=workspace.ada.id, by=workspace.ada.id)
        await add_look(workspace, "New", NEWS, is_default=True)
        await log.delete(brand, by="UADMIN")
    form = await form_of(workspace)
    assert "Your default look was deleted, so the form has “New” instead." in form.text()
    assert shows_news(form)


@TRANSPORTS
async def test_what_segmind_no_longer_knows_is_left_out(start_bot: StartBot, http: bool) -> None:
    """Until it knows it again."""
    workspace = await start_bot(http=http)
    gone = Parameters(avatar="Zoe Rooftop Front", voice="Camden", resolution="720p")
    await add_look(workspace, "Rooftop", gone, workspace.ada, is_default=True)
    form = await form_of(workspace, SCRIPT)
    assert chosen(form, "Avatar") == "Zoe Rooftop Front"
    assert await form.submit() == {}
    card = await workspace.marketing.wait_for(lambda m: not m.thread_ts)
    await wait_for_text(card, "Segmind has no avatar called “Zoe Rooftop Front”")
    form = await form_of(workspace)
    left_out = "“Rooftop” was filled in without its avatar “Zoe Rooftop Front”, which no longer"
    assert left_out in form.text()
    assert (chosen(form, "Avatar"), chosen(form, "Voice")) == ("Abigail Sofa Front", "Camden")
    assert chosen(form, "Resolution") == "720p"
    await form.type("Script", "Hello", keystrokes=True)
    await form.wait_for(lambda m: "5 of 3,000" in m.text())
    assert left_out in form.text(), "the sentence stays"
    await form.choose("Look", "No look")
    await form.wait_for(lambda m: left_out not in m.text())
    with closing(sqlite3.connect(workspace.settings.log_path)) as db:  # it is made after all
        db.execute("INSERT INTO requests VALUES ('R', 'U', 'C', '', '', '')")
        names = [row[1] for row in db.execute("PRAGMA table_info(takes)")]
        later = {"id": "'T'", "request_id": "'R'", "state": "'delivered'",
                 "requested_at": "'3000'", "delivered_at": "'3000'"}  # fmt: skip
        columns = ", ".join(later.get(name, f'"{name}"') for name in names)
        db.execute(f"INSERT INTO takes SELECT {columns} FROM takes WHERE id <> 'T'")
        db.commit()
    assert chosen(await form_of(workspace), "Avatar") == "Zoe Rooftop Front"


async def test_values_that_the_form_does_not_have_any_more_are_left_out(
    workspace: Workspace,
) -> None:
    old = Parameters(avatar="", voice="Camden", resolution="8k", background="file:///etc/x")
    await add_look(workspace, "Old", old, workspace.ada)
    form = await form_of(workspace)
    await form.choose("Look", "Old")
    words = "“Old” was filled in without its avatar and resolution “8k”, which no longer work."
    await form.wait_for(lambda m: words in m.text())
    assert (chosen(form, "Avatar"), chosen(form, "Voice")) == ("Abigail Sofa Front", "Camden")


async def test_somebody_elses_look_can_not_be_forged_into_the_form(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    await add_look(workspace, "Bobs", NEWS, slack.person("Bob"))
    await add_look(workspace, "News", PLAIN, workspace.ada)
    form = await form_of(workspace, SCRIPT)
    view = form.container
    view.values["look"]["look"]["selected_option"] = {
        "text": {"type": "plain_text", "text": "Bobs"}, "value": "Bobs",
    }  # fmt: skip
    await form.type("Script", "Hello.", keystrokes=True)
    words = "That look doesn't exist anymore. The form has stayed as it was."
    await form.wait_for(lambda m: words in m.text())
    assert chosen(form, "Avatar") == "Abigail Sofa Front"
    assert chosen(form, "Look") == "No look"


async def test_a_look_that_is_deleted_while_the_form_is_open_changes_nothing(
    workspace: Workspace,
) -> None:
    await add_look(workspace, "News", NEWS, workspace.ada)
    form = await form_of(workspace, SCRIPT)
    async with looks_of(workspace) as log:
        [look] = (await log.looks(workspace.ada.id)).own
        await log.delete(look, by=workspace.ada.id)
    await form.choose("Look", "News")
    await form.wait_for(lambda m: "That look doesn't exist anymore." in m.text())
    assert "Look" not in form.labels()
    assert await form.submit() == {}
    await workspace.slack.until(lambda: len(logged(workspace)) == 1)


async def test_a_new_take_can_have_a_look_but_keeps_its_own_settings(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    await add_look(workspace, "Brand", PLAIN, is_default=True)
    await add_look(workspace, "News", NEWS, slack.person(ADMIN))
    form = await form_of(workspace, SCRIPT)
    await form.choose("Look", "No look")
    await form.wait_for(lambda m: chosen(m, "Avatar") == "Abigail Sofa Front")
    assert await form.submit() == {}
    card = await workspace.marketing.wait_for(lambda m: not m.thread_ts)
    review = await review_of(card)
    form = await new_take(workspace.ada, review, SCRIPT)
    assert (chosen(form, "Look"), chosen(form, "Avatar")) == ("", "Abigail Sofa Front")
    await form.choose("Look", "Brand")
    await form.wait_for(lambda m: chosen(m, "Avatar") == "Artur Office Front")
    workspace.segmind.faults.next_job(Outcome(error="No face"))
    assert await form.submit() == {}
    await wait_for_text(card, "No face")
    assert logged(workspace)[-1]["voice"] == "Elio"
