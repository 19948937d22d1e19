"""The settings: how they are read, the errors about mistakes, and the generated documents."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.errors import ConfigurationError
from bot.settings.documents import env_example, readme_table
from bot.settings.misspelled import misspelled
from bot.settings.table import Settings, problems

ROOT = Path(__file__).parents[3]
GOOD = {
    "SLACK_BOT_TOKEN": "xoxb-1-hush",
    "SLACK_APP_TOKEN": "xapp-1-hush",
    "SEGMIND_API_KEY": "SG_hush",
}


def said(**env: str) -> list[str]:
    return [problem.sentence for problem in problems({**GOOD, **env})]


def test_the_least_that_is_needed_is_two_tokens_and_a_key() -> None:
    settings = Settings.from_env(GOOD)
    assert settings.socket_mode
    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.segmind_api == "v2"
    assert settings.admin_user_ids == ()
    assert settings.max_renders == 5
    assert settings.log_path == Path("data/avatar.db")
    assert settings.allow_loopback is False


# Every setting in the environment, and what is read from it.
EVERY_SETTING = {
    **GOOD,
    "SLACK_APP_TOKEN": "",
    "SLACK_SIGNING_SECRET": "0123abcd",
    "SLACK_API_URL": "http://127.0.0.1:8001/api/",
    "ADMIN_USER_IDS": "U012AB3CD, W99ZZZZ",
    "SEGMIND_API": "V1",
    "SEGMIND_API_URL": "http://localhost:8002/",
    "SEGMIND_HISTORY_URL": "http://[::1]:8003",
    "SEGMIND_UPLOAD_URL": "http://[::1]:8004",
    "SEGMIND_REQUESTS_PER_MINUTE": "5",
    "POLL_SECONDS": "0.05",
    "RENDER_TIMEOUT_MINUTES": "1.5",
    "TYPICAL_RENDER_SECONDS": "60",
    "MAX_RENDERS": "9",
    "PRICE_PER_SECOND": "0.1",
    "MAX_VIDEO_MB": "10",
    "DATA_DIR": "/srv/avatar",
    "DATABASE_URL": "postgres://me:hush@db/avatar",
    "HOST": "::",
    "PORT": "8080",
    "METRICS_TOKEN": "hush-hush",
    "APPROVALS_NEEDED": "2",
    "SELF_APPROVAL": "yes",
    "ALLOW_GUESTS": "true",
    "ALLOW_OUTSIDERS": "on",
    "MAX_UNFINISHED_TAKES": "3",
    "CONFIRM_USD": "12.5",
    "PUBLISH_LABEL": "Made with AI",
    "BUDGET_TIMEZONE": "Europe/Berlin",
    "RETENTION_DAYS": "90",
    "LOG_LEVEL": "debug",
    "LOG_FORMAT": "JSON",
    "ALLOW_LOOPBACK": "true",
}
EVERY_VALUE = Settings(
    slack_bot_token="xoxb-1-hush",
    slack_app_token="",
    slack_signing_secret="0123abcd",
    slack_api_url="http://127.0.0.1:8001/api/",
    admin_user_ids=("U012AB3CD", "W99ZZZZ"),
    segmind_api_key="SG_hush",
    segmind_api="v1",
    segmind_api_url="http://localhost:8002",
    segmind_history_url="http://[::1]:8003",
    segmind_upload_url="http://[::1]:8004",
    segmind_requests_per_minute=5.0,
    poll_seconds=0.05,
    render_timeout_minutes=1.5,
    typical_render_seconds=60.0,
    max_renders=9,
    price_per_second=0.1,
    max_video_mb=10,
    approvals_needed=2,
    self_approval=True,
    allow_guests=True,
    allow_outsiders=True,
    max_unfinished_takes=3,
    confirm_usd=12.5,
    publish_label="Made with AI",
    budget_timezone=ZoneInfo("Europe/Berlin"),
    retention_days=90,
    data_dir=Path("/srv/avatar"),
    database_url="postgresql://me:hush@db/avatar",
    host="::",
    port=8080,
    metrics_token="hush-hush",
    log_level="DEBUG",
    log_format="json",
    allow_loopback=True,
)


def test_every_setting_is_read_from_its_own_name() -> None:
    settings = Settings.from_env(EVERY_SETTING)
    assert not settings.socket_mode
    assert settings == EVERY_VALUE


@pytest.mark.parametrize(
    ("name", "value", "part"),
    [
        ("SLACK_BOT_TOKEN", "", "is missing"),
        ("PUBLISH_LABEL", "Made by a machine", "must have “AI” in it"),
        ("SLACK_BOT_TOKEN", "xapp-1-hush", "belongs in SLACK_APP_TOKEN"),
        ("SLACK_BOT_TOKEN", "xoxp-hush", "is a user token"),
        ("SLACK_BOT_TOKEN", "xoxe.xoxb-hush", "turn off token rotation"),
        ("SLACK_BOT_TOKEN", "hush", "starts with xoxb-"),
        ("SLACK_BOT_TOKEN", '"xoxb-hush"', "has quotes around it"),
        ("SLACK_BOT_TOKEN", "xoxb-hush ", "has spaces around it"),
        ("SLACK_BOT_TOKEN", "xoxb-hush\nhush", "copy the whole key again"),
        ("SEGMIND_API_KEY", "SG_hush…hush", "copy the whole key again"),
        ("SLACK_APP_TOKEN", "xoxb-hush", "belongs in SLACK_BOT_TOKEN"),
        ("SLACK_APP_TOKEN", "", "or set SLACK_SIGNING_SECRET"),
        ("SLACK_SIGNING_SECRET", "xapp-hush", "is one of Slack's tokens"),
        ("SEGMIND_API_KEY", "", "is missing"),
        ("SEGMIND_API_KEY", "xoxb-hush", "is one of Slack's tokens"),
        ("SLACK_API_URL", "https://slack.com/api", "must end in /api/"),
        ("SLACK_API_URL", "slack.com/api/", "starts with https://"),
        ("SEGMIND_API_URL", "https://api.segmind.com/v2", "leave off /v1 or /v2"),
        ("SEGMIND_API_URL", "http://api.segmind.com", "must start with https://"),
        ("SEGMIND_API_URL", "https://me:hush@api.segmind.com", "must be a bare address"),
        ("SEGMIND_API_URL", "https://[hush", "is not a valid address"),
        ("SEGMIND_API_URL", "https://segmind:hush", "is not a valid address"),
        ("SEGMIND_HISTORY_URL", "http://127.0.0.1:1", "ALLOW_LOOPBACK=true"),
        ("SEGMIND_API", "v3", "must be one of v2, v1"),
        ("ADMIN_USER_IDS", "@hush", "Copy member ID"),
        ("MAX_RENDERS", "0", "a whole number of at least 1"),
        ("MAX_RENDERS", "2.5", "a whole number of at least 1"),
        ("POLL_SECONDS", "-1", "a number above 0"),
        ("POLL_SECONDS", "nan", "a number above 0"),
        ("RENDER_TIMEOUT_MINUTES", "inf", "a number above 0"),
        ("MAX_RENDERS", "9" * 30, "at most 1000000000"),
        ("MAX_VIDEO_MB", "9" * 400, "at most 1000000000"),
        ("SEGMIND_REQUESTS_PER_MINUTE", "1e-320", "a number above 0"),
        ("RETENTION_DAYS", "999999999999", "at most 36500"),
        ("HOST", "example.com", "an IP address of this machine"),
        ("HOST", "127.0.0.1:3000", "an IP address of this machine"),
        ("PORT", "70000", "at most 65535"),
        ("DATA_DIR", "~nobody-of-this-name/data", "there is no such home folder"),
        ("DATABASE_URL", "mysql://me:hush@db/avatar", "starts with postgresql://"),
        ("DATABASE_URL", "postgresql+psycopg://me:hush@db/avatar", "starts with postgresql://"),
        ("DATABASE_URL", "postgresql://me:hush@db", "the name of the database"),
        ("DATABASE_URL", "postgresql://me:hush@db:1,db:x/avatar", "is not a valid address"),
        ("LOG_LEVEL", "hush", "must be one of DEBUG"),
        ("ALLOW_LOOPBACK", "perhaps", "must be true or false"),
        ("BUDGET_TIMEZONE", "hush", "such as Europe/Berlin"),
    ],
)
def test_a_mistake_gets_its_own_sentence_without_the_value(
    name: str, value: str, part: str
) -> None:
    (sentence,) = said(**{name: value})
    assert sentence.startswith(f"{name} ")
    assert part in sentence
    assert "hush" not in sentence


def test_one_error_tells_the_first_problem_and_names_the_others() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings.from_env({"SLACK_APP_TOKEN": "xapp-1", "PORT": "x"})
    assert caught.value.setting == "SLACK_BOT_TOKEN"
    assert caught.value.sentence.endswith("Also fix: SEGMIND_API_KEY, PORT.")


def test_a_secret_shows_in_no_representation() -> None:
    settings = Settings.from_env({**GOOD, "SLACK_SIGNING_SECRET": "hush"})
    assert "hush" not in repr(settings)
    assert set(settings.secrets) == {*GOOD.values(), "hush"}
    assert len(Settings.from_env(GOOD).secrets) == 3  # what is not set hides nothing


def test_the_password_of_the_database_is_a_secret_by_itself() -> None:
    address = "postgresql://me:hu%40sh@[::1]:1,[::2]:2/avatar?sslpassword=quiet"
    settings = Settings.from_env({**GOOD, "DATABASE_URL": address})
    assert {address, "hu%40sh", "hu@sh", "quiet"} <= set(settings.secrets)
    assert "sh@" not in repr(settings)


def test_the_log_and_the_queue_are_in_the_folder_or_in_postgres() -> None:
    settings = Settings.from_env(GOOD)
    assert (settings.log_location, settings.jobs_location) == (
        settings.log_path,
        settings.jobs_path,
    )
    address = "postgresql:///avatar?host=/run/postgresql"
    settings = Settings.from_env({**GOOD, "DATABASE_URL": address})
    assert settings.log_location == settings.jobs_location == address


def test_the_environment_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (*GOOD, "PORT", "MAX_RENDERS"):
        monkeypatch.delenv(name, raising=False)
    lines = [f"{name}={value}" for name, value in {**GOOD, "PORT": "1", "MAX_RENDERS": "2"}.items()]
    Path(".env").write_text("\n".join(lines).replace("SG_hush", '"SG_$hush"'), "utf-8")
    monkeypatch.setenv("PORT", "4000")
    settings = Settings.from_env()
    assert (settings.port, settings.max_renders) == (4000, 2)
    assert settings.segmind_api_key == "SG_$hush"


def test_a_name_that_is_nearly_a_setting_is_pointed_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("MAX_RENDERS", "SEGMIND_API_KEY", "LOG_LEVEL"):
        monkeypatch.delenv(name, raising=False)
    kept = {"PORT": "1", "MAX_VIDEO_MB": "9", "MAX_VIDEOS_MB": "9"}  # what it resembles is set
    theirs = {"POSTGRES_PASSWORD": "hush", "COMPOSE_PROJECT_NAME": "avatar"}
    file = {"SEGMIND_KEY": "hush", "MAX_RENDER": "2", "LOGLEVEL": "INFO"} | kept | theirs
    Path(".env").write_text("".join(f"{name}={value}\n" for name, value in file.items()))
    monkeypatch.setenv("SEGMIND_API_KEYS", "hush")
    monkeypatch.setenv("RENDER_TIMEOUT", "9")  # not close enough for somebody else's
    assert [slip.sentence for slip in misspelled()] == [
        "LOGLEVEL isn't a setting. Did you mean LOG_LEVEL?",
        "MAX_RENDER isn't a setting. Did you mean MAX_RENDERS?",
        "SEGMIND_KEY isn't a setting. Did you mean SEGMIND_API_KEY?",
        "SEGMIND_API_KEYS isn't a setting. Did you mean SEGMIND_API_KEY?",
    ]


def test_env_example_is_the_table() -> None:
    assert (ROOT / ".env.example").read_text("utf-8") == env_example(), (
        "write it again: python -c"
        " 'from bot.settings.documents import *; print(env_example(), end=\"\")'"
    )


def test_env_example_filled_in_is_enough() -> None:
    env = dict(line.split("=", 1) for line in env_example().splitlines() if line[:1].isupper())
    assert problems({**env, **GOOD}) == []


def test_the_readme_holds_the_table() -> None:
    readme = ROOT / "README.md"
    if not readme.exists():
        pytest.skip("there is no README yet")
    _, _, rest = readme.read_text("utf-8").partition("<!-- settings -->\n")
    assert rest.partition("<!-- /settings -->")[0].strip() == readme_table().strip()


def test_the_log_is_found_without_tokens_but_not_at_an_address_that_is_none() -> None:
    assert Settings.for_log({"DATA_DIR": "there"}).log_location == Path("there/avatar.db")
    with pytest.raises(ConfigurationError) as caught:
        Settings.for_log({"DATABASE_URL": "mysql://somewhere"})
    assert caught.value.setting == "DATABASE_URL"


def test_the_password_of_a_proxy_is_a_secret() -> None:
    settings = Settings.from_env({**GOOD, "HTTPS_PROXY": "http://me:a%40b@proxy:3128"})
    assert {"a%40b", "a@b"} <= {*settings.secrets}
    assert "a%40b" not in repr(settings)
    (sentence,) = said(HTTPS_PROXY="socks5://me:hush@proxy:1080")
    assert "hush" not in sentence
