"""`python -m bot casting`: orders the casting sheet, as *Make the casting sheet* in Home does.

It writes the plan into the request log, from where the bot takes it: the one that runs, or the next
one that starts.
"""

import argparse
import secrets
from collections.abc import Collection, Mapping

from bot.blocks.casting import sheet_form
from bot.catalog import Catalog
from bot.cli.terminal import names_from_slack, parse_channel_id, print_error
from bot.domain.casting.orders import Order
from bot.domain.rights import Role
from bot.errors import ConfigurationError, NotPossible, SlackError
from bot.process.background import Background
from bot.process.clock import Clock
from bot.process.lock import make_data_dir
from bot.request_log.casting.log import CastingLog
from bot.request_log.casting.orders import SheetOrders
from bot.request_log.log import RequestLog
from bot.request_log.money.limits import LimitLog
from bot.request_log.queue import QueueLog
from bot.request_log.reports.totals import accepted_names
from bot.settings.table import Settings
from bot.slack.can_post import ChannelCheck, can_post
from bot.slack.connection.client import SlackClient
from bot.slack.connection.session import slack_session
from bot.slack.connection.tokens import Identity, identify, slack_client
from bot.slack.messages import SlackMessages
from bot.slack.profiles import Profiles
from bot.slack.senders import Sender, role_of

NO_ADMINS = "is not set, and only an admin can make the casting sheet."
WHICH_ADMIN = "Say for which admin: add --admin with one of {}."
NOT_ADMIN = (
    "Only an admin can make the casting sheet: {} isn't in ADMIN_USER_IDS, or is no active member "
    "of this workspace."
)
NOBODY_ANSWERS = "Nobody can answer here: give the channel's ID, and add --yes."
CHANGED = "The order or its price has just changed. Run the command again."
AGAIN = "Run the same command again: it orders nothing twice."
BEGUN = "The bot is making the clips, and writes to {} when the casting sheet is ready."
NOT_BEGUN = "No bot has begun with it yet. If none is running, the clips are made when it starts."
CHECK_SECONDS, CHECKS = 0.5, 30  # a bot looks every five seconds


async def run(args: argparse.Namespace, settings: Settings) -> int:
    """`args`: channel and admin, which may be None, yes, and clock.

    Returns 1 if it failed or the answer was no; 0 also if there was nothing to make.
    """
    make_data_dir(settings.data_dir)
    log = await RequestLog.open(settings.log_location)
    try:
        async with slack_session() as session:
            command = CastingCommand(args, settings, log, slack_client(settings, session))
            return await command.run()
    except (NotPossible, SlackError) as refused:
        print_error(refused.sentence)
        return 1
    except log.store.errors as error:
        print_error(f"the request log can't be used now ({error}). {AGAIN}")
        return 1
    finally:
        await log.close()


class CastingCommand:
    def __init__(
        self, args: argparse.Namespace, settings: Settings, log: RequestLog, slack: SlackClient
    ) -> None:
        self._args = args
        self._settings = settings
        self._log = log
        self._slack = slack
        self._clock: Clock = args.clock or Clock()
        self._profiles = Profiles(slack, background=Background(), clock=self._clock)
        self._casting_log = CastingLog(log.store, 0.0, alone=False)  # it claims no clip

    async def run(self) -> int:
        """Raises NotPossible and SlackError."""
        bot, admin_id = await identify(self._slack), self._admin_id()
        await self._check_admin(bot, admin_id)
        messages = SlackMessages(
            self._slack, bot_name=bot.bot_name, bot_id=bot.bot_id, clock=self._clock
        )
        orders = await self._orders()
        if why := sheet_form.nothing_to_make(await orders.order(admin_id)):
            print(why)
            return 0
        channel_id = self._args.channel or _channel_asked_for()
        order = await self._possible_order(orders, messages, admin_id, channel_id)
        names = await names_from_slack(self._settings, [admin_id, channel_id])
        print("\n".join(_plain(line, names) for line in sheet_form.lines(order)))
        offer = f"{sheet_form.offer(order)} in {names.get(channel_id, channel_id)}"
        if not (self._args.yes or _answer(f"\n{offer}? (yes/no) ").casefold() in ("y", "yes")):
            print("Nothing was ordered.")
            return 1
        fresh = await orders.order(admin_id, channel_id)
        if (fresh.is_under_way, sheet_form.offer(fresh)) != (False, sheet_form.offer(order)):
            raise NotPossible(CHANGED)
        await can_post(messages, channel_id, admin_id, sheet_form.CHECKED)
        await self._plan(fresh, admin_id, channel_id, names)
        return 0

    def _admin_id(self) -> str:
        admins, admin_id = self._settings.admin_user_ids, self._args.admin
        if not admins:
            raise ConfigurationError("ADMIN_USER_IDS", NO_ADMINS)
        if not admin_id and len(admins) > 1:
            raise NotPossible(WHICH_ADMIN.format(", ".join(admins)))
        return str(admin_id or admins[0])

    async def _check_admin(self, bot: Identity, admin_id: str) -> None:
        profile, sender = await self._profiles.profile(admin_id), Sender(admin_id, frozenset())
        admins: Collection[str] = self._settings.admin_user_ids
        if role_of(sender, profile, bot.installed_in, admins) is not Role.ADMIN:
            raise NotPossible(NOT_ADMIN.format(admin_id))

    async def _orders(self) -> SheetOrders:
        store, settings = self._log.store, self._settings
        return SheetOrders(
            casting_log=self._casting_log,
            request_log=self._log,
            queue_log=QueueLog(store),
            limit_log=LimitLog(store, settings.budget_timezone),
            catalog=Catalog(settings.catalog_path, await accepted_names(store)),
            default_pace=settings.pace,
        )

    async def _possible_order(
        self, orders: SheetOrders, messages: SlackMessages, admin_id: str, channel_id: str
    ) -> Order:
        check = ChannelCheck(
            slack_client=self._slack, slack_messages=messages, limits=self._profiles.limits
        )
        order = await orders.order(admin_id, channel_id)
        if order.refused:
            raise NotPossible(f"{order.refused} {sheet_form.CHANGE_LIMITS}")
        if why := await check.problem(channel_id):
            raise NotPossible(why)
        return order

    async def _plan(
        self, order: Order, admin_id: str, channel_id: str, names: Mapping[str, str]
    ) -> None:
        sheet = f"command{secrets.token_hex(6)}"
        planned = await self._casting_log.plan(
            sheet, order.pairs, channel_id=channel_id, by=admin_id
        )
        if not planned:  # another admin was faster
            print(sheet_form.UNDER_WAY)
            return
        print("Ordered.", flush=True)  # from here on, nothing can be lost
        has_begun = await self._has_begun(sheet)
        print(BEGUN.format(names.get(admin_id, admin_id)) if has_begun else NOT_BEGUN)

    async def _has_begun(self, sheet: str) -> bool:
        """Whether a running bot has taken up the plan."""
        for _ in range(CHECKS):
            await self._clock.sleep(CHECK_SECONDS)
            mine = [cast for cast in await self._casting_log.under_way() if cast.sheet == sheet]
            if not mine or any(cast.take_id or cast.busy_since for cast in mine):
                return True
        return False


def _channel_asked_for() -> str:
    typed = _answer("In which channel should the clips be posted? Its ID: ").strip()
    try:
        return parse_channel_id(typed)
    except argparse.ArgumentTypeError as error:
        raise NotPossible(str(error)) from None


def _answer(question: str) -> str:
    try:
        return input(question).strip()
    except EOFError:
        print()
        raise NotPossible(NOBODY_ANSWERS) from None


def _plain(line: str, names: Mapping[str, str]) -> str:
    """A sentence of the form, for a terminal."""
    for one, name in names.items():
        line = line.replace(f"<@{one}>", name).replace(f"<#{one}>", name)
    return line.removeprefix(sheet_form.WARNING).replace("`", "")
