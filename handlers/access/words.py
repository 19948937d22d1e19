"""What is told of a video of a private channel to somebody who isn't there (anymore): no words."""

from bot.blocks.reviewing.video import without_words
from bot.domain.takes import Take
from bot.errors import SlackUnavailable
from handlers.access.checks import Access


async def has_stayed(access: Access, channel_id: str, user_id: str) -> bool:
    """False also while it isn't known, since too many look-ups were caused."""
    try:
        return not await access.has_left(channel_id, user_id)
    except SlackUnavailable:
        return False


async def as_seen_by(access: Access, take: Take, channel_id: str, user_id: str) -> Take | None:
    """None for whoever has left that channel; without its words while that isn't known."""
    try:
        has_left = await access.has_left(channel_id, user_id)
    except SlackUnavailable:
        return without_words(take)
    return None if has_left else take


async def as_read_by(access: Access, take: Take, channel_id: str, user_id: str) -> Take:
    """Without its words for whoever may not read them; their own they may."""
    if user_id == take.requester_id:
        return take
    is_read = access.may_read(take, user_id) and await has_stayed(access, channel_id, user_id)
    return take if is_read else without_words(take)
