"""What is known of the money when a take has failed. Pure."""

from bot.domain.takes import NextStep, Take, ended_free

EXPIRED = "AddressExpired"  # an error_kind: the video is made, and its address is gone
PAID, FREE = "Your video is paid for.", "Nothing was charged."
MAY_CHARGE = "Segmind may still charge for it."
NEXT_SENTENCES: dict[str, str] = {
    NextStep.LOOK_AGAIN: "Checking again is free.",
    NextStep.DELIVER_AGAIN: "Delivering it again is free.",
}


def charge_line(take: Take, *, on_card: bool = False) -> str:
    """For whoever reads its error; "" if that says it already, or the card shows its cost.

    `on_card`: where the cost is shown.
    """
    if take.next_step == NextStep.DELIVER_AGAIN:
        return PAID if take.error_kind == EXPIRED else "Your video is paid for and safe."
    if ended_free(take.state, take.cost_usd, take.submitted_at, take.marked_at):
        return "" if "charged" in take.error else FREE
    if take.cost_usd is not None:
        return ""
    if take.rendered_at:
        return PAID
    return f"{MAY_CHARGE} {'This card' if on_card else 'The card'} shows the cost once it's known."
