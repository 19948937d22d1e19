"""What is said of reviewers who can't review. Pure."""

from collections.abc import Sequence

from bot.domain.rights import Act

NAMES_SHOWN = 5


def not_members(names: Sequence[str], channel: str) -> str:
    """`names`: of reviewers who aren't in the private channel of that name; "" for none."""
    if not names:
        return ""
    are = "isn't" if len(names) == 1 else "aren't"
    return (
        f"{listed(names)} {are} in #{channel}, so they can't see the video. "
        "Add them to the channel, or choose other reviewers."
    )


def cannot(names: Sequence[str], act: Act) -> str:
    """`names`: of reviewers who can't do what they would be asked for; "" for none."""
    if not names:
        return ""
    what = "sign off scripts" if act is Act.SIGN_OFF else "approve videos"
    return f"{listed(names)} can't {what} here. Choose other reviewers."


def listed(names: Sequence[str]) -> str:
    """ "Bob, Carol and Dan", or the first five "and 2 more"; "" for none."""
    if not names:
        return ""
    shown, more = list(names[:NAMES_SHOWN]), len(names) - NAMES_SHOWN
    last = f"{more} more" if more > 0 else shown.pop()
    return f"{', '.join(shown)} and {last}" if shown else last
