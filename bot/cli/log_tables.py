"""The tables of `python -m bot log`: of takes, of reviews, and of consents to Digital Twins.

Each is given a function that reads its rows, which it calls more than once.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

from bot.cli.log_spend import Total
from bot.cli.table import GAP, cut, one_line, print_table
from bot.domain.money.amounts import charged, estimated
from bot.domain.takes import ended_free
from bot.domain.text import clock

Row = Mapping[str, Any]
Rows = Callable[[], AsyncIterator[Row]]

HEADERS = ("when (UTC)", "who", "state", "script", "avatar", "length", "cost", "take")
TAKE_COLUMNS = ("asked_at", "user_id", "state", "script", "audio_name", "audio_url", "avatar",
                "twin_name", "video_seconds", "cost_usd", "estimated_usd", "submitted_at",
                "marked_at", "take_id")  # fmt: skip
MIN_SCRIPT_WIDTH = 16
# Where the script would get less, these columns are left out, in this order.
OPTIONAL_COLUMNS = ("avatar", "length", "take", "who")
MAX_AVATAR_WIDTH = MAX_NAME_WIDTH = 20
REVIEW_HEADERS = ("when (UTC)", "who", "what", "take", "sha256", "note")
DIGEST_CHARACTERS = 12  # --json and --csv have all 64
MIN_NOTE_WIDTH = 16
CONSENT_HEADERS = ("when (UTC)", "who", "answer", "channels", "twin", "asked by", "twin's state")
MAX_CHANNELS_WIDTH = 36


async def print_takes(rows: Rows, width: int) -> Total:
    """The takes under their headers, within `width` cells. Returns what they cost."""
    total = Total()

    async def cells() -> AsyncIterator[tuple[str, ...]]:
        nonlocal total
        total = Total()
        async for take in rows():
            total.add(take)
            yield _take(take)

    await print_table(HEADERS, cells, lambda widths: _fit_script(widths, width))
    return total


def _fit_script(widths: Sequence[int], width: int) -> list[int]:
    """The script gets what the others leave, some of which are left out for it."""
    fitted = dict(zip(HEADERS, widths, strict=True))

    def left() -> int:
        others = sum(w + len(GAP) for name, w in fitted.items() if w and name != "script")
        return width - others

    for name in OPTIONAL_COLUMNS:
        if left() >= MIN_SCRIPT_WIDTH:
            break
        fitted[name] = 0
    fitted["script"] = max(min(fitted["script"], left()), len("script"))
    return [*fitted.values()]


def _take(take: Row) -> tuple[str, ...]:
    cost, estimate, seconds = take["cost_usd"], take["estimated_usd"], take["video_seconds"]
    if ended_free(take["state"], cost, take["submitted_at"], take["marked_at"]):
        cost_text = ""
    elif cost is not None:
        cost_text = charged(cost)
    else:
        cost_text = "" if estimate is None else f"~{estimated(estimate)}"
    return (
        take["asked_at"][:16].replace("T", " "),
        cut(one_line(take["user_id"]), MAX_NAME_WIDTH),
        take["state"],
        one_line(take["script"] or take["audio_name"] or take["audio_url"]),
        cut(one_line(take["twin_name"] or take["avatar"]), MAX_AVATAR_WIDTH),
        "" if seconds is None else clock(seconds),
        cost_text,
        take["take_id"],
    )


async def print_reviews(rows: Rows, width: int) -> None:
    """Who was asked and said what. The note, which comes last, gets what the others leave."""

    async def cells() -> AsyncIterator[tuple[str, ...]]:
        async for row in rows():
            yield _review(row)

    def fit(widths: list[int]) -> list[int]:
        *others, note = widths
        left = width - sum(other + len(GAP) for other in others)
        return [*others, max(min(note, left), MIN_NOTE_WIDTH)]

    await print_table(REVIEW_HEADERS, cells, fit)


def _review(row: Row) -> tuple[str, ...]:
    return (
        row["at"][:16].replace("T", " "),
        cut(one_line(row["user_id"]), MAX_NAME_WIDTH),
        (row["decision"] or row["what"]).replace("_", " "),
        row["take_id"],
        row["sha256"][:DIGEST_CHARACTERS],
        one_line(" ".join(filter(None, (row["place"], row["note"])))),
    )


async def print_consents(rows: Rows, _width: int) -> None:
    """Who allowed which Digital Twin, and where."""

    async def cells() -> AsyncIterator[tuple[str, ...]]:
        async for row in rows():
            yield _consent(row)

    await print_table(CONSENT_HEADERS, cells)


def _consent(row: Row) -> tuple[str, ...]:
    return (
        row["at"][:16].replace("T", " "),
        cut(one_line(row["user_id"]), MAX_NAME_WIDTH),
        row["answer"],
        cut(one_line(row["channels"]), MAX_CHANNELS_WIDTH),
        cut(one_line(row["name"]), MAX_NAME_WIDTH),
        cut(one_line(row["requested_by"]), MAX_NAME_WIDTH),
        row["state"].replace("_", " "),
    )
