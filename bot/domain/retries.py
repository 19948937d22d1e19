"""Whether the same request, sent again with nothing changed, can succeed. Pure."""

from bot.errors import (
    UNKNOWN_NAME,
    AddressExpired,
    BotError,
    ChannelRefused,
    ConfigurationError,
    DownloadFailed,
    FileRefused,
    FileTooLarge,
    InDoubt,
    JobQueueUnavailable,
    KeyRefused,
    ModelNotFound,
    NoResult,
    NothingThere,
    NotPossible,
    NotSent,
    NotUploaded,
    OutOfCredits,
    RateLimited,
    Refused,
    RenderFailed,
    RenderTimeout,
    ResultExpired,
    SegmindUnavailable,
    SlackUnavailable,
    UnexpectedError,
    UnsafeUrl,
    ViewRefused,
)

# For every error in bot/errors.py that has no subclasses. False: the next attempt would end in the
# same way, so the card offers only *Change and retry*.
CAN_SUCCEED: dict[type[BotError], bool] = {
    ConfigurationError: False,
    NotPossible: False,
    UnexpectedError: True,
    JobQueueUnavailable: True,
    NotSent: True,
    NotUploaded: True,
    Refused: False,  # by the parameters themselves
    KeyRefused: True,  # with a new key
    ModelNotFound: True,  # once an admin has corrected the settings
    OutOfCredits: True,
    RateLimited: True,
    InDoubt: False,  # the first one may have been charged: its card asks what to do
    NothingThere: False,
    RenderFailed: True,  # unless Segmind names a parameter: see `can_succeed`
    NoResult: True,
    ResultExpired: True,
    RenderTimeout: True,
    SegmindUnavailable: True,
    UnsafeUrl: True,
    FileTooLarge: False,  # the same video is as large
    DownloadFailed: True,
    AddressExpired: False,  # the video is made, and its address is gone
    ViewRefused: True,
    ChannelRefused: True,  # after an invitation
    FileRefused: True,  # after a change of the workspace's settings
    SlackUnavailable: True,
}


def can_succeed(error: BotError) -> bool:
    """An error of a class that the table doesn't know counts as one that may pass."""
    if isinstance(error, RenderFailed) and UNKNOWN_NAME.match(error.said):
        return False
    known = (CAN_SUCCEED[kind] for kind in type(error).__mro__ if kind in CAN_SUCCEED)
    return next(known, True)
