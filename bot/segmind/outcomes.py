"""What a response of Segmind means: a status, decoded JSON, or the error to raise."""

from collections.abc import Callable
from typing import Any

from bot.errors import (
    InDoubt,
    KeyRefused,
    ModelNotFound,
    OutOfCredits,
    RateLimited,
    Refused,
    RenderFailed,
    SegmindError,
    SegmindUnavailable,
)
from bot.segmind.responses import (
    RUNNING_WORDS,
    Result,
    is_outcome,
    request_id_of,
    status_of,
    status_word,
)
from bot.segmind.transport import Response

SUBMISSION_ERRORS: dict[int, type[SegmindError]] = {
    401: KeyRefused,
    402: OutOfCredits,
    403: KeyRefused,
    404: ModelNotFound,
    405: ModelNotFound,
    406: OutOfCredits,
}


def status_or_raise(response: Response, request_id: str = "") -> str:
    """The status of a request, whose id only the answer to its submission tells; "" if the response
    has none that is certain, or is about another one. Raises RenderFailed.

    The official SDK takes COMPLETED and FAILED whatever the HTTP status is. With an error status,
    though, {"status": "failed"} may be a gateway's or a validator's: only the documented words
    count, as the API writes them, and other words only next to this `request_id`. A gateway may
    give its own answers an id, too.
    """
    status = status_of(response.body)
    if is_about_another(response, request_id):
        return ""
    is_named = bool(request_id) and request_id_of(response.body) == request_id
    if not (response.ok or is_named or is_outcome(response.body)):
        return ""
    if status == "FAILED":
        raise RenderFailed(response.error_text)
    return status if response.ok or status == "COMPLETED" else ""


def is_about_another(response: Response, request_id: str) -> bool:
    """Whether the response names another request. False if `request_id` is "", not known yet."""
    return bool(request_id) and request_id_of(response.body) not in ("", request_id)


def result_for(request_id: str, response: Response) -> Result | None:
    """The video in a response, unless it is an error, or about another request."""
    return response.result if response.ok and not is_about_another(response, request_id) else None


def check_submission(response: Response, *, made: Callable[[Any], object]) -> None:
    """Raises what a submission has failed with, and RenderFailed, if it was accepted and failed.

    `made`: what an answer of this model has made, by its body.
    """
    # Without a request_id, other words than FAILED may be about the submission itself.
    failed = status_word(response.body) == "FAILED" and (response.ok or response.status == 422)
    if failed or request_id_of(response.body):
        status_or_raise(response)
    if not response.ok:
        under_way = status_of(response.body) in {*RUNNING_WORDS, "COMPLETED"}
        # Refused and accepted: one of them is wrong.
        if (under_way and request_id_of(response.body)) or made(response.body):
            raise InDoubt(response.summary)
        raise _submission_error(response)


def _submission_error(response: Response) -> SegmindError:
    if response.status == 429:
        return RateLimited(response.retry_after)
    if known := SUBMISSION_ERRORS.get(response.status):
        return known(response.error_text)
    if 400 <= response.status < 500 and response.status not in (408, 499):
        return Refused(response.error_text)
    # 408, 499, 5xx, or a redirect: the request may have been accepted before it.
    return InDoubt(response.summary)


def json_or_raise(response: Response) -> Any:
    if not response.ok or response.body is None:
        raise SegmindUnavailable(response.summary)
    return response.body
