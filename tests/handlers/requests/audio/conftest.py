import pytest

from handlers.requests.audio import own_audio
from tests.support.workspace import PATIENCE


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine a file isn't read within Slack's three seconds."""
    monkeypatch.setattr(own_audio, "LOOK_SECONDS", PATIENCE)
