"""Tokens that do not work stop the start, with a sentence that says how to fix it."""

import pytest

from bot.demo.slack import SlackStandIn
from bot.errors import ConfigurationError
from tests.support.workspace import StartBot


@pytest.mark.parametrize("name", ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"])
async def test_the_error_names_the_setting_of_a_refused_token(
    start_bot: StartBot, name: str
) -> None:
    prefix = "xoxb-" if "BOT" in name else "xapp-"
    with pytest.raises(ConfigurationError, match=f"{name} does not work.*invalid_auth") as caught:
        await start_bot(**{name: f"{prefix}of-another-workspace"})
    assert caught.value.setting == name


@pytest.mark.parametrize("method", ["auth.test", "apps.connections.open"])
async def test_an_outage_is_not_reported_as_a_bad_token(
    start_bot: StartBot, slack: SlackStandIn, method: str
) -> None:
    slack.faults.add(method, status=503)
    with pytest.raises(ConfigurationError) as caught:
        await start_bot()
    assert "Is Slack down?" in caught.value.sentence
