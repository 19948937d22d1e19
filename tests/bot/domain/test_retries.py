"""Which errors the same request can get past."""

from collections.abc import Iterator

from bot import errors
from bot.domain.retries import CAN_SUCCEED, can_succeed


def kinds(root: type[errors.BotError]) -> Iterator[type[errors.BotError]]:
    for kind in root.__subclasses__():
        if kind.__module__ == errors.__name__:
            yield from kinds(kind) if kind.__subclasses__() else (kind,)
            if kind.__subclasses__() and kind in CAN_SUCCEED:
                yield kind


def test_the_table_knows_every_error() -> None:
    known = {kind for kind in kinds(errors.BotError) if kind.__module__ == errors.__name__}
    assert set(CAN_SUCCEED) == known


def test_a_render_fails_again_where_segmind_names_an_unknown_voice() -> None:
    assert can_succeed(errors.RenderFailed("The worker ran out of memory"))
    assert not can_succeed(
        errors.RenderFailed("Invalid value for voice: 'german' is not one of ['Aaron']")
    )
    assert not can_succeed(errors.Refused())
