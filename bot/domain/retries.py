"""Whether the same request, sent again with nothing changed, can succeed. Pure."""

from bot import errors
from bot.errors import BotError

# For every error in bot/errors.py that has no subclasses. False: the next attempt would end in the
# same way, so the card offers only *Change and retry*.
CAN_SUCCEED: dict[type[BotError], bool] = {
    errors.ConfigurationError: False,
    errors.NotPossible: False,
    errors.UnexpectedError: True,
    errors.JobQueueUnavailable: True,
    errors.NotSent: True,
    errors.Refused: False,  # by the parameters themselves
    errors.KeyRefused: True,  # with a new key
    errors.ModelNotFound: True,  # once an admin has corrected the settings
    errors.OutOfCredits: True,
    errors.RateLimited: True,
    errors.InDoubt: False,  # the first one may have been charged: its card asks what to do
    errors.NothingThere: False,
    errors.RenderFailed: True,  # unless Segmind names a parameter: see `can_succeed`
    errors.NoResult: True,
    errors.ResultExpired: True,
    errors.RenderTimeout: True,
    errors.SegmindUnavailable: True,
    errors.UnsafeUrl: True,
    errors.FileTooLarge: False,  # the same video is as large
    errors.DownloadFailed: True,
    errors.ViewRefused: True,
    errors.ChannelRefused: True,  # after an invitation
    errors.FileRefused: True,  # after a change of the workspace's settings
    errors.SlackUnavailable: True,
}


def can_succeed(error: BotError) -> bool:
    """An error of a class that the table doesn't know counts as one that may pass."""
    if isinstance(error, errors.RenderFailed) and errors.names_unknown_parameter(error.said):
        return False
    known = (CAN_SUCCEED[kind] for kind in type(error).__mro__ if kind in CAN_SUCCEED)
    return next(known, True)
