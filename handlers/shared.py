"""What all three journeys are wired with."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Self

from bot.domain.rights import Rules
from bot.process.retry import MESSAGE_TIMEOUT_SECONDS
from bot.request_log.casting.log import USES_SECONDS, CastingLog
from bot.request_log.channels import ChannelLog
from bot.request_log.forms.looks import LookLog
from bot.request_log.money.holds import HoldLog
from bot.request_log.money.sign_offs import SignOffLog
from bot.request_log.money.spending import TakeRules
from bot.request_log.notifications import Notifications
from bot.request_log.owed.messages import OwedMessages
from bot.request_log.reviewing.rounds import RoundLog
from bot.request_log.twins.log import TwinLog
from bot.services import Services
from bot.settings.table import Settings
from bot.slack.can_post import ChannelCheck
from bot.slack.conversations.permalinks import Permalinks
from handlers.access import Access, FileAccess, PeopleShown
from handlers.admins import Admins
from handlers.audio_files import AudioFiles
from handlers.buttons import Buttons
from handlers.card_content import CardContent
from handlers.cards import Cards
from handlers.channel_moves import ChannelMoves
from handlers.direct_messages import DirectMessages
from handlers.enqueue import RenderQueue
from handlers.errors import Errors
from handlers.review_messages import ReviewMessages
from handlers.video_messages import VideoMessages

# Opens the form for a Digital Twin with a trigger, for a person.
OpenTwinForm = Callable[[str, str], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Shared:
    """Only for the `register` of a journey, which hands each class the few that it uses."""

    access: Access
    admins: Admins
    audio_files: AudioFiles
    buttons: Buttons
    casting_log: CastingLog
    channel_check: ChannelCheck
    channel_moves: ChannelMoves
    cards: Cards
    direct_messages: DirectMessages
    errors: Errors
    file_access: FileAccess
    look_log: LookLog
    notifications: Notifications
    owed_messages: OwedMessages
    people_shown: PeopleShown
    permalinks: Permalinks
    render_queue: RenderQueue
    review_messages: ReviewMessages
    round_log: RoundLog
    twin_log: TwinLog
    video_messages: VideoMessages

    @classmethod
    def of(cls, services: Services) -> Self:
        request_log, slack_messages = services.request_log, services.slack_messages
        background = services.background
        settings, clock = services.settings, services.clock
        errors = Errors(slack_messages=slack_messages)
        channel_moves = _channel_moves(services)
        notifications = Notifications(request_log.store, clock.scaled(MESSAGE_TIMEOUT_SECONDS))
        round_log = RoundLog(request_log.store, settings.approvals_needed)
        permalinks = Permalinks(slack_messages)
        cards = _cards(services, round_log, permalinks)
        review_messages = _review_messages(services, round_log, cards)
        owed_messages = _owed_messages(services)
        access = _access(services, channel_moves)
        people_shown = PeopleShown(
            store=request_log.store, profiles=services.profiles, team=services.team
        )
        return cls(
            access=access, people_shown=people_shown,
            file_access=FileAccess(slack_files=services.slack_files, access=access),
            admins=Admins(
                user_ids=settings.admin_user_ids, slack_messages=slack_messages,
                notifications=notifications,
            ),
            audio_files=AudioFiles(slack_files=services.slack_files, folder=settings.data_dir),
            buttons=Buttons(background=background, errors=errors),
            casting_log=_casting_log(services),
            channel_check=_channel_check(services),
            channel_moves=channel_moves,
            cards=cards, errors=errors, look_log=LookLog(request_log.store),
            notifications=notifications,
            owed_messages=owed_messages, permalinks=permalinks,
            direct_messages=DirectMessages(owed_messages, slack_messages),
            render_queue=_render_queue(services, people_shown),
            round_log=round_log,
            twin_log=TwinLog(request_log.store),
            review_messages=review_messages,
            video_messages=VideoMessages(
                request_log=request_log, owed_messages=owed_messages, slack_messages=slack_messages,
                slack_files=services.slack_files, redraws=services.redraws,
                review_messages=review_messages, clock=clock,
            ),
        )  # fmt: skip


def _review_messages(services: Services, round_log: RoundLog, cards: Cards) -> ReviewMessages:
    settings = services.settings
    return ReviewMessages(
        request_log=services.request_log, review_log=services.review_log, round_log=round_log,
        slack_messages=services.slack_messages, profiles=services.profiles,
        redraws=services.redraws, cards=cards, background=services.background,
        clock=services.clock,
        approvals_needed=settings.approvals_needed, default_pace=settings.pace,
    )  # fmt: skip


def _access(services: Services, channel_moves: ChannelMoves) -> Access:
    settings = services.settings
    return Access(
        team=services.team, profiles=services.profiles, members=services.members,
        request_log=services.request_log, review_log=services.review_log,
        slack_files=services.slack_files, channel_moves=channel_moves,
        admin_user_ids=settings.admin_user_ids, rules=_rules(settings),
    )  # fmt: skip


def _cards(services: Services, round_log: RoundLog, permalinks: Permalinks) -> Cards:
    request_log, slack_messages = services.request_log, services.slack_messages
    content = CardContent(
        request_log=request_log, sign_off_log=SignOffLog(request_log.store),
        settings=services.settings, queue_log=services.queue_log,
        hold_log=HoldLog(request_log.store), round_log=round_log, review_log=services.review_log,
        profiles=services.profiles, permalinks=permalinks,
    )  # fmt: skip
    return Cards(
        content=content, request_log=request_log, slack_messages=slack_messages,
        redraws=services.redraws, background=services.background, clock=services.clock,
    )  # fmt: skip


def _channel_moves(services: Services) -> ChannelMoves:
    channel_log = ChannelLog(services.request_log.store)
    return ChannelMoves(
        channel_log=channel_log, slack_client=services.slack_client, clock=services.clock
    )


def _channel_check(services: Services) -> ChannelCheck:
    return ChannelCheck(
        slack_client=services.slack_client, slack_messages=services.slack_messages,
        limits=services.profiles.limits,
    )  # fmt: skip


def _casting_log(services: Services) -> CastingLog:
    timeout = services.clock.scaled(MESSAGE_TIMEOUT_SECONDS)
    alone, uses_seconds = not services.settings.database_url, services.clock.scaled(USES_SECONDS)
    store = services.request_log.store
    return CastingLog(store, timeout, alone=alone, uses_seconds=uses_seconds)


def _owed_messages(services: Services) -> OwedMessages:
    timeout = services.clock.scaled(MESSAGE_TIMEOUT_SECONDS)
    alone = not services.settings.database_url
    return OwedMessages(services.request_log.store, timeout, alone=alone)


def _render_queue(services: Services, people_shown: PeopleShown) -> RenderQueue:
    settings = services.settings
    return RenderQueue(
        request_log=services.request_log, queue_log=services.queue_log, jobs=services.jobs,
        background=services.background, default_pace=settings.pace, rules=take_rules(services),
        people_shown=people_shown,
    )  # fmt: skip


def _rules(settings: Settings) -> Rules:
    return Rules(
        allow_guests=settings.allow_guests,
        allow_outsiders=settings.allow_outsiders,
        self_approval=settings.self_approval,
    )


def take_rules(services: Services) -> TakeRules:
    settings = services.settings
    return TakeRules(
        max_unfinished=settings.max_unfinished_takes,
        zone=settings.budget_timezone,
        admin_user_ids=settings.admin_user_ids,
        stock_ids=services.catalog.stock_ids,
        self_approval=settings.self_approval,
    )
