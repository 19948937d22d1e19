"""Approved takes in other channels: *Share*, *Use it* and *Unshare*; and *Take it down*.

And *Copy to publish*, for what is outside Slack.
"""

from dataclasses import dataclass

from bot.request_log.owed.messages import OwedMessages
from bot.request_log.sharing.copies import CopyLog
from bot.request_log.sharing.removals import Removals
from bot.services import Services
from handlers.access import Listeners
from handlers.reviewing.membership import Membership
from handlers.reviewing.sharing.messages import ShareMessages
from handlers.reviewing.sharing.publish import PublishCopies, PublishForm
from handlers.reviewing.sharing.share import Shares
from handlers.reviewing.sharing.share_form import ShareForm
from handlers.reviewing.sharing.take_down import TakeDownForm, TakenDown
from handlers.reviewing.sharing.unshare import Unshare
from handlers.reviewing.sharing.use_again import UseAgain
from handlers.shared import Shared


@dataclass(frozen=True, slots=True)
class Sharing:
    """What the sweeps (sweeps.py) call to finish what a kill interrupted."""

    shares: Shares
    share_messages: ShareMessages
    taken_down: TakenDown


def register(
    app: Listeners,
    services: Services,
    shared: Shared,
    owed: OwedMessages,
    membership: Membership,
) -> Sharing:
    request_log, review_log = services.request_log, services.review_log
    slack_messages, slack_files = services.slack_messages, services.slack_files
    review_messages, background = shared.review_messages, services.background
    slack_client, removals = services.slack_client, Removals(request_log.store)
    share_messages = ShareMessages(
        request_log=request_log, review_log=review_log, removals=removals, owed_messages=owed,
        slack_messages=slack_messages, slack_files=slack_files, profiles=services.profiles,
        redraws=services.redraws, review_messages=review_messages,
        clock=services.clock,
    )  # fmt: skip
    shares = Shares(
        request_log=request_log, review_log=review_log, slack_messages=slack_messages,
        slack_files=slack_files, share_messages=share_messages, review_messages=review_messages,
        clock=services.clock,
    )  # fmt: skip
    ShareForm(
        review_log=review_log, removals=removals, slack_client=slack_client,
        slack_messages=slack_messages, membership=membership, shares=shares,
        buttons=shared.buttons, errors=shared.errors, background=background,
    ).register(app)  # fmt: skip
    _register_publishing(app, services, shared, membership, shares)
    UseAgain(
        request_log=request_log, review_log=review_log, slack_client=services.slack_client,
        slack_messages=slack_messages, shares=shares, access=shared.access,
        errors=shared.errors, background=background,
    ).register(app)  # fmt: skip
    Unshare(
        request_log=request_log, removals=removals, slack_client=slack_client,
        membership=membership, share_messages=share_messages, review_messages=review_messages,
        buttons=shared.buttons, background=background,
        admin_user_ids=services.settings.admin_user_ids,
    ).register(app)  # fmt: skip
    taken_down = TakenDown(
        request_log=request_log, review_log=review_log, owed_messages=owed,
        slack_messages=slack_messages, slack_files=slack_files, share_messages=share_messages,
        review_messages=review_messages, video_messages=shared.video_messages,
        notifications=shared.notifications, clock=services.clock,
    )  # fmt: skip
    TakeDownForm(
        request_log=request_log, removals=removals, slack_client=slack_client,
        membership=membership, taken_down=taken_down, buttons=shared.buttons, background=background,
    ).register(app)  # fmt: skip
    return Sharing(shares, share_messages, taken_down)


def _register_publishing(
    app: Listeners, services: Services, shared: Shared, membership: Membership, shares: Shares
) -> None:
    copies = PublishCopies(
        request_log=services.request_log, slack_messages=services.slack_messages,
        slack_files=services.slack_files,
        redraws=services.redraws, shares=shares, folder=services.settings.data_dir,
        label=services.settings.publish_label,
    )  # fmt: skip
    PublishForm(
        request_log=services.request_log, copy_log=CopyLog(services.request_log.store),
        slack_client=services.slack_client, membership=membership, shares=shares, copies=copies,
        buttons=shared.buttons, errors=shared.errors, background=services.background,
        label=services.settings.publish_label,
        most_unfinished=services.settings.max_unfinished_takes,
    ).register(app)  # fmt: skip
