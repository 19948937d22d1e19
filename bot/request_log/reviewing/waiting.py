"""The take under review in each thread, and who is still to review it.

That is the newest one in the thread, whatever was asked for since: it may be on hold, and never
come.
"""

from dataclasses import fields
from typing import Any

from bot.domain.reviews import Reviewer
from bot.domain.takes import UNFINISHED
from bot.request_log.reviewing.before import KEPT, reviewers_for
from bot.request_log.reviewing.rows import reviews_of
from bot.request_log.statements import one_take
from bot.storage.store import Database

# Its video is in the thread, or Slack is adding it right now, and nobody has taken it down.
IN_THREAD = """taken_down_by = '' AND (state = 'delivered'
    OR (state = 'delivering' AND (completing_at <> '' OR message_ts <> '')))"""
# LIKE: SQLite doesn't read all takes in that state, but looks for them by the request.
UNDER_REVIEW = f"""takes.state LIKE 'delivered' AND takes.decision = '' AND takes.taken_down_by = ''
    AND takes.number = (SELECT max(number) FROM takes AS t
        WHERE t.request_id = takes.request_id AND {IN_THREAD})"""

# A take that is to come has named others in place of its reviewers. `reviewers` has those.
NAMES_OTHERS = f"""events.take_id = newer.id AND events.kind = '{KEPT}'
    AND newer.state IN ({", ".join(f"'{state}'" for state in UNFINISHED)})
    AND newer.request_id = takes.request_id AND newer.number > takes.number"""
# CROSS JOIN: SQLite begins with the first table, so most takes are never read.
NAMED = f"""SELECT reviewers.*, takes.id AS under_review FROM reviewers CROSS JOIN takes
    WHERE takes.request_id = reviewers.request_id AND {{mine}} AND away_at = ''
    AND reviewers.take_id <> '' AND reviewers.round = takes.round AND {UNDER_REVIEW}
    AND told_at <= ? AND takes.delivered_at <= ?
    AND NOT EXISTS (SELECT 1 FROM reviews
        WHERE reviews.take_id = takes.id AND reviews.user_id = reviewers.user_id)
    AND NOT EXISTS (SELECT 1 FROM takes AS newer CROSS JOIN events WHERE {NAMES_OTHERS})"""
NAMED_BEFORE = f"""SELECT DISTINCT takes.id FROM takes AS newer CROSS JOIN events CROSS JOIN takes
    WHERE {NAMES_OTHERS} AND {UNDER_REVIEW} AND takes.delivered_at <= ? AND events.detail LIKE ?"""
NEVER = "9"  # later than all times


async def waiting(
    db: Database, user_id: str = "", *, told_before: str = NEVER
) -> list[tuple[Reviewer, str]]:
    """The reviewers who haven't decided, each with the id of the take under review.

    `user_id`: only this person. `told_before`: only if they were mentioned or reminded by then.
    """
    mine, values = ("reviewers.user_id = ?", [user_id]) if user_id else ("1 = 1", [])
    rows = await db.query(NAMED.format(mine=mine), *values, told_before, told_before)
    found = [(_reviewer(row), str(row["under_review"])) for row in rows]
    for row in await db.query(NAMED_BEFORE, told_before, f'%"{user_id}%'):
        take = await one_take(db, row["id"])
        decided = {review.user_id for review in await reviews_of(db, take.id)}
        for one in await reviewers_for(db, take):
            is_asked = one.take_id and not one.away_at and one.round == take.round
            is_meant = user_id in ("", one.user_id) and one.told_at <= told_before
            if is_asked and is_meant and one.user_id not in decided:
                found.append((one, take.id))
    return found


def _reviewer(row: dict[str, Any]) -> Reviewer:
    return Reviewer(**{field.name: row[field.name] for field in fields(Reviewer)})
