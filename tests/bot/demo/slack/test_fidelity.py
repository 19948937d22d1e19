"""The stand-in behaves like Slack: its answers, limits and refusals are as Slack publishes them.

Three sources: the samples of Slack's own SDK (`published`), the table of limits that PyPI's
`slackblocks` generates from Slack's reference, and `slack_sdk.models`. And the bot's every view
and message goes through all of them.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.models.blocks import Block as SdkBlock
from slack_sdk.models.views import View as SdkView
from slackblocks import _limits as slack_limits

from bot.blocks import card, checklist, modal, review
from bot.blocks.card_state import PAUSE_BUTTONS, Progress
from bot.blocks.help import HELP
from bot.blocks.sharing.share import share_form
from bot.demo.slack import SlackStandIn, serializers
from bot.demo.slack.api.web_api import METHODS
from bot.demo.slack.blocks import element_limits, limits, rules
from bot.demo.slack.blocks.validation import problems_of_message, problems_of_view
from bot.demo.slack.transport import payloads
from bot.domain.estimates import Pace, estimate
from bot.domain.form_values import NewTakeOf
from bot.domain.reviews import Decision, Note, Review
from tests.bot.demo.slack.published import ANSWERS, OBJECTS, PAYLOADS
from tests.support.samples import FORMS, REQUEST, TAKES

Json = dict[str, Any]
EVERY_SCOPE = [scope for method in METHODS.values() for scope in method.scopes] + [
    f"{kind}:{right}" for kind in ("channels", "groups", "im") for right in ("read", "history")
]
MANIFEST: Json = {
    "display_information": {"name": "Everything"},
    "features": {"app_home": {"home_tab_enabled": True}, "bot_user": {"display_name": "bot"}},
    "oauth_config": {"scopes": {"bot": [*EVERY_SCOPE, "im:write", "commands"]}},
    "settings": {"interactivity": {"is_enabled": True}},
}
VIEW = {"type": "modal", "title": {"type": "plain_text", "text": "A form"}, "blocks": []}


@pytest.fixture
def slack(tmp_path: Path) -> SlackStandIn:
    return SlackStandIn(MANIFEST, tmp_path)


# -- answers and payloads ---------------------------------------------------------------------


def calls(slack: SlackStandIn) -> Iterator[tuple[str, Json]]:
    """Every method once, in an order that works."""
    ada, channel, installation = slack.person("Ada"), slack.channel("marketing"), slack.installation
    yield "auth.test", {}
    yield "apps.connections.open", {}
    yield "chat.postMessage", {"channel": channel.id, "text": "Hello"}
    here = {"channel": channel.id, "ts": channel.messages()[-1].ts}
    yield "chat.update", {**here, "text": "Hello again"}
    yield "chat.getPermalink", {"channel": channel.id, "message_ts": here["ts"]}
    yield "chat.postEphemeral", {"channel": channel.id, "user": ada.id, "text": "Psst"}
    yield "files.getUploadURLExternal", {"filename": "a.srt", "length": "4", "alt_txt": "Words"}
    [file] = installation.workspace.files.values()
    file.path.write_bytes(b"1234")
    file.received = True
    files = [{"id": file.id, "title": "Captions"}]
    share = {"channel_id": channel.id, "thread_ts": here["ts"], "initial_comment": "There"}
    yield "files.completeUploadExternal", {"files": files, **share}
    yield "files.info", {"file": file.id}
    yield "conversations.replies", here
    yield "conversations.history", here
    yield "conversations.info", here
    yield "conversations.members", {"channel": channel.id}
    yield "conversations.open", {"users": ada.id}
    yield "users.conversations", {}
    yield "users.info", {"user": ada.id}
    yield "views.open", {"view": VIEW, "trigger_id": installation.new_trigger(ada.id, channel.id)}
    view = installation.views.top(ada.id)
    assert view
    trigger = installation.new_trigger(ada.id, channel.id, view.id)
    yield "views.push", {"view": VIEW, "trigger_id": trigger}
    yield "views.update", {"view": VIEW, "view_id": view.id}
    yield "views.publish", {"view": {"type": "home", "blocks": []}, "user_id": ada.id}
    yield "files.delete", {"file": file.id}
    yield "chat.delete", here


# Not in those samples, but in the reference of the payload, or what Bolt reads from it.
IN_THE_REFERENCE = {"message_action: api_app_id", "view_submission: response_urls"}
PERSON = {"id", "username", "name", "team_id"}  # who did it is a shorter user than users.info has
KINDS = {"messages": "message", "files": "file", "channels": "channel"}
EVERYWHERE = {"response_metadata"}


def invented(name: str, answer: Json, published: str) -> Iterator[str]:
    """Fields that Slack was never seen to answer with, here and in the objects inside."""
    yield from (f"{name}: {key}" for key in set(answer) - set(published.split()) - EVERYWHERE)
    for key, value in answer.items():
        kind = KINDS.get(key, key)
        if kind in OBJECTS:
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, dict):
                    yield from invented(f"{name}.{kind}", one, OBJECTS[kind])


def test_answers_have_only_fields_that_slack_has_published(slack: SlackStandIn) -> None:
    found: list[str] = []
    called: set[str] = set()
    for name, arguments in calls(slack):
        answer = METHODS[name].run(slack.installation, arguments)
        missing = {"channel", "ts", "message", "view", "file", "files"} & set(
            ANSWERS[name].split()
        ) - set(answer)
        assert not missing, f"{name} leaves out {missing}"
        found += invented(name, answer, ANSWERS[name])
        called.add(name)
    assert called == set(METHODS)
    assert found == []


def test_payloads_have_only_fields_that_slack_sends(slack: SlackStandIn) -> None:
    ada, channel, installation = slack.person("Ada"), slack.channel("marketing"), slack.installation
    (path := installation.workspace.folder / "voice.m4a").write_bytes(b"sound")
    message = ada.send_file(channel, path, "Hello", voice=True)
    view = installation.views.open(ada.id, VIEW, channel.id, on_top=False)
    press = {"type": "button", "action_id": "a", "block_id": "b", "value": "v"}
    on_message = payloads.block_actions(installation, ada.user, message, press)
    sent = {
        "command": [payloads.command(installation, ada.user, "/avatar", "Hello", channel)],
        "block_actions": [on_message, payloads.block_actions(installation, ada.user, view, press)],
        "action": on_message["actions"],
        "message_action": [payloads.message_shortcut(installation, ada.user, "note", message)],
        "view_submission": [payloads.view_submission(installation, ada.user, view)],
        "view_closed": [payloads.view_closed(installation, ada.user, view, cleared=True)],
    }
    assert set(sent) == set(PAYLOADS)
    found: set[str] = set()
    for name, every in sent.items():
        for payload in every:
            assert set(payload.pop("user", PERSON)) <= PERSON or name == "command"
            found |= set(invented(name, payload, PAYLOADS[name]))
    assert found == IN_THE_REFERENCE
    assert set(serializers.view(installation, view)) <= set(OBJECTS["view"].split())


# -- limits -----------------------------------------------------------------------------------

PARTS = {"confirmation": "confirm", "conversation_filter": "filter",
         "dispatch_action_configuration": "dispatch_action_config"}  # fmt: skip
ELEMENTS = {
    "select": [kind for kind in element_limits.ELEMENTS if kind.endswith("_select")],
    "multi_select": [kind for kind in element_limits.ELEMENTS if kind.startswith("multi_")],
    "image_element": ["image"], "date_picker": ["datepicker"], "time_picker": ["timepicker"],
    "url_input": ["url_text_input"], "email_input": ["email_text_input"],
}  # fmt: skip
# Parts that the bot does not use and the stand-in does not know; and ids and texts in themselves,
# which are compared below or hold for every part.
NOT_IMITATED = (
    *("data_table_", "data_visualization_", "message_", "workflow_button_", "button_agent_prompt_"),
    *("rich_text_list_", "rich_text_preformatted_", "rich_text_quote_", "table_columns_"),
    *("action_id_", "block_id_", "text_", "markdown_total_"),
)


def tables(part: str) -> list[rules.Fields]:
    part = PARTS.get(part, part)
    if part == "view":
        return [limits.VIEW]
    if part in ELEMENTS:
        return [element_limits.ELEMENTS[kind] for kind in ELEMENTS[part]]
    known = (limits.BLOCKS, element_limits.ELEMENTS, element_limits.PARTS)
    return [table[part] for table in known if part in table][:1]


def bound(rule: rules.Rule, kind: str) -> float | None:
    match rule, kind:
        case rules.Several(), "max_items":
            return rule.most
        case rules.Several(), "min_items":
            return rule.least
        case rules.Several(each=rules.Text(most=most)), "item_max_length":
            return most
        case ((rules.Text() | rules.String()), "max_length"):
            return rule.most
        case rules.Number(), "max":
            return rule.most
        case rules.Number(), "min":
            return rule.least
    return None


def published_limits() -> Iterator[tuple[str, str, str, float]]:
    """(part, field, kind of bound, value), as far as the part is known here."""
    kinds = ("item_max_length", "max_length", "max_items", "min_items", "max", "min")
    for name in filter(str.isupper, dir(slack_limits)):
        rest = name.lower()
        kind = next((kind for kind in kinds if rest.endswith(f"_{kind}")), "")
        words = rest.removesuffix(f"_{kind}").split("_")
        for cut in range(len(words) - 1, 0, -1):
            part, field = "_".join(words[:cut]), "_".join(words[cut:])
            if kind and any(field in table for table in tables(part)):
                yield part, field, kind, getattr(slack_limits, name)
                break


def test_every_limit_is_the_published_one() -> None:
    compared, wrong = 0, []
    for part, field, kind, value in published_limits():
        for table in tables(part):
            ours = bound(table[field], kind) if field in table else None
            if ours is None:
                continue
            compared += 1
            if ours != value:
                wrong.append(f"{part}.{field} {kind}: {ours}, published {value}")
    assert wrong == []
    assert compared > 100


def test_no_published_limit_is_left_out() -> None:
    compared = {"_".join(words) for *words, _ in published_limits()}
    every = {name.lower() for name in filter(str.isupper, dir(slack_limits))}
    assert [n for n in every - compared if not n.startswith(NOT_IMITATED)] == []


def test_the_limits_of_a_surface_are_the_published_ones() -> None:
    assert limits.MOST_BLOCKS["message"] == slack_limits.MESSAGE_BLOCKS_MAX_ITEMS
    assert limits.MOST_BLOCKS["modal"] == slack_limits.VIEW_BLOCKS_MAX_ITEMS
    assert slack_limits.MARKDOWN_TOTAL_TEXT_MAX_LENGTH == 12_000
    assert slack_limits.BLOCK_ID_MAX_LENGTH == slack_limits.ACTION_ID_MAX_LENGTH == 255


# -- what the bot shows -----------------------------------------------------------------------


LONG = Note("C1.1", "V1", "V1-1", "U0123456789", "", "Slower: “a & <b>” " + "word " * 40, 7, 7)
NOTES = checklist.open_notes([replace(LONG, id=str(n)) for n in range(10)], "02468", {})
AGAIN = replace(FORMS["everything"], new_take=NewTakeOf("V1-1", 2, NOTES, more=7))
REVIEWS = [
    Review("V1-1", f"U{n}", decision, "Say <it> & *slower*. " * 20, REQUEST.created_at, "0" * 64)
    for n, decision in enumerate([*Decision] * 12)
]
STANDINGS = {
    "nobody decided": review.ReviewState(),
    "much was said": review.ReviewState(
        REVIEWS, ["U1", "U2"], 30, 12, [("C2", "U1")] * 30, replaced_by=2, needed=3
    ),
}


def views() -> dict[str, Json]:
    take = TAKES[0]
    return {
        "a new take": modal.build(AGAIN, estimate(AGAIN.parameters, Pace())),
        "changes are asked for": review.changes_form(take, "Say it slower."),
        "a take is shared": share_form(take),
    } | {
        f"{name}, {'open' if more else 'closed'}": modal.build(
            values, estimate(values.parameters, Pace()), more=more
        )
        for name, values in FORMS.items()
        for more in (False, True)
    }


def cards() -> dict[str, list[Json]]:
    return {
        **{f"paused, {reason}": card.pause_buttons(reason) for reason in PAUSE_BUTTONS},
        **{
            f"review, {decision or 'none'}, {name}": review.build(
                replace(TAKES[0], decision=decision), standing
            )
            for name, standing in STANDINGS.items()
            for decision in ("", *Decision)
        },
    } | {
        f"{take.state}, {take.next_step}, {number}": card.build(
            REQUEST, take, estimate(take.parameters, Pace()), Progress()
        )
        for number, take in enumerate(TAKES)
    }


@pytest.mark.parametrize("view", views().values(), ids=views())
def test_every_view_passes_slacks_own_models(view: Json) -> None:
    assert problems_of_view(view) == []
    assert SdkView(**view).to_dict() == view


@pytest.mark.parametrize("blocks", cards().values(), ids=cards())
def test_every_card_passes_slacks_own_models(blocks: list[Json]) -> None:
    assert problems_of_message(blocks) == []
    assert [block.to_dict() for block in SdkBlock.parse_all(blocks)] == blocks


def test_the_help_is_short_enough_to_be_shown_whole() -> None:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": HELP}}
    assert problems_of_message([section]) == []
