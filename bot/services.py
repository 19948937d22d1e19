"""The parts that the handlers are handed: built in app.py, used everywhere, changed nowhere."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from slack_sdk.web.async_client import AsyncWebClient

from bot.background import Background
from bot.catalog import Catalog
from bot.jobs import Jobs
from bot.request_log.log import RequestLog
from bot.request_log.rest_log import RestLog
from bot.request_log.review_log import ReviewLog
from bot.result_files import ResultFiles
from bot.segmind.client import Segmind
from bot.settings import Settings
from bot.slack.files import SlackFiles
from bot.slack.messages import SlackMessages
from bot.slack.people import SlackPeople


@dataclass(frozen=True, slots=True)
class Parts:
    settings: Settings
    log: RequestLog
    rests: RestLog
    reviews: ReviewLog
    catalog: Catalog
    segmind: Segmind
    result_files: ResultFiles
    slack: AsyncWebClient
    slack_files: SlackFiles
    messages: SlackMessages
    people: SlackPeople
    jobs: Jobs
    background: Background
    clock: Callable[[], datetime]  # with its time zone; only reminders go by it
