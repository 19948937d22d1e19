import pytest

from handlers.reviewing import asking
from handlers.twins import reminders
from tests.support.reviewing.reviewers import FixedClock


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FixedClock:
    """Nobody is reminded but when the test says so, however long it takes to set the clock."""
    monkeypatch.setattr(asking, "CHECK_SECONDS", 1e9)
    monkeypatch.setattr(reminders, "CHECK_SECONDS", 1e9)
    return FixedClock()
