"""Values that no form can send: a forged submission, and what an older version has kept."""

import json
import sqlite3
from contextlib import closing
from copy import deepcopy
from typing import Any

import pytest

from bot.demo.slack import Modal, SlackStandIn
from bot.demo.slack.transport import payloads
from bot.domain.form_values import MOST_REVIEWERS
from bot.domain.parameters import ID_LIMIT, SCRIPT_LIMIT, URL_LIMIT
from bot.process.clock import Clock
from handlers.requests.review_choices import TOO_MANY
from tests.support.conversations import ask, delivered, fresh_modal, logged, new_take, submissions
from tests.support.workspace import StartBot, Workspace, make_anyway

LONG = "x" * 200_000
NO_SCRIPT = "Write what the avatar should say, or add your own audio under More options."


async def forge(modal: Modal, **values: Any) -> dict[str, str]:
    """Submits the open form with other values than it has; field -> sentence of what is wrong."""
    payload = deepcopy(
        payloads.view_submission(modal.installation, modal.member.user, modal.container)
    )
    state = payload["view"]["state"]["values"]
    for name, value in values.items():
        is_choice = name in ("avatar", "voice", "resolution", "fit", "output_format")
        state[name] = {
            name: {"type": "static_select", "selected_option": {"value": value}}
            if is_choice
            else {"type": "plain_text_input", "value": value}
        }
    answer = await modal.member.send("interactive", "view_submission", payload)
    assert answer["response_action"] == "errors"
    errors: dict[str, str] = answer["errors"]
    return errors


def too_long(limit: int) -> str:
    return f"This can have at most {limit:,} characters."


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_what_no_form_can_send_is_refused_in_the_form(
    start_bot: StartBot, http: bool
) -> None:
    workspace = await start_bot(http=http)
    modal = await fresh_modal(workspace, "Hello team.")
    errors = await forge(
        modal, prompt=LONG, resolution="8k", background=f"https://a.example/{LONG}"
    )
    assert errors == {
        "prompt": too_long(SCRIPT_LIMIT),
        "resolution": "Choose one of 720p, 1080p, 4k.",
        "background": too_long(URL_LIMIT),
    }
    assert await forge(modal, output_format="exe", fit="stretch") == {
        "output_format": "Choose one of mp4, webm.",
        "fit": "Choose one of cover, contain.",
    }
    errors = await forge(modal, avatar=f"name:{LONG}", voice=f"id:{LONG}")
    assert errors == {"avatar": too_long(ID_LIMIT), "voice": too_long(ID_LIMIT)}
    assert await forge(modal, prompt=["a", "list"]) == {"prompt": NO_SCRIPT}
    assert (logged(workspace), submissions(workspace)) == ([], 0)
    assert await modal.submit() == {}
    await workspace.marketing.wait_for(lambda m: "Ready" in m.text())


def set_column(workspace: Workspace, column: str, value: str) -> None:
    with closing(sqlite3.connect(workspace.settings.log_path)) as db:
        db.execute(f'UPDATE takes SET "{column}" = ?', (value,))
        db.commit()


async def test_what_is_remembered_and_not_valid_any_more_is_the_default_again(
    workspace: Workspace,
) -> None:
    card = await ask(workspace)
    await delivered(card)
    kept = {"resolution": "8k", "fit": "stretch", "output_format": "exe", "aspect_ratio": "2:1",
            "avatar": LONG, "background": LONG, "prompt": LONG}  # fmt: skip
    for column, value in kept.items():
        set_column(workspace, column, value)
    modal = await fresh_modal(workspace, "Hello again.")
    await modal.press("More options")
    await modal.wait_for(lambda m: "Resolution" in m.labels())
    await modal.close()
    modal = await new_take(workspace.ada, card, "Hello once more.")
    assert await modal.submit() == {}
    await card.thread.wait_for(lambda m: "take 2 is ready" in m.text() and m.files)
    take = logged(workspace)[-1]
    assert (take["resolution"], take["fit"], take["aspect_ratio"]) == ("1080p", "cover", "16:9")
    assert (take["output_format"], take["background"], take["script"]) == (
        "mp4", "", "Hello once more.",
    )  # fmt: skip


async def test_more_reviewers_than_a_form_lets_anybody_choose_are_refused(
    workspace: Workspace,
) -> None:
    modal = await fresh_modal(workspace, "Hello team.")
    fields = [b["element"] for b in modal.view["blocks"] if "multi_users" in str(b)]
    assert [field["max_selected_items"] for field in fields] == [MOST_REVIEWERS] * 2
    payload = deepcopy(
        payloads.view_submission(modal.installation, modal.member.user, modal.container)
    )
    people = {"type": "multi_users_select", "selected_users": [f"U{n}" for n in range(3000)]}
    for field in ("reviewers", "then_ask"):
        payload["view"]["state"]["values"][field] = {field: people}
    answer = await modal.member.send("interactive", "view_submission", payload)
    sentence = f"Choose at most {MOST_REVIEWERS} reviewers in all."
    assert answer["errors"] == {"then_ask": sentence}
    assert logged(workspace) == []


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_as_many_reviewers_as_a_form_takes_are_all_looked_up(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    """Otherwise those who can't review hide among them."""
    workspace = await start_bot(http=http, clock=Clock(1.0))  # no minute passes meanwhile
    people = [slack.person(f"Reviewer {n}") for n in range(MOST_REVIEWERS)]
    more = [slack.person(f"Another {n}") for n in range(MOST_REVIEWERS - 1)]
    people[-1].user.is_bot = more[-1].user.is_bot = True
    modal = await fresh_modal(workspace, "Hello team.")
    await modal.choose("Reviewers", *people)
    await modal.choose("Then ask", more[0])
    assert "Choose at most" in (await modal.submit())["Then ask"]
    await modal.choose("Reviewers", *people[:-1])
    await modal.choose("Then ask", people[-1])
    cannot = "Reviewer 19 can't approve videos here. Choose other reviewers."
    assert await modal.submit() == {"Then ask": cannot}
    await modal.choose("Then ask", *more)
    await modal.choose("Reviewers", people[0])
    assert await modal.submit() == {"Then ask": TOO_MANY}
    assert logged(workspace) == []
    await modal.choose("Reviewers", *people[:-2])
    await modal.choose("Then ask", people[-2])
    assert await modal.submit() == {}, "who they are is known by now"


@pytest.mark.parametrize("channel_id", ["", "C0OTHER"], ids=["no channel", "another"])
@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_a_new_take_in_ones_own_messages_has_no_reviewers_whatever_the_form_says(
    start_bot: StartBot, slack: SlackStandIn, http: bool, channel_id: str
) -> None:
    """They would be reminded each morning of what they can neither open nor decline."""
    workspace = await start_bot(http=http)
    ada, bob = workspace.ada, slack.person("Bob")
    await ada.command("/avatar", "Hello.", ada.direct())
    await make_anyway(await ada.modal())
    card = await ada.direct().wait_for(lambda m: not m.thread_ts and m.buttons())
    await delivered(card)
    await ada.press("New take", card)
    form = await ada.modal()
    await form.type("Script", "Hello again.")
    payload = payloads.view_submission(form.installation, ada.user, form.container)
    view = payload["view"]
    view["private_metadata"] = json.dumps(
        json.loads(view["private_metadata"]) | {"channel_id": channel_id}
    )
    chosen = {"type": "multi_users_select", "selected_users": [bob.id]}
    view["state"]["values"]["reviewers"] = {"reviewers": chosen}
    answer = await ada.send("interactive", "view_submission", payload)
    assert "Nobody else sees your messages with me." in str(answer)
    assert [take["number"] for take in logged(workspace)] == [1]
