import pytest

from tests.support.reviewers import FixedClock


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()
