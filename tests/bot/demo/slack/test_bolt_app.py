"""The stand-in driven by a real Bolt app, over both transports: the whole way of a request."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack import SlackShowed, SlackStandIn
from tests.bot.demo.slack.echo_app import MANIFEST, Echo, serve
from tests.support.workspace import PATIENCE


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn(MANIFEST, ack_seconds=PATIENCE) as slack:
        yield slack


@pytest.fixture(params=["socket", "http"])
async def echo(request: pytest.FixtureRequest, slack: SlackStandIn) -> AsyncIterator[Echo]:
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session)
        echo = Echo(client)
        if request.param == "http":
            runner, slack.request_url = await serve(echo)
            stack.push_async_callback(runner.cleanup)
        else:
            handler = AsyncSocketModeHandler(echo.app, slack.app_token)
            await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt has no types here
            stack.push_async_callback(handler.close_async)
            await slack.connected()
        yield echo


async def test_a_request_from_the_command_to_the_file_in_the_thread(
    slack: SlackStandIn, echo: Echo
) -> None:
    ada, marketing = slack.person("Ada"), slack.channel("marketing")
    assert (await ada.command("/echo", "Hello <team> & all", marketing)).text == ""
    modal = await ada.modal()
    assert modal.title == "Echo"
    assert "Script: Hello <team> & all" in modal.text()
    assert "Where: marketing" in modal.text()
    assert await modal.search("Voice", "a") == ["Aaron", "Allison", "Camden"]
    await modal.choose("Voice", "Camden")
    await modal.uncheck("Extras", "Captions")
    assert await modal.submit() == {}
    assert not modal.is_open
    card = await marketing.wait_for(lambda m: m.buttons() == ["Louder"])
    assert card.text().startswith("Hello")
    reply = await card.thread.wait_for(lambda m: m.files)
    assert [f.name for f in reply.files] == ["echo.mp4", "echo.srt"]
    assert [f.mimetype for f in reply.files] == ["video/mp4", "application/x-subrip"]
    assert slack.file_bytes(reply.files[0].id) == b"not really"
    assert reply.read_aloud().splitlines() == [
        "echo:",
        "  Here it is",
        "  [file: echo.mp4, 10 bytes: A person]",
        "  [file: echo.srt, 2 bytes]",
    ]
    assert marketing.messages() == [card]


async def test_only_the_person_sees_the_answer_to_a_command(
    slack: SlackStandIn, echo: Echo
) -> None:
    ada, bob, room = slack.person("Ada"), slack.person("Bob"), slack.channel("room")
    assert (await ada.command("/echo", "help", room)).text == "Type /echo and some words."
    assert len(ada.ephemerals(room)) == 1
    assert bob.ephemerals(room) == []
    assert room.messages() == []


async def test_a_missing_acknowledgement_is_shown_to_the_person(
    slack: SlackStandIn, echo: Echo
) -> None:
    slack.installation.ack_seconds = 0.2
    ada, room = slack.person("Ada"), slack.channel("room")
    with pytest.raises(SlackShowed, match="operation_timeout"):
        await ada.command("/echo", "never", room)
    with pytest.raises(SlackShowed, match="not a valid command"):
        await ada.command("/other", "", room)


async def test_errors_are_shown_at_their_fields_and_typed_values_stay(
    slack: SlackStandIn, echo: Echo
) -> None:
    ada = slack.person("Ada")
    await ada.command("/echo", "", slack.channel("room"))
    modal = await ada.modal()
    required = "Please complete this required field."
    assert await modal.submit() == {"Script": required, "Voice": required}
    await modal.choose("Voice", "Aaron")
    await modal.type("Script", "bad")
    await modal.wait_for(lambda m: "1 words" in m.text())
    assert await modal.submit() == {"Script": "Not that word."}
    assert "! Not that word." in modal.text()
    assert "Script: bad" in modal.text()


async def test_typing_reaches_the_app_and_its_update_keeps_other_fields(
    slack: SlackStandIn, echo: Echo
) -> None:
    ada = slack.person("Ada")
    await ada.command("/echo", "first words", slack.channel("room"))
    modal = await ada.modal()
    await modal.choose("Voice", "Allison")
    await modal.type("Script", "one two three")
    await modal.wait_for(lambda m: "3 words" in m.text())
    assert "Voice: Allison" in modal.text()
    assert "Script: one two three" in modal.text()
    values = echo.seen[-1]["view"]["state"]["values"]
    assert values["voice"]["voice"]["selected_option"]["value"] == "Allison"
    assert values["boxes"]["boxes"]["selected_options"][0]["value"] == "captions"


async def test_closing_a_modal_is_sent_if_the_app_asked_for_it(
    slack: SlackStandIn, echo: Echo
) -> None:
    ada = slack.person("Ada")
    await ada.command("/echo", "x", slack.channel("room"))
    modal = await ada.modal()
    await modal.type("Script", "one two three")
    await modal.close()
    assert not modal.is_open
    assert echo.seen[-1]["type"] == "view_closed"
    assert echo.seen[-1]["is_cleared"] is False
    assert echo.seen[-1]["view"]["state"] == {"values": {}}, "what was typed isn't told"
    await ada.command("/echo", "x", slack.channel("room"))
    await (await ada.modal()).close(everything=True)
    assert echo.seen[-1]["is_cleared"] is True


async def test_a_button_with_a_dialog_acts_only_if_confirmed(
    slack: SlackStandIn, echo: Echo
) -> None:
    ada, room = slack.person("Ada"), slack.channel("room")
    await ada.command("/echo", "psst", room)
    modal = await ada.modal()
    await modal.choose("Voice", "Aaron")
    await modal.submit()
    card = await room.wait_for(lambda m: m.buttons())
    await card.thread.wait_for(lambda m: m.files)
    await ada.press("Louder", card, confirm=False)
    assert slack.journal.calls("block_actions") == []
    await ada.press("Louder", card)
    await room.wait_for(lambda m: m.text() == "PSST")
    assert card.edits == ["psst\n[Louder]"]


async def test_shortcuts_events_and_the_home_reach_the_app(slack: SlackStandIn, echo: Echo) -> None:
    ada, room = slack.person("Ada"), slack.channel("room")
    said = ada.say(room, "Look, @echo")
    await ada.shortcut("Echo this", said)
    [pressed] = [body for body in echo.seen if body["type"] == "message_action"]
    assert pressed["message"]["ts"] == said.ts
    await ada.shortcut("Echo anything")
    home = await ada.open_home()
    assert home.text() == "Welcome home"

    def kinds() -> set[str]:
        return {body.get("event", {}).get("type", body["type"]) for body in echo.seen}

    await slack.until(lambda: {"message", "app_mention"} <= kinds())
    assert {"message_action", "shortcut"} <= kinds()


async def test_the_journal_keeps_both_directions_in_order_and_no_tokens(
    slack: SlackStandIn, echo: Echo
) -> None:
    ada = slack.person("Ada")
    await ada.command("/echo", "x", slack.channel("room"))
    await ada.modal()
    names = [c.name for c in slack.journal if c.name in ("/echo", "views.open")]
    assert names == ["/echo", "views.open"]
    await slack.until(lambda: all(call.seconds is not None for call in slack.journal))
    wire = json.dumps([[c.arguments, c.answer] for c in slack.journal])
    assert slack.bot_token not in wire
    assert slack.app_token not in wire


async def test_bolt_survives_a_refreshed_and_a_dropped_connection(slack: SlackStandIn) -> None:
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session)
        handler = AsyncSocketModeHandler(Echo(client).app, slack.app_token)
        await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt has no types here
        ada, room = slack.person("Ada"), slack.channel("room")
        await slack.connected()
        await slack.sockets.disconnect()
        assert (await ada.command("/echo", "help", room)).text
        await slack.sockets.drop()
        await slack.connected()
        assert (await ada.command("/echo", "help", room)).text
        await handler.close_async()  # type: ignore[no-untyped-call]
