"""What the admins hear of a twin that was allowed: whoever did may not be whom it shows."""

from bot.blocks.text import Block, actions, bold, button, confirm, context, section
from bot.blocks.twins.consent import made_from, purpose
from bot.domain.twins.twin import ENDED, Twin, TwinState

WATCH, END = "watch_footage", "end_twin"  # action IDs


def notice(twin: Twin) -> tuple[str, list[Block]]:
    """The text for notifications, and the blocks; without buttons once it has ended."""
    who, name = f"<@{twin.shows_user_id}>", bold(twin.name or "A twin")
    by_another = f"and allows it. <@{twin.requested_by}> asked for it."
    allowed = "so nobody else was asked." if twin.is_own else by_another
    text = f"{who} says that the new Digital Twin {name} shows them, {allowed}"
    made = made_from(twin)
    blocks = [section(text), *([section(made)] if made else []), *purpose(twin)]
    if twin.state in ENDED:
        return text, [*blocks, context(_ended(twin, who))]
    watch = [button("Watch the footage", WATCH, twin.id)] if twin.shown_file_id else []
    return text, [*blocks, actions([*watch, _end_button(twin)])]


def _end_button(twin: Twin) -> Block:
    sure = confirm(
        "End this twin?",
        "Nobody can make or share videos with it anymore, and I ask whoever made some to take "
        "them down. This can't be undone.",
        "End this twin",
        danger=True,
    )
    return button("End this twin", END, twin.id, style="danger", confirm=sure)


def _ended(twin: Twin, who: str) -> str:
    if twin.state is TwinState.ENDED_BY_ADMIN:
        return ":no_entry_sign: An admin ended it."
    if twin.state is TwinState.WITHDRAWN:
        return f":no_entry_sign: {who} withdrew their consent."
    return ":x: It couldn't be made."
