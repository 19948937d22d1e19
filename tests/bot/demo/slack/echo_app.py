"""A small Bolt app for the tests: it opens a modal, and posts what was typed there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

Json = dict[str, Any]
MANIFEST: Json = {
    "display_information": {"name": "Echo"},
    "features": {
        "bot_user": {"display_name": "echo"},
        "slash_commands": [{"command": "/echo", "description": "Says it", "should_escape": False}],
        "shortcuts": [
            {"name": "Echo this", "type": "message", "callback_id": "echo_this"},
            {"name": "Echo anything", "type": "global", "callback_id": "echo_any"},
        ],
        "app_home": {"home_tab_enabled": True},
    },
    "oauth_config": {
        "scopes": {"bot": ["commands", "chat:write", "chat:write.public", "files:write"]}
    },
    "settings": {
        "interactivity": {"is_enabled": True},
        "event_subscriptions": {
            "bot_events": ["message.channels", "app_mention", "app_home_opened"]
        },
    },
}


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def echo_view(words: str = "", **more: Any) -> Json:
    script = {
        "type": "plain_text_input",
        "action_id": "script",
        "initial_value": words,
        "max_length": 3000,
        "multiline": True,
        "dispatch_action_config": {"trigger_actions_on": ["on_character_entered"]},
    }
    voice = {"type": "external_select", "action_id": "voice", "min_query_length": 0}
    where = {
        "type": "conversations_select",
        "action_id": "where",
        "default_to_current_conversation": True,
    }
    box = {"text": plain("Captions"), "value": "captions"}
    boxes = {
        "type": "checkboxes",
        "action_id": "boxes",
        "options": [box],
        "initial_options": [box],
    }
    return {
        "type": "modal",
        "callback_id": "echo",
        "title": plain("Echo"),
        "submit": plain("Say it"),
        "close": plain("Cancel"),
        "notify_on_close": True,
        "blocks": [
            {
                "type": "input",
                "block_id": "script",
                "label": plain("Script"),
                "element": script,
                "dispatch_action": True,
            },
            {"type": "input", "block_id": "voice", "label": plain("Voice"), "element": voice},
            {"type": "input", "block_id": "where", "label": plain("Where"), "element": where},
            {
                "type": "input",
                "block_id": "boxes",
                "label": plain("Extras"),
                "element": boxes,
                "optional": True,
            },
            *more.get("blocks", []),
        ],
    }


class Echo:
    """A tiny bot; `seen` is what reached it."""

    def __init__(self, client: AsyncWebClient) -> None:
        self.seen: list[Json] = []
        self.app = AsyncApp(client=client, signing_secret="demo-signing-secret")
        self.app.command("/echo")(self.command)
        self.app.action("script")(self.typing)
        self.app.options("voice")(self.voices)
        self.app.view("echo")(self.submitted)
        self.app.view_closed("echo")(self.note)
        self.app.action("loud")(self.loud)
        self.app.shortcut("echo_this")(self.note)
        self.app.shortcut("echo_any")(self.note)
        self.app.event("message")(self.note)
        self.app.event("app_mention")(self.note)
        self.app.event("app_home_opened")(self.home)

    async def note(self, ack: Any, body: Json) -> None:
        self.seen.append(body)
        await ack()

    async def command(self, ack: Any, body: Json, client: AsyncWebClient) -> None:
        if body.get("text") == "help":
            await ack("Type /echo and some words.")
            return
        if body.get("text") == "never":
            return
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=echo_view(body["text"]))

    async def typing(self, ack: Any, body: Json, client: AsyncWebClient) -> None:
        await ack()
        self.seen.append(body)
        words = body["view"]["state"]["values"]["script"]["script"]["value"] or ""
        hint = {"type": "context", "elements": [plain(f"{len(words.split())} words")]}
        view = echo_view(blocks=[hint])
        await client.views_update(view_id=body["view"]["id"], hash=body["view"]["hash"], view=view)

    async def voices(self, ack: Any, body: Json) -> None:
        known = [v for v in ("Aaron", "Allison", "Camden") if body["value"].lower() in v.lower()]
        await ack(options=[{"text": plain(v), "value": v} for v in known])

    async def submitted(self, ack: Any, body: Json, client: AsyncWebClient) -> None:
        values = body["view"]["state"]["values"]
        words = values["script"]["script"]["value"]
        if words == "bad":
            await ack(response_action="errors", errors={"script": "Not that word."})
            return
        await ack()
        channel = values["where"]["where"]["selected_conversation"]
        button = {
            "type": "button",
            "action_id": "loud",
            "text": plain("Louder"),
            "confirm": {
                "title": plain("Sure?"),
                "text": plain("It is loud."),
                "confirm": plain("Yes"),
                "deny": plain("No"),
            },
        }
        card = await client.chat_postMessage(
            channel=channel,
            text=words,
            blocks=[
                {"type": "section", "text": {"type": "mrkdwn", "text": f"*{words}*"}},
                {"type": "actions", "elements": [button]},
            ],
        )
        await client.files_upload_v2(
            channel=channel,
            thread_ts=card["ts"],
            initial_comment="Here it is",
            file_uploads=[
                {"filename": "echo.mp4", "content": "not really", "alt_txt": "A person"},
                {"filename": "echo.srt", "content": "1\n", "title": "Captions"},
            ],
        )

    async def loud(self, ack: Any, body: Json, respond: Any) -> None:
        await ack()
        await respond(text=body["message"]["text"].upper(), replace_original=True)

    async def home(self, event: Json, client: AsyncWebClient) -> None:
        block = {"type": "header", "text": plain("Welcome home")}
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": [block]})


async def serve(echo: Echo) -> tuple[web.AppRunner, str]:
    async def receive(request: web.Request) -> web.Response:
        headers: dict[str, str | Sequence[str]] = {k.lower(): v for k, v in request.headers.items()}
        body = await request.text()
        answer = await echo.app.async_dispatch(AsyncBoltRequest(body=body, headers=headers))
        plain_headers = {
            k: v[0] for k, v in answer.headers.items() if k.lower() != "content-length"
        }
        return web.Response(status=answer.status, text=answer.body, headers=plain_headers)

    application = web.Application()
    application.router.add_post("/slack/events", receive)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
