"""Slack accepts the Home tab and the form for limits, however much there is to show."""

from dataclasses import replace

from bot.blocks.home import for_admins, limits_form, page, videos
from bot.blocks.home.twins import TWINS_SHOWN
from bot.demo.slack.blocks.validation import problems_of_view
from bot.domain.money.limits import Budget, Limits, Scope, left_line
from bot.domain.takes import Pause, PauseReason, State
from bot.domain.twins.twin import Twin, TwinState
from tests.support.samples import FULL_LOOKS, TAKES, as_slack_sends_it

AT = "2026-11-22T10:00:00.000+00:00"
LINK = "https://example.slack.com/archives/C1/p1"
LIMITS = Limits({(scope, ""): 40.0 for scope in Scope}, video_usd=5.0)


def test_slack_accepts_the_fullest_home() -> None:
    full = [
        videos.Video(
            replace(take, id=f"V{n}-1", requested_at=AT, delivered_at=AT, cost_usd=9.0),
            LINK,
            can_share=True,
        )
        for n, take in enumerate(TAKES)
    ]
    budgets = [Budget(Scope.PERSON, f"U{n}", 40, n) for n in range(100)]
    budgets = [Budget(Scope.CHANNEL, "D1", 40, 1), Budget(Scope.CHANNEL, "C1", 40, 2), *budgets]
    pause = Pause(PauseReason.KEY, AT)
    admin = for_admins.ForAdmins(full, 9000, budgets, LIMITS, dict.fromkeys(State, 9), full[:5])
    state = page.HomeState(
        "November 2026", waiting=full[: page.WAITING_SHOWN], more_waiting=3, videos=full[:10],
        has_older=True, used_usd=3, left=left_line(budgets), video_usd=5.0, admin=admin,
        looks=FULL_LOOKS, pause=pause, user_id="U1",
        twins=[
            Twin(f"t{n}", "Bob", "News", "", "U1" if n < 8 else "U2", "U1", AT, TwinState.READY)
            for n in range(2 * TWINS_SHOWN)
        ],
    )  # fmt: skip
    view = page.build(state)
    assert problems_of_view(view) == []
    assert len(view["blocks"]) == page.MOST_BLOCKS
    shown = str(view).count("Read the script") + str(view).count("Review it")
    assert f"and {page.WAITING_SHOWN - shown + 3} more" in str(view)
    assert "A direct message: $39 of $40 left\\n<#C1>: $38 of $40 left" in str(view)
    assert f"and {len(full) - for_admins.APPROVALS_SHOWN} more" in str(view)


def test_slack_accepts_an_empty_home_and_that_of_a_guest() -> None:
    for state in (page.HomeState("May 2026"), page.HomeState("May 2026", "Guests can't <do> it.")):
        assert problems_of_view(page.build(state)) == []


def test_the_form_for_limits_shows_what_is_set() -> None:
    limits = Limits({(Scope.WORKSPACE, ""): 200.0, (Scope.PERSON, "U1"): 7.0}, video_usd=12.5)
    view = limits_form.build(limits)
    assert problems_of_view(view) == []
    now, before = limits_form.parse(as_slack_sends_it(view))
    assert now == before
    assert now == {"workspace": "200", "person": "", "channel": "", "video": "12.50"}
