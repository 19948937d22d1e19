"""The tree of errors. Each knows the sentence that a person is shown and what can be done next.

    BotError
    ├── ConfigurationError      a setting is missing or malformed; stops the start
    ├── NotPossible             what a person asked for cannot be done as things stand now
    ├── JobQueueUnavailable     the database of the job queue failed; the log has the request
    ├── SegmindError
    │   ├── NotSent             the submission never left; nothing was charged
    │   ├── Refused             400, 422: the API said what is wrong
    │   ├── KeyRefused          401, 403
    │   ├── ModelNotFound       404, 405
    │   ├── OutOfCredits        406
    │   ├── RateLimited         429; carries the seconds to wait
    │   ├── InDoubt             500, 502, 504, a lost answer: may have been accepted and charged
    │   ├── NothingThere        the history has nothing that fits a lost submission
    │   ├── RenderFailed        the job itself ended as FAILED
    │   ├── NoResult            finished, but without a video (an empty 200)
    │   ├── ResultExpired       the id is no longer known to v2 (kept one hour)
    │   ├── RenderTimeout       not finished within RENDER_TIMEOUT_MINUTES
    │   └── SegmindUnavailable  a read (poll, history, balance) did not go through; safe to repeat
    ├── FileError
    │   ├── UnsafeUrl           not https, a private address, too many redirects
    │   ├── FileTooLarge        over MAX_VIDEO_MB
    │   └── DownloadFailed      the file could not be read to its end
    └── SlackError
        ├── ViewRefused         Slack did not show or update a modal
        ├── SlackRefused        often mended by inviting the bot, so it carries its name
        │   ├── ChannelRefused  the bot cannot post there
        │   └── FileRefused     Slack does not take the file (size, type, policy, storage)
        └── SlackUnavailable    Slack did not answer in time or answered 5xx; safe to repeat

The job engine stores what a step raises by pickling it, and only exceptions whose `args` are their
`__init__` parameters come back: so `__init__` takes plain values, and nothing foreign
(`httpx.HTTPStatusError`, `SlackApiError`) leaves the file that knows the library.
"""

from typing import ClassVar


class BotError(Exception):
    """The root. `str(error)` is for logs; `sentence` is for the person who asked."""

    for_admin: ClassVar[bool] = False  # the admins are told, too

    @property
    def sentence(self) -> str:
        raise NotImplementedError

    def __str__(self) -> str:
        return f"{type(self).__name__}: {self.sentence}"


class ConfigurationError(BotError):
    """A setting is missing or malformed."""

    def __init__(self, setting: str, problem: str) -> None:
        super().__init__(setting, problem)
        self.setting = setting
        self.problem = problem

    @property
    def sentence(self) -> str:
        return f"{self.setting} {self.problem}"


class NotPossible(BotError):
    """A button or a form came too late, or is not for this person. Nothing has changed."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why

    @property
    def sentence(self) -> str:
        return self.why


class JobQueueUnavailable(BotError):
    """The database of the job queue failed. What is in the request log is enqueued later."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why

    @property
    def sentence(self) -> str:
        return (
            "The job queue can't be reached right now. "
            "Your video request is saved and starts by itself."
        )


class SegmindError(BotError):
    """Something about the render API. `said` is what the API answered, in its own words."""

    def __init__(self, said: str = "") -> None:
        super().__init__(said)
        self.said = said

    @property
    def _quote(self) -> str:
        return f" Segmind said: “{self.said.removesuffix('.')}”." if self.said else ""


class NotSent(SegmindError):
    """No connection was made, so nothing was submitted."""

    @property
    def sentence(self) -> str:
        return "Segmind could not be reached. Nothing was sent and nothing was charged."


class Refused(SegmindError):
    """400 or 422 without a terminal status: the parameters are wrong. Not billed."""

    @property
    def sentence(self) -> str:
        return f"Segmind did not accept these settings.{self._quote} Nothing was charged."


class KeyRefused(SegmindError):
    """401 or 403."""

    for_admin = True

    @property
    def sentence(self) -> str:
        return (
            "Segmind refused the API key of this bot. Nothing is lost: an admin has to mend "
            "SEGMIND_API_KEY and start the bot again. Where it is Segmind's own fault, it goes on "
            "by itself."
        )


class ModelNotFound(SegmindError):
    """404 or 405 for the model itself, on v2 and on v1."""

    for_admin = True

    @property
    def sentence(self) -> str:
        return (
            "Segmind does not know the avatar model at the address this bot uses. "
            "Nothing was charged. An admin has to look at SEGMIND_API and SEGMIND_API_URL."
        )


class OutOfCredits(SegmindError):
    """406."""

    for_admin = True

    @property
    def sentence(self) -> str:
        return (
            "The Segmind account has no credits left, so nothing was rendered or charged. "
            "Every request is kept and waits for a top-up."
        )


class RateLimited(SegmindError):
    """429. Not accepted, so the submission may be repeated after `retry_after` seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__("")
        self.args = (retry_after,)
        self.retry_after = retry_after

    @property
    def sentence(self) -> str:
        return "Segmind asks this bot to slow down; the request waits for its turn."


class InDoubt(SegmindError):
    """The submission went out and its answer is not known."""

    @property
    def sentence(self) -> str:
        return (
            "The connection to Segmind broke before it answered, so it is not certain "
            "whether the video is being made. It was not sent a second time."
        )


class NothingThere(SegmindError):
    """A person says that the lost submission is there, and the history does not have it."""

    @property
    def sentence(self) -> str:
        return (
            "Segmind does not list this video. Its list can be some minutes late: press again "
            "later, or render it again, which is charged again if it is there after all."
        )


class RenderFailed(SegmindError):
    """The job ended as FAILED."""

    @property
    def sentence(self) -> str:
        return f"The render failed at Segmind.{self._quote}"


class NoResult(SegmindError):
    """The job is finished, and there is no video in the answer."""

    @property
    def sentence(self) -> str:
        return "Segmind says that the render is finished but gave no video."


class ResultExpired(SegmindError):
    """The request id is not known to v2, which keeps a result for one hour."""

    @property
    def sentence(self) -> str:
        return "Segmind no longer answers for this render, and its history has no video for it yet."


class RenderTimeout(SegmindError):
    """Not finished within RENDER_TIMEOUT_MINUTES. It may still finish, and be charged."""

    def __init__(self, minutes: float) -> None:
        super().__init__("")
        self.args = (minutes,)
        self.minutes = minutes

    @property
    def sentence(self) -> str:
        return (
            f"Segmind has not finished this video after {self.minutes:g} "
            f"minute{'' if self.minutes == 1 else 's'}, so the bot stopped waiting. "
            "It may still finish: look again later, that is free."
        )


class SegmindUnavailable(SegmindError):
    """A read did not go through; it may be repeated freely."""

    @property
    def sentence(self) -> str:
        return "Segmind did not answer for a while. The render itself is not affected."


class FileError(BotError):
    """The finished file cannot be fetched. The video is paid for, so delivery can be repeated."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class UnsafeUrl(FileError):
    """An address that the bot must not fetch from."""

    for_admin = True

    @property
    def sentence(self) -> str:
        return f"The address of the finished video is not one this bot may fetch: {self.why}."


class FileTooLarge(FileError):
    """The file is over the limit."""

    @property
    def sentence(self) -> str:
        return f"The finished video is too large for the bot to relay: {self.why}."


class DownloadFailed(FileError):
    """The file could not be read to its end."""

    @property
    def sentence(self) -> str:
        return f"The finished video could not be downloaded: {self.why}."


class SlackError(BotError):
    """Slack said no. `code` is Slack's own error code, "" when there is none."""

    def __init__(self, code: str = "") -> None:
        super().__init__(code)
        self.code = code

    @property
    def sentence(self) -> str:
        return f"Slack did not do what the bot asked for ({self.code or 'no answer'})."


# https://docs.slack.dev/reference/methods/chat.postMessage#errors
CHANNEL_SENTENCES = {
    "not_in_channel": "The bot is not in that channel: type /invite @{bot} there, then try again.",
    "channel_not_found": (
        "The bot cannot see that conversation. In a private channel, type /invite @{bot} first; "
        "it cannot post in direct messages between other people."
    ),
    "is_archived": "That channel is archived: choose another one.",
    "is_inactive": "That channel is archived: choose another one.",
    "restricted_action": "The workspace's settings do not let the bot post there: choose another.",
    "cant_post_message": "The bot is not allowed to post there: choose another conversation.",
}

# https://docs.slack.dev/reference/methods/files.completeUploadExternal#errors
FILE_SENTENCES = {
    "file_uploads_disabled": "this workspace has file uploads switched off",
    "file_type_not_allowed": "this workspace does not allow this type of file",
    "file_upload_size_restricted": "the file is larger than this workspace allows",
    "storage_limit_reached": "this workspace has no file storage left",
    "not_in_channel": "the bot has to be in the channel to put files there (type /invite @{bot})",
    "channel_not_found": "the bot can no longer see this conversation",
    "is_archived": "this channel has been archived",
    "restricted_action": "the workspace's settings do not let the bot put files here",
}


class ViewRefused(SlackError):
    """A modal was not shown or updated: a trigger that is 3 s old, a view that is closed."""

    @property
    def sentence(self) -> str:
        return (
            f"Slack did not show the form ({self.code or 'no answer'}). "
            "Nothing was made or charged: please try again."
        )


class SlackRefused(SlackError):
    """Its sentence says how to invite the bot, by the name it has in this workspace."""

    def __init__(self, code: str = "", bot: str = "avatar") -> None:
        super().__init__(code)
        self.args = (code, bot)
        self.bot = bot


class ChannelRefused(SlackRefused):
    """The bot cannot post in that conversation."""

    @property
    def sentence(self) -> str:
        unknown = f"Slack does not let the bot post there ({self.code}): choose another."
        return CHANNEL_SENTENCES.get(self.code, unknown).format(bot=self.bot)


class FileRefused(SlackRefused):
    """Slack does not take the file."""

    @property
    def sentence(self) -> str:
        why = FILE_SENTENCES.get(self.code, f"Slack answered {self.code}")
        return f"Slack did not take the video: {why.format(bot=self.bot)}."


class SlackUnavailable(SlackError):
    """Slack did not answer in time, or answered 5xx or 429 again and again."""

    @property
    def sentence(self) -> str:
        return "Slack did not answer. The video is safe and can be delivered again at no charge."
