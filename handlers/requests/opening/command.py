"""/avatar and *Make a video*: opens the form, and suggests avatars and voices as people type."""

from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks import modal
from bot.blocks.casting.known import of_avatar, of_voice, suggestions
from bot.blocks.finding.results import USE_AS_SCRIPT
from bot.blocks.help import HELP
from bot.blocks.home.page import MAKE_VIDEO
from bot.blocks.twins.avatars import MOST_OPTIONS, with_twins
from bot.catalog import Catalog, Kind
from bot.domain.audio.own_audio import OwnAudio
from bot.domain.casting.clips import Cast
from bot.domain.form_values import FormValues
from bot.domain.parameters import SCRIPT_LIMIT, Parameters
from bot.domain.rights import Act
from bot.domain.scripts.finding import to_find
from bot.domain.text import cut, escape, unescape
from bot.domain.twins.twin import Twin
from bot.process.background import Background
from bot.request_log.casting.log import CastingLog
from bot.request_log.log import RequestLog
from bot.request_log.twins.log import TwinLog
from bot.slack import payloads
from bot.slack.forms import open_form
from bot.slack.profiles import Profiles
from handlers.access import Access, Listeners
from handlers.buttons import ButtonPress, Buttons
from handlers.errors import Errors
from handlers.requests.casting.faces import Faces
from handlers.requests.finding.finding import Finding
from handlers.requests.form_views import FormViews
from handlers.requests.live_form import LiveForm
from handlers.shared import OpenTwinForm

COMMAND = "/avatar"
# A message has at most 40,000: https://docs.slack.dev/reference/methods/chat.postMessage#truncating
ANSWER_LIMIT = 30_000
TWIN = "twin"  # after the command: the form for a Digital Twin


class AvatarCommand:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        slack_client: AsyncWebClient,
        catalog: Catalog,
        background: Background,
        errors: Errors,
        buttons: Buttons,
        finding: Finding,
        form_views: FormViews,
        live_form: LiveForm,
        faces: Faces,
        casting_log: CastingLog,
        open_twin_form: OpenTwinForm,
        twin_log: TwinLog,
        profiles: Profiles,
        access: Access,
    ) -> None:
        self._access = access
        self._open_twin_form = open_twin_form
        self._twin_log = twin_log
        self._profiles = profiles
        self._request_log = request_log
        self._slack_client = slack_client
        self._catalog = catalog
        self._background = background
        self._errors = errors
        self._buttons = buttons
        self._finding = finding
        self._form_views = form_views
        self._live_form = live_form
        self._faces = faces
        self._casting_log = casting_log

    def register(self, app: Listeners) -> None:
        app.command(COMMAND, Act.MAKE_VIDEO, self.command)
        app.action(USE_AS_SCRIPT, Act.MAKE_VIDEO, self.use_as_script)
        app.action(MAKE_VIDEO, Act.MAKE_VIDEO, self._buttons.handler(self._pressed))
        for name in modal.SELECTS:
            app.options(name, Act.MAKE_VIDEO, self.suggest)

    async def command(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        text = unescape(body.get("text") or "").strip()
        if text.casefold() == "help":
            await ack(HELP)
            return
        user_id, channel_id = payloads.user_id(body), payloads.channel_id(body)
        if text.casefold() == TWIN:
            await ack()
            opening = self._open_twin_form(payloads.text(body, "trigger_id"), user_id)
            self._background.start(opening, on_error=self._errors.shown_to(user_id, channel_id))
            return
        if (looked_for := to_find(text)) is not None:
            await self._finding.answer(ack, user_id, looked_for, text)
            return
        # The part that doesn't fit into the field is sent back, not silently dropped.
        await ack(_too_long(text) if len(text) > SCRIPT_LIMIT else "")
        self._open_soon(payloads.text(body, "trigger_id"), user_id, channel_id, text)

    async def use_as_script(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """What follows *find* was meant as a script."""
        await ack()
        script = payloads.text(payloads.pressed(body), "value")
        user_id, channel_id = payloads.user_id(body), payloads.channel_id(body)
        self._open_soon(payloads.text(body, "trigger_id"), user_id, channel_id, script)

    def _open_soon(self, trigger_id: str, user_id: str, channel_id: str, text: str) -> None:
        self._background.start(
            self.open_form(trigger_id, user_id, channel_id, text[:SCRIPT_LIMIT]),
            on_error=self._errors.shown_to(user_id, channel_id, kept=escape(text)),
        )

    async def open_form(
        self,
        trigger_id: str,
        user_id: str,
        channel_id: str,
        script: str,
        *,
        cast: Cast | None = None,
        audio: OwnAudio | None = None,
        cut_from: int = 0,
    ) -> None:
        """With the default look, or else the last settings of this person. With a `cast`, its
        avatar and voice, on top of the casting sheet. `audio`: is spoken in place of a script.

        Raises ViewRefused, also if it is too late for it.
        """
        last = await self._request_log.last_parameters(user_id) or Parameters()
        # Audio and footage belong to one video, and footage costs extra: they aren't defaults.
        parameters = replace(last, prompt=script, audio_url="", video_url="")
        if cast:
            parameters = replace(parameters, avatar=cast.avatar, avatar_id="")
        if cast and cast.voice:
            parameters = replace(parameters, voice=cast.voice, voice_id="")
        values = FormValues(parameters, channel_id, cut_from=cut_from)
        values = values.with_audio(audio) if audio else values
        typed_for = trigger_id if script or audio else ""
        view = await self._form_views.first(
            values, user_id, with_default_look=cast is None, typed_for=typed_for
        )
        opened = await self._faces.show(
            view,
            lambda shown: open_form(
                self._slack_client, trigger_id, shown, again="type /avatar again",
                on_top=cast is not None,
            ),
        )  # fmt: skip
        await self._live_form.opened(opened, user_id, typed_for=typed_for)

    async def _pressed(self, press: ButtonPress) -> None:
        await self.open_form(press.trigger_id, press.user_id, press.channel_id, "")

    async def suggest(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Type-ahead over the catalogue: https://docs.slack.dev/reference/interaction-payloads/block_suggestion-payload"""
        typed = body.get("value") or ""
        kind: Kind = body["action_id"]
        found, uses = self._catalog.search(kind, typed), await self._casting_log.uses()
        if kind != "avatar":
            known = {n: of_voice(uses.voices.get(n, 0), uses.avatar_of.get(n, "")) for n in found}
            await ack(options=suggestions(found, typed, known))
            return
        known = {n: of_avatar(uses.avatars.get(n, 0), uses.voice_of.get(n, "")) for n in found}
        twins = await self._usable_twins(body)
        shown = dict.fromkeys(twin.shows_user_id for twin in twins[:MOST_OPTIONS])
        people = {user_id: await self._profiles.name(user_id) for user_id in shown}
        options = suggestions(found, typed, known)
        await ack(options=with_twins(twins, people, options, typed))

    async def _usable_twins(self, body: dict[str, Any]) -> list[Twin]:
        """Those that are only for some conversations are for people who see these."""
        channel_id, user_id = _channel_id(body), payloads.user_id(body)
        twins = await self._twin_log.usable(channel_id)
        if not any(twin.channels for twin in twins):
            return twins
        sees = await self._access.sees_named(channel_id, user_id)
        return [twin for twin in twins if sees or not twin.channels]


def _channel_id(body: dict[str, Any]) -> str:
    """Where the form posts the video; "" if that isn't known."""
    view = body.get("view")
    return modal.parse(view).channel_id if isinstance(view, dict) else ""


def _too_long(text: str) -> str:
    return (
        f"Your script has {len(text):,} characters, but the form takes only {SCRIPT_LIMIT:,}. "
        f"This part didn't fit:\n{cut(escape(text[SCRIPT_LIMIT:]), ANSWER_LIMIT)}"
    )
