"""What the handlers are made of: built in app.py, and handed out by their `register`."""

from dataclasses import dataclass

from bot.catalog import Catalog
from bot.downloads.result_files import ResultFiles
from bot.jobs.engine import Jobs
from bot.process.background import Background
from bot.process.clock import Clock
from bot.request_log.log import RequestLog
from bot.request_log.money.limits import LimitLog
from bot.request_log.queue import QueueLog
from bot.request_log.reviews import ReviewLog
from bot.segmind.client import Segmind
from bot.segmind.uploads import Uploads
from bot.settings.table import Settings
from bot.slack.connection.client import SlackClient
from bot.slack.files import SlackFiles
from bot.slack.members import Members
from bot.slack.messages import SlackMessages
from bot.slack.profiles import Profiles
from bot.slack.redraws import Redraws
from bot.slack.senders import Team


@dataclass(frozen=True, slots=True)
class Services:
    settings: Settings
    request_log: RequestLog
    queue_log: QueueLog
    review_log: ReviewLog
    limit_log: LimitLog
    catalog: Catalog
    segmind: Segmind
    uploads: Uploads
    result_files: ResultFiles
    slack_client: SlackClient
    slack_files: SlackFiles
    slack_messages: SlackMessages
    redraws: Redraws
    profiles: Profiles
    members: Members
    team: Team
    jobs: Jobs
    background: Background
    clock: Clock
