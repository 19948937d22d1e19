"""The tree of errors. Each has the sentence that a person is shown.

    BotError
    ├── ConfigurationError      a setting is missing or malformed; the bot does not start
    ├── NotPossible             a person asked for something that cannot be done now
    ├── UnexpectedError         a mistake in our own code; carries the reference to look for
    ├── JobQueueUnavailable     the database of the job queue failed; the log has the request
    ├── SegmindError
    │   ├── NotSent             the submission never left; nothing was charged
    │   │   └── NotUploaded     a file for it couldn't be put on Segmind's storage
    │   ├── Refused             400, 422 and the like: the parameters are wrong; not charged
    │   ├── KeyRefused          401, 403
    │   ├── ModelNotFound       404, 405
    │   ├── OutOfCredits        406
    │   ├── RateLimited         429; carries the seconds to wait
    │   ├── InDoubt             500, 502, 504, a lost answer: may have been accepted and charged
    │   ├── NothingThere        the history has no match for a submission whose answer was lost
    │   ├── RenderFailed        Segmind accepted the job, and it ended as FAILED
    │   ├── NoResult            Segmind says it is finished, but there is no video in the answer
    │   ├── ResultExpired       v2 no longer knows the request id (it keeps them for one hour)
    │   ├── RenderTimeout       not finished within RENDER_TIMEOUT_MINUTES
    │   └── SegmindUnavailable  a read (poll, history, balance) failed; safe to repeat
    ├── FileError
    │   ├── UnsafeUrl           not https, a private address, too many redirects
    │   ├── FileTooLarge        larger than MAX_VIDEO_MB, or than a file of its kind may be
    │   └── DownloadFailed      the file could not be read to its end
    │       └── AddressExpired  401, 403, 404 or 410: perhaps it has a new address by now
    └── SlackError
        ├── ViewRefused         Slack did not open or update a form
        ├── SlackRefused        inviting the bot often helps, so the sentence names it
        │   ├── ChannelRefused  the bot cannot post there
        │   └── FileRefused     Slack does not accept the file (size, type, policy, storage)
        └── SlackUnavailable    Slack did not answer in time or answered 5xx; safe to repeat

Errors of other libraries (such as `SlackApiError`) never leave the file that knows the library.
"""

import re


class BotError(Exception):
    """The root of the tree. `str(error)` is for logs, `sentence` for the person who asked.

    A class may write its sentence with a {field}, which `__init__` fills in.
    """

    sentence: str
    for_admin: bool = False  # the admins are notified too

    def __str__(self) -> str:
        return f"{type(self).__name__}: {self.sentence}"


class ConfigurationError(BotError):
    """A setting is missing or malformed. `problem` follows the setting's name in the sentence."""

    def __init__(self, setting: str, problem: str) -> None:
        super().__init__(setting, problem)
        self.setting, self.problem = setting, problem
        self.sentence = f"{setting} {problem}"


class NotPossible(BotError):
    """Too late, or not for this person. Nothing has changed. `can_ask`: an admin may allow it."""

    def __init__(self, sentence: str, field: str = "prompt", *, can_ask: bool = False) -> None:
        super().__init__(sentence)  # `field` is the form's field
        self.sentence, self.field, self.can_ask = sentence, field, can_ask


class UnexpectedError(BotError):
    """Something nobody foresaw. The log has the traceback under the reference."""

    def __init__(self, reference: str) -> None:
        super().__init__(reference)
        self.reference = reference
        self.sentence = f"Something went wrong. Give your admin this reference: {reference}."


class JobQueueUnavailable(BotError):
    """The database of the job queue failed. What is in the request log is enqueued later."""

    sentence = "The job queue is down. Your request is saved and starts once the queue is back."

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class SegmindError(BotError):
    """The render API did not do what it was asked. `said` is its own text, "" if there is none."""

    sentence = "Segmind couldn't do that{said}."

    def __init__(self, said: str = "") -> None:
        super().__init__(said)
        self.said = said
        self.quoted = f": “{said.removesuffix('.')}”" if said else ""  # behind a sentence
        self.sentence = self.sentence.format(said=self.quoted)


class NotSent(SegmindError):
    sentence = "I couldn't reach Segmind. Nothing was sent, so nothing was charged."


class NotUploaded(NotSent):
    sentence = "I couldn't upload your file to Segmind. Nothing was rendered, or charged."


# A name that Segmind's catalogue does not have, or an ID that HeyGen does not have.
UNKNOWN_NAME = re.compile(
    r"Invalid value for (?P<kind>avatar|voice)(?P<is_id>_id)?: (?P<quote>['\"])(?P<name>.{1,150}?)"
    r"(?P=quote) (?:is not one of|was not found)\b"
)


class Refused(SegmindError):
    """Segmind does not charge for parameters that it does not accept."""

    sentence = "Segmind didn't accept these settings{said}. Nothing was charged."

    def __init__(self, said: str = "") -> None:
        super().__init__(said)
        if unknown := UNKNOWN_NAME.match(said):
            with_id = "with the ID" if unknown["is_id"] else "called"
            self.sentence = (
                f"Segmind has no {unknown['kind']} {with_id} “{unknown['name']}”. "
                "Pick another. Nothing was charged."
            )


class KeyRefused(SegmindError):
    for_admin = True
    sentence = (
        "Segmind refused the bot's API key. An admin needs to replace SEGMIND_API_KEY and restart "
        "the bot. If the problem is on Segmind's side, rendering resumes by itself."
    )


class ModelNotFound(SegmindError):
    for_admin = True
    sentence = (
        "Segmind has no avatar model at the address this bot uses. Nothing was charged. An admin "
        "needs to check SEGMIND_API and SEGMIND_API_URL."
    )


class OutOfCredits(SegmindError):
    for_admin = True
    sentence = (
        "The Segmind account is out of credits, so nothing was rendered or charged. Requests are "
        "safe and start after a top-up."
    )


class RateLimited(SegmindError):
    """429. It was not accepted, so it can be submitted again after `retry_after` seconds."""

    sentence = "Segmind asked the bot to slow down. Requests wait and resume by themselves."

    def __init__(self, retry_after: float) -> None:
        super().__init__()
        self.retry_after = retry_after


class InDoubt(SegmindError):
    """The submission was sent, and it is not known whether it was accepted."""

    sentence = "I lost contact with Segmind. Your video may be rendering, and may be charged."


class NothingThere(SegmindError):
    sentence = (
        "Segmind doesn't list this video yet; its list can be a few minutes late. Check again "
        "later. If you render it again, you may pay for both."
    )


class RenderFailed(SegmindError):
    """Whether Segmind charges for a job that failed is not known."""

    sentence = "Segmind couldn't render this video{said}."


class NoResult(SegmindError):
    sentence = "Segmind says this video is finished but didn't send it."


class ResultExpired(SegmindError):
    sentence = "Segmind no longer has this render, and its history has no video for it yet."


class RenderTimeout(SegmindError):
    def __init__(self, minutes: float) -> None:
        super().__init__()
        self.minutes = minutes
        self.sentence = (
            f"Segmind hasn't finished this video after {minutes:g} minute"
            f"{'' if minutes == 1 else 's'}, so I stopped waiting. It may still finish."
        )


class SegmindUnavailable(SegmindError):
    sentence = "Segmind didn't respond. Renders aren't affected: try again in a few minutes."


class FileError(BotError):
    """The finished file cannot be fetched. The video is paid for, so delivery can be repeated."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
        self.sentence = self.sentence.format(why=why)


class UnsafeUrl(FileError):
    for_admin = True
    sentence = "The finished video is at an address the bot isn't allowed to download from: {why}."


class FileTooLarge(FileError):
    sentence = "The finished video is too large to bring into Slack: {why}."


class DownloadFailed(FileError):
    sentence = "The finished video couldn't be downloaded: {why}."


class AddressExpired(DownloadFailed):
    """The server answered that the file isn't there, or not for the bot."""


class SlackError(BotError):
    """Slack refused. `code` is Slack's own error code, "" if there is none."""

    sentence = "Slack couldn't do that ({code})."

    def __init__(self, code: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.sentence = self.sentence.format(code=code or "no answer")


# https://docs.slack.dev/reference/methods/chat.postMessage#errors
INVITE_ME = "Invite me first: type /invite @{bot} there, then try again."
NOT_MINE = "I can't post in direct messages between people. Choose a channel, or messages with me."
CHANNEL_SENTENCES = {
    "not_in_channel": INVITE_ME,
    "channel_not_found": f"{INVITE_ME} If it's a group direct message, choose a channel instead.",
    "is_archived": "That channel is archived. Choose another one.",
    "is_inactive": "That channel is archived. Choose another one.",
    "user_not_in_channel": "You aren't a member of that conversation. Join it, then try again.",
    "restricted_action": "This workspace's settings don't let me post there. Choose another one.",
    "cant_post_message": "I'm not allowed to post there. Choose another conversation.",
}

# https://docs.slack.dev/reference/methods/files.completeUploadExternal#errors
FILE_SENTENCES = {
    "file_uploads_disabled": "file uploads are turned off in this workspace",
    "file_type_not_allowed": "this workspace doesn't allow this type of file",
    "file_upload_size_restricted": "the file is larger than this workspace allows",
    "storage_limit_reached": "this workspace is out of file storage",
    "not_in_channel": "I'm no longer in this channel (type /invite @{bot} to bring me back)",
    "channel_not_found": "I can't see this conversation anymore",
    "is_archived": "this channel is archived",
    "restricted_action": "this workspace's settings don't let me post files here",
}


class ViewRefused(SlackError):
    """A form was not opened or updated: its trigger was over 3 s old, or somebody closed it."""

    sentence = "Slack didn't open the form ({code}). Nothing was charged. Please try again."


class SlackRefused(SlackError):
    """`bot` is the bot's name in this workspace: the sentence says how to invite it."""

    def __init__(self, code: str = "", bot: str = "avatar") -> None:
        super().__init__(code)
        self.bot = bot


class ChannelRefused(SlackRefused):
    def __init__(self, code: str = "", bot: str = "avatar", channel_id: str = "") -> None:
        super().__init__(code, bot)
        unknown = f"Slack doesn't let me post there ({code}). Choose another conversation."
        other = NOT_MINE if code == "channel_not_found" and channel_id.startswith("D") else ""
        self.sentence = (other or CHANNEL_SENTENCES.get(code, unknown)).format(bot=bot)


class FileRefused(SlackRefused):
    def __init__(self, code: str = "", bot: str = "avatar") -> None:
        super().__init__(code, bot)
        why = FILE_SENTENCES.get(code, f"it answered “{code}”")
        self.sentence = f"Slack didn't accept the video: {why.format(bot=bot)}."


class SlackUnavailable(SlackError):
    sentence = "Slack didn't respond. Nothing is lost: try again in a few minutes."
