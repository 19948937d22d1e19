import pytest

from tests.support.reviewing.reviewers import FixedClock


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()
